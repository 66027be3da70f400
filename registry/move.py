"""Moving a site from SQLite to PostgreSQL: all of it in one transaction, or nothing.

MoveRefused        the target holds rows already, or the source is not of this version; nothing was changed
└── MoveFailed     what arrived is not what was sent; nothing was kept
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Connection, Table, delete, func, select

from registry import journal, postgresql, schema_upgrade, sqlite
from registry.columns import metadata
from registry.faults import StoreUnavailable, is_fault, unavailable
from registry.journal import Fetch, MerkleTree
from registry.schema import cursors, journal_leaves, journal_nodes, journal_positions

_BATCH = 5_000


class MoveRefused(Exception):
    """The move cannot be begun; the sentence says why."""


class MoveFailed(MoveRefused):
    """The copy differs from the source; it was undone."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, and the size and root of the journal's newest checkpoint (None: never sealed)."""

    counts: dict[str, int]
    size: int
    root: bytes | None


def move(source_url: str, target_url: str, *, tree: MerkleTree) -> Moved:
    """Copy every row of a SQLite site into an empty PostgreSQL database, ids and numbering included.

    Makes the target's schema. Counts every table on both sides and computes the journal's root again from the leaves
    that arrived. The source stays as it is and is locked meanwhile. Raises StoreBusy while a hub writes to the source,
    StoreUnavailable, ValueError for addresses of the wrong kind, MoveRefused, MoveFailed.
    """
    if not postgresql.is_postgresql(target_url):
        raise ValueError("a site is moved to PostgreSQL (postgresql://…)")
    path = sqlite.database_path(source_url)
    if not path.exists():
        raise StoreUnavailable(f"there is no database at {path}")
    try:
        with schema_upgrade.alone(source_url) as source:
            _require_newest(source)
            schema_upgrade.upgrade(target_url)
            with schema_upgrade.alone(target_url) as target:
                return _move(source, target, tree)
    except Exception as error:
        if is_fault(error):
            raise unavailable(error) from error
        raise


def _require_newest(source: Connection) -> None:
    found, needed = schema_upgrade.revision(source), schema_upgrade.newest()
    if found != needed:
        raise MoveRefused(f"the source is at revision {found}, not {needed}: upgrade it first (`hub init`)")


def _move(source: Connection, target: Connection, tree: MerkleTree) -> Moved:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    target.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")  # A hub that starts meanwhile waits and finds all.
    target.execute(delete(cursors))  # The migration that makes the table begins it; the source has gone further.
    full = [
        table.name for table in metadata.sorted_tables if target.execute(select(table).limit(1)).first() is not None
    ]
    if full:
        raise MoveRefused(f"the target is not empty: there are rows in {', '.join(full)}")
    counts = {}
    for table in metadata.sorted_tables:
        _copy(source, target, table)
        _go_on_numbering(source, target, table)
        counts[table.name] = _count(source, table)
        if (arrived := _count(target, table)) != counts[table.name]:
            raise MoveFailed(f"{table.name}: {counts[table.name]} rows were sent, {arrived} arrived")
    head = journal.latest(target)
    if head is None:
        return Moved(counts, 0, None)
    if (computed := _root(target, tree, head.size)) != head.root:
        raise MoveFailed(f"the journal's root at {head.size} leaves is {computed.hex()}, not {head.root.hex()}")
    return Moved(counts, head.size, head.root)


def _copy(source: Connection, target: Connection, table: Table) -> None:
    """Send the rows as they are stored; only truth values are spelt differently."""
    columns = list(table.columns)
    names = ", ".join(f'"{column.name}"' for column in columns)
    truths = [place for place, column in enumerate(columns) if isinstance(column.type, Boolean)]
    rows = source.exec_driver_sql(f"SELECT {names} FROM {table.name}")  # noqa: S608 - names of the schema.
    driver: postgresql.Driver = target.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as sink:
        for row in _batched(rows):
            sink.write_row(_spelt(row, truths))


def _batched(rows: Any) -> Iterator[Sequence[Any]]:
    for part in rows.partitions(_BATCH):
        yield from part


def _spelt(row: Sequence[Any], truths: Sequence[int]) -> list[Any]:
    # PostgreSQL stores no NUL in a text. The registry replaces it there, and so does the move.
    values = [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in row]
    for place in truths:
        values[place] = None if values[place] is None else bool(values[place])
    return values


def _go_on_numbering(source: Connection, target: Connection, table: Table) -> None:
    """Let the target's numbers begin after the last one the source ever gave, so that none is used again."""
    column = table.autoincrement_column
    if column is None or not table.dialect_options["sqlite"]["autoincrement"]:
        return
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    last = source.exec_driver_sql(query, (table.name,)).scalar_one_or_none()
    if last:
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        target.execute(select(func.setval(sequence, last)))


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _root(target: Connection, tree: MerkleTree, size: int) -> bytes:
    """Compute the root over the first `size` leaves anew, and hold every stored node against it."""
    query = (
        select(journal_leaves.c.salt, journal_leaves.c.statement)
        .join(journal_positions, journal_positions.c.leaf_id == journal_leaves.c.id)
        .where(journal_positions.c.index < size)
        .order_by(journal_positions.c.index)
    )
    edge: dict[tuple[int, int], bytes] = {}  # Of the complete subtrees, those that are needed to go on.
    fetch: Fetch = lambda level, index: edge[level, index]  # noqa: E731 - a reader of the line above.
    done, root = 0, b""
    with target.execution_options(yield_per=_BATCH).execute(query) as leaves:
        for part in leaves.partitions():
            entries = [journal.entry(salt, statement) for salt, statement in part]
            growth = tree.grow(done, fetch, entries)
            _require_nodes(target, growth.nodes)
            edge.update({(level, index): digest for level, index, digest in growth.nodes})
            done, root = growth.size, growth.root
            for level, index in [place for place in edge if done >> place[0] != place[1] + 1]:
                del edge[level, index]
    if done != size:
        raise MoveFailed(f"the journal has {done} leaves under its newest checkpoint, not {size}")
    return root


def _require_nodes(target: Connection, nodes: Sequence[tuple[int, int, bytes]]) -> None:
    by_level: dict[int, dict[int, bytes]] = {}
    for level, index, digest in nodes:
        by_level.setdefault(level, {})[index] = digest
    for level, expected in by_level.items():
        query = select(journal_nodes.c.index, journal_nodes.c.hash).where(
            journal_nodes.c.level == level, journal_nodes.c.index.between(min(expected), max(expected))
        )
        if {row[0]: row[1] for row in target.execute(query)} != expected:
            raise MoveFailed(f"nodes of level {level} of the journal do not fit its leaves")
