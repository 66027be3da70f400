"""The outbox: what must be moved, until it has been.

A row is *owed* until the broker confirmed it, *queued* until its result is recorded, then settled, which deletes it.
`lease` names the process that holds the row in memory; an empty lease means whoever reads it next.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import bindparam, delete, func, or_, select, update

from registry import gathered
from registry.gathered import Insertion, Removal
from registry.portable import insert_row
from registry.postgresql import CHANNEL
from registry.prepared import Prepared
from registry.schema import Transaction, outbox

Kind = Literal["inquiry", "resolve", "delivery"]
RowState = Literal["owed", "queued"]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One thing to move. `tries` counts how often it was owed again; `body` is what the message carries."""

    id: int
    kind: Kind
    system: str
    ref: str
    state: RowState
    due_at: datetime
    lease: str
    tries: int
    body: bytes


_DRAWN = 64
"""Numbers drawn at once for rows whose order does not matter."""
_KEPT = "outbox numbers"
_COLUMNS = [outbox.c[name] for name in OutboxRow.__dataclass_fields__]
_INSERT = Prepared(insert_row(outbox, [column.name for column in _COLUMNS[1:]], "id"), [outbox.c.id])
# The server commits transactions with notices one after another, so they are kept for rows that nobody else hears of.
_NOTICE = Prepared(select(func.pg_notify(CHANNEL, "")))
_OWED = {"state": "owed", "lease": ""}
_INSERT_NUMBERED = Insertion(outbox, [column.name for column in _COLUMNS])
_SETTLE = Removal(outbox)
_NUMBERS = Prepared(
    select(
        func.nextval(func.pg_get_serial_sequence("outbox", "id")).label("number"),
    ).select_from(func.generate_series(1, _DRAWN)),
    [outbox.c.id],
)
_POSTPONE = Prepared(
    update(outbox)
    .where(outbox.c.id == bindparam("of_id"))
    .values(
        state="owed",
        due_at=bindparam("new_due_at", type_=outbox.c.due_at.type),
        lease=bindparam("new_lease"),
        tries=outbox.c.tries + 1,
    )
)
_THESE = outbox.c.id.in_(bindparam("ids", expanding=True))
_QUEUED = update(outbox).where(_THESE).values(state="queued")
_QUEUED_BY = _QUEUED.values(lease=bindparam("new_lease"))
_SETTLE_MANY = delete(outbox).where(_THESE)


def owe(
    t: Transaction, *, kind: Kind, system: str, ref: str, body: bytes, due_at: datetime, lease: str = ""
) -> OutboxRow:
    """Write down that something must be moved, not before `due_at`."""
    row = {
        "kind": kind,
        "system": system,
        "ref": ref,
        "state": "owed",
        "due_at": due_at,
        "lease": lease,
        "tries": 0,
        "body": body,
    }
    # Deliveries are told in the order of their numbers, so theirs are drawn one by one.
    if kind != "delivery" and gathered.of(t) is not None:
        key = _number(t)
        _INSERT_NUMBERED.put(t, {"id": key, **row})
    else:
        key = _INSERT.scalar(t, row)
    if not lease:
        _notify(t)
    return OutboxRow(key, kind, system, ref, "owed", due_at, lease, 0, body)


def _number(t: Transaction) -> int:
    """Return a number that no other row has or will have. Those of an act that is undone are lost, as always."""
    kept: list[int] = t.connection.info.setdefault(_KEPT, [])
    if not kept:
        kept.extend(row[0] for row in reversed(_NUMBERS.rows(t, {})))
    return kept.pop()


def queued(t: Transaction, ids: Sequence[int], *, lease: str | None = None) -> int:
    """Mark rows as confirmed by the broker, and if given as held by `lease`; return how many are still there."""
    if lease is None:
        return t.execute(_QUEUED, {"ids": ids}).rowcount
    return t.execute(_QUEUED_BY, {"ids": ids, "new_lease": lease}).rowcount


def postpone(t: Transaction, row_id: int, due_at: datetime, lease: str = "") -> None:
    """Owe the row again, not before `due_at`."""
    _POSTPONE.count(t, {"of_id": row_id, "new_due_at": due_at, "new_lease": lease})
    if not lease:
        _notify(t)


def defer(t: Transaction, row_id: int, due_at: datetime) -> None:
    """Owe the row again, not before `due_at`, without counting a try: it was not its turn."""
    t.execute(update(outbox).where(outbox.c.id == row_id).values(state="owed", due_at=due_at, lease=""))
    _notify(t)


def oldest(t: Transaction, *, kind: str, ref: str) -> tuple[int, datetime] | None:
    """Return id and due time of the oldest row of this kind about `ref`, None when there is none."""
    query = select(outbox.c.id, outbox.c.due_at).where(outbox.c.ref == ref, outbox.c.kind == kind)
    row = t.execute(query.order_by(outbox.c.id).limit(1)).one_or_none()
    return None if row is None else (int(row[0]), row[1])


def refs_held(t: Transaction, *, kind: Kind, refs: Iterable[str]) -> set[str]:
    """Return which of `refs` have rows of this kind."""
    query = select(outbox.c.ref).distinct().where(outbox.c.kind == kind, outbox.c.ref.in_(list(refs)))
    return set(t.execute(query).scalars())


def release(t: Transaction, *, kind: Kind, ref: str, now: datetime) -> int:
    """Let the oldest row of this kind about `ref` fall due now, unless it was tried; return whether there is one."""
    mine = (outbox.c.ref == ref) & (outbox.c.kind == kind)
    oldest = select(func.min(outbox.c.id)).where(mine).scalar_subquery()
    untried = (outbox.c.id == oldest) & (outbox.c.state == "owed") & (outbox.c.lease == "") & (outbox.c.tries == 0)
    waiting = untried & (outbox.c.due_at > now)
    return _freed(t, t.execute(update(outbox).where(waiting).values(due_at=now)).rowcount)


def settle(t: Transaction, row_id: int) -> None:
    """Forget the row: its result is recorded."""
    _SETTLE.put(t, row_id)


def settle_many(t: Transaction, ids: Sequence[int]) -> None:
    """Forget the rows: their results are recorded."""
    t.execute(_SETTLE_MANY, {"ids": ids})


def due(t: Transaction, now: datetime, limit: int) -> list[OutboxRow]:
    """Return rows owed, due and held by nobody, the longest due first."""
    return owed_by(t, "", now, limit)


def take(t: Transaction, now: datetime, limit: int, lease: str) -> list[OutboxRow]:
    """Return what `due` would, already held by `lease`, so that nobody else takes it."""
    chosen = (
        select(outbox.c.id)
        .where(outbox.c.state == "owed", outbox.c.lease == "", outbox.c.due_at <= now)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL only: what another process is taking is not waited for.
        .cte("chosen")  # Run once, whatever the planner thinks: the limit must hold for the whole statement.
    )
    taken = update(outbox).where(outbox.c.id.in_(select(chosen.c.id))).values(lease=lease).returning(*_COLUMNS)
    return sorted((OutboxRow(*row) for row in t.execute(taken)), key=lambda row: (row.due_at, row.id))


def next_due(t: Transaction) -> datetime | None:
    """Return when the next row held by nobody falls due, None if there is none."""
    query = select(func.min(outbox.c.due_at)).where(outbox.c.state == "owed", outbox.c.lease == "")
    moment: datetime | None = t.execute(query).scalar_one()
    return moment


def of_ref(t: Transaction, ref: str) -> list[OutboxRow]:
    """Return the rows about one inquiry or delivery."""
    return [OutboxRow(*row) for row in t.execute(select(*_COLUMNS).where(outbox.c.ref == ref).order_by(outbox.c.id))]


def holders(t: Transaction) -> set[str]:
    """Return the leases that hold rows, the empty one among them: one index look-up for each, however many rows."""
    found: set[str] = set()
    for state in get_args(RowState):
        first = select(func.min(outbox.c.lease).label("lease")).where(outbox.c.state == state).cte(recursive=True)
        further = select(func.min(outbox.c.lease)).where(outbox.c.state == state, outbox.c.lease > first.c.lease)
        every = first.union_all(select(further.scalar_subquery()).where(first.c.lease.is_not(None)))
        leases = t.execute(select(every.c.lease).where(every.c.lease.is_not(None))).scalars()
        # An owed row without lease is everybody's; a queued one is in no memory and on no list.
        found.update(lease for lease in leases if lease or state == "queued")
    return found


def adopt(t: Transaction, lease: str, live: Sequence[str], limit: int = 10_000) -> int:
    """Owe again, held by nobody, up to `limit` rows of processes that are neither `lease` nor `live`; return how many.

    A queued row without lease counts as a dead process's: no memory knows of it. Publishing it twice is harmless,
    losing it is not; who queues rows that `due` gave names itself in `queued(…, lease=…)`.
    """
    dead = sorted(holders(t) - {lease, *live})
    if not dead:
        return 0
    of_them = outbox.c.lease.in_(dead) & ((outbox.c.lease != "") | (outbox.c.state == "queued"))
    chosen = select(outbox.c.id).where(outbox.c.state.in_(get_args(RowState)), of_them).limit(limit)
    return _freed(t, t.execute(update(outbox).where(outbox.c.id.in_(chosen)).values(_OWED)).rowcount)


def owed_by(t: Transaction, lease: str, now: datetime, limit: int) -> list[OutboxRow]:
    """Return rows that are due and held by `lease`, the longest due first."""
    query = (
        select(*_COLUMNS)
        .where(outbox.c.state == "owed", outbox.c.lease == lease, outbox.c.due_at <= now)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
    )
    return [OutboxRow(*row) for row in t.execute(query)]


def held(t: Transaction, lease: str, limit: int, after: tuple[datetime, int] | None = None) -> list[OutboxRow]:
    """Return queued rows held by `lease`, the longest due first; `after` is due time and id of the last one seen."""
    query = (
        select(*_COLUMNS)
        .where(outbox.c.state == "queued", outbox.c.lease == lease)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
    )
    if after is not None:
        due, number = after
        query = query.where(
            outbox.c.due_at >= due, or_(outbox.c.due_at > due, outbox.c.id > number)
        )  # The first condition is for the index.
    return [OutboxRow(*row) for row in t.execute(query)]


def newest(t: Transaction) -> int:
    """Return the highest number of a row, 0 where there is none: rows written from now on, and only they, pass it."""
    return int(t.execute(select(func.coalesce(func.max(outbox.c.id), 0))).scalar_one())


def still_held(t: Transaction, rows: Mapping[int, int], lease: str) -> dict[int, int]:
    """Return those of the rows, tries by id, that are queued and held by `lease` after as many tries."""
    query = select(outbox.c.id, outbox.c.tries).where(
        outbox.c.id.in_(list(rows)), outbox.c.state == "queued", outbox.c.lease == lease
    )
    return {number: tries for number, tries in t.execute(query) if rows[number] == tries}


def queued_behind(t: Transaction, mark: int, *, lease: str, system: str, kinds: Sequence[str], limit: int) -> int:
    """Count, up to `limit`, queued rows of a system that are newer than `mark`."""
    newer = select(outbox.c.id).where(outbox.c.id > mark, outbox.c.state == "queued", outbox.c.lease == lease)
    newer = newer.where(outbox.c.system == system, outbox.c.kind.in_(kinds)).limit(limit)
    return int(t.execute(select(func.count()).select_from(newer.subquery())).scalar_one())


def requeue_many(t: Transaction, ids: Sequence[int], lease: str) -> int:
    """Owe again those of the rows that are still queued and held by `lease`; return how many."""
    still = (outbox.c.id.in_(ids)) & (outbox.c.state == "queued") & (outbox.c.lease == lease)
    return _freed(t, t.execute(update(outbox).where(still).values(_OWED)).rowcount)


def depth(t: Transaction) -> dict[str, dict[str, int]]:
    """Return the number of rows by system and state: `{system: {"owed": n, "queued": n}}`."""
    query = select(outbox.c.system, outbox.c.state, func.count()).group_by(outbox.c.system, outbox.c.state)
    found: dict[str, dict[str, int]] = {}
    for system, state, number in t.execute(query):
        found.setdefault(system, {"owed": 0, "queued": 0})[state] = number
    return found


def _freed(t: Transaction, rows: int) -> int:
    if rows:
        _notify(t)
    return rows


def _notify(t: Transaction) -> None:
    """Tell listening relays, at the commit, that a row is there for whoever comes first."""
    if t.dialect.name == "postgresql":
        _NOTICE.count(t, {})
