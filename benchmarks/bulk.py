"""Fills a ledger faster than intake can: rows of inquiries that were really accepted, again and again, with new keys.

Whatever a row repeats of its inquiry's keys (ids, code, fingerprint, sealed payload, message) is exchanged by value, so
that nothing here knows the columns. Constraints between tables are not checked while rows arrive: they are copies.
"""

import os
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from registry.codes import check_digits
from registry.ids import new_id

CHUNK = 5_000
OWN_ROWS = (
    ("subjects", "id = (SELECT subject_id FROM inquiries WHERE id = {0})"),
    ("cases", "id = (SELECT case_id FROM inquiries WHERE id = {0})"),
    ("inquiries", "id = {0}"),
    ("status_events", "case_id = (SELECT case_id FROM inquiries WHERE id = {0})"),
    ("journal_leaves", "case_id = (SELECT case_id FROM inquiries WHERE id = {0})"),
    ("outbox", "kind = 'inquiry' AND ref = {0}"),
)
"""Tables that an inquiry writes to when it is accepted, and which rows are its own."""
NUMBERED = frozenset({"status_events.position", "journal_leaves.id"})
"""Columns that the database numbers."""
ROW = "outbox row"
"""Under this an inquiry's keys hold the id of its outbox row; a number could be mistaken for another."""

Values = tuple[Any, ...]
Keys = dict[Any, Any]
"""New texts and bytes by old ones."""


class Ledger(Protocol):
    """A database that rows are read from and poured into."""

    def read(self, table: str, where: str, inquiry_id: str) -> tuple[list[str], list[Values]]:
        """Column names and rows."""
        ...

    def pour(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Insert rows."""
        ...

    def settle_down(self) -> None:
        """Let the planner know what has come, and commit."""
        ...


@dataclass
class SqliteLedger:
    """The file of a hub that does not write at the moment."""

    connection: sqlite3.Connection

    def read(self, table: str, where: str, inquiry_id: str) -> tuple[list[str], list[Values]]:
        found = self.connection.execute(f"SELECT * FROM {table} WHERE {where.format('?')}", (inquiry_id,))  # noqa: S608 - our own names.
        return [column[0] for column in found.description], found.fetchall()

    def pour(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        self.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def settle_down(self) -> None:
        self.connection.execute("ANALYZE")
        self.connection.commit()


@dataclass
class PostgresLedger:
    """A database of its own superuser's; triggers and foreign keys rest in this session."""

    connection: psycopg.Connection[Any]

    def read(self, table: str, where: str, inquiry_id: str) -> tuple[list[str], list[Values]]:
        query = f"SELECT * FROM {table} WHERE {where.format('%s')}"  # noqa: S608 - our own names.
        found = self.connection.execute(query.encode(), (inquiry_id,))
        return [column.name for column in found.description or ()], found.fetchall()

    def pour(self, table: str, columns: Sequence[str], rows: Sequence[Values]) -> None:
        target = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self.connection.cursor().copy(target) as copy:
            for row in rows:
                copy.write_row(row)

    def settle_down(self) -> None:
        self.connection.execute("ANALYZE")


def reserve(address: str, count: int) -> int:
    """The first of so many ids of outbox rows that PostgreSQL gives nobody else."""
    name = "pg_get_serial_sequence('outbox', 'id')"
    with psycopg.connect(address, autocommit=True) as line:
        found = line.execute(f"SELECT setval({name}, nextval({name}) + %s)".encode(), (count,)).fetchone()
    assert found is not None
    return int(found[0]) - count


@contextmanager
def opened(address: str) -> Iterator[Ledger]:
    """Open the ledger at the address that HUB_DATABASE has."""
    if address.startswith("sqlite:"):
        connection = sqlite3.connect(Path(address.removeprefix("sqlite:///")), isolation_level="DEFERRED", timeout=30)
        connection.execute("PRAGMA synchronous = OFF")
        try:
            yield SqliteLedger(connection)
            connection.commit()
        finally:
            connection.close()
        return
    with psycopg.connect(address, autocommit=True) as line:
        line.execute("SET session_replication_role = replica")
        line.execute("SET synchronous_commit = off")
        yield PostgresLedger(line)


class Template:
    """One accepted inquiry's rows, and how to write them anew."""

    def __init__(self, ledger: Ledger, inquiry_id: str, tables: Sequence[str]) -> None:
        self.rows: dict[str, tuple[list[str], list[Values]]] = {}
        self.inquiry_id = inquiry_id
        self._places: dict[str, list[list[tuple[int, Any]]]] = {}
        for table, where in OWN_ROWS:
            if table in tables:
                names, rows = ledger.read(table, where, inquiry_id)
                if not rows:
                    raise LookupError(f"{table} has nothing of inquiry {inquiry_id}")
                kept = [place for place, name in enumerate(names) if f"{table}.{name}" not in NUMBERED]
                self.rows[table] = [names[place] for place in kept], [tuple(row[i] for i in kept) for row in rows]

    def of(self, table: str, name: str, number: int = 0) -> Any:
        """One value of the template."""
        names, rows = self.rows[table]
        return rows[number][names.index(name)]

    def keys(self) -> Keys:
        """New keys for the old ones."""
        now = datetime.now(UTC)
        code = str(self.of("cases", "code"))
        body = f"{code[:6]}{random.randrange(10**12):012d}"
        fresh: Keys = {
            self.inquiry_id: new_id(now),
            self.of("cases", "id"): new_id(now),
            code: body + check_digits(body),
        }
        if "subjects" in self.rows:
            fresh[self.of("subjects", "id")] = new_id(now)
            fresh[self.of("subjects", "fingerprint")] = os.urandom(len(self.of("subjects", "fingerprint")) // 2).hex()
        for number in range(len(self.rows["status_events"][1])):
            fresh[self.of("status_events", "id", number)] = new_id(now)
        return fresh

    def written(self, table: str, keys: Mapping[Any, Any]) -> list[Values]:
        """The rows with their keys exchanged. Every call must bring keys for the same old values."""
        if table not in self._places:
            self._places[table] = [self._exchanged(table, row, keys) for row in self.rows[table][1]]
        fresh = []
        for row, places in zip(self.rows[table][1], self._places[table], strict=True):
            values = list(row)
            for place, old in places:
                values[place] = keys[old]
            fresh.append(tuple(values))
        return fresh

    def _exchanged(self, table: str, row: Values, keys: Mapping[Any, Any]) -> list[tuple[int, Any]]:
        """Where in the row which key stands."""
        names = self.rows[table][0]
        return [
            (place, ROW if (table, name) == ("outbox", "id") else value)
            for place, (name, value) in enumerate(zip(names, row, strict=True))
            if (table, name) == ("outbox", "id") or (isinstance(value, str | bytes) and value in keys)
        ]


def fill(
    ledger: Ledger,
    templates: Sequence[Template],
    count: int,
    complete: Callable[[Template, Keys], None],
    *,
    first_row: int = 0,
) -> Iterator[list[str]]:
    """Write so many inquiries, a chunk at a time; gives the ids of each chunk once it is stored.

    `complete` adds to the keys of an inquiry what else is exchanged: its payload, its message. Outbox rows are
    numbered from `first_row`.
    """
    tables = list(templates[0].rows)
    for start in range(0, count, CHUNK):
        ids: list[str] = []
        rows: dict[str, list[Values]] = {table: [] for table in tables}
        for number in range(start, min(start + CHUNK, count)):
            template = templates[number % len(templates)]
            keys = template.keys()
            keys[ROW] = first_row + number
            complete(template, keys)
            for table in tables:
                rows[table].extend(template.written(table, keys))
            ids.append(keys[template.inquiry_id])
        for table in tables:
            ledger.pour(table, templates[0].rows[table][0], rows[table])
        yield ids
    ledger.settle_down()
