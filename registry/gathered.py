"""Rows that the acts of one transaction write together (PostgreSQL).

A statement costs the client five times what one more row in it costs. So inserts that give nothing back, and
settlements, wait until the transaction ends or a statement touches their tables; then each table gets them in one go,
those that others refer to first. SQLite, where a statement is a function call, writes each row at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, bindparam
from sqlalchemy.exc import DBAPIError

from registry.columns import metadata
from registry.portable import insert_row
from registry.prepared import GATHERED, Prepared
from registry.schema import Transaction

_LARGEST = 64
"""Rows of one statement at most; smaller numbers are made up of powers of two, so that few statements are prepared."""

_ORDER = {table.name: place for place, table in enumerate(metadata.sorted_tables)}

Row = list[Any]
Run = Callable[[str, Row], None]


class Insertion:
    """An insert into one table. The columns not named get their defaults."""

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.table = table
        self._columns = columns
        self._alone = Prepared(insert_row(table, columns))
        self._converts: list[tuple[str, Callable[[Any], Any] | None]] = []
        self._texts: dict[int, str] = {}

    def put(self, t: Transaction, values: Mapping[str, Any]) -> None:
        """Write the row, at the end of the transaction at the latest."""
        gathered = of(t)
        if gathered is None:
            self._alone.count(t, values)
        else:
            gathered.add(self, self._converted(t, values))

    def put_all(self, t: Transaction, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write the rows, at the end of the transaction at the latest."""
        gathered = of(t)
        if gathered is None:
            self._alone.many(t, rows)
        else:
            for values in rows:
                gathered.add(self, self._converted(t, values))

    def write(self, rows: Sequence[Row], run: Run) -> None:
        """Send the rows."""
        done, size = 0, _LARGEST
        while done < len(rows):
            while size > len(rows) - done:
                size //= 2
            run(self._text(size), [value for row in rows[done : done + size] for value in row])
            done += size

    def _converted(self, t: Transaction, values: Mapping[str, Any]) -> Row:
        if not self._converts:
            types = [(name, self.table.c[name].type.dialect_impl(t.dialect)) for name in self._columns]
            self._converts = [(name, kind.bind_processor(t.dialect)) for name, kind in types]
        row = [values[name] if convert is None else convert(values[name]) for name, convert in self._converts]
        return [value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value for value in row]

    def _text(self, size: int) -> str:
        if size not in self._texts:
            width = len(self._columns)
            places = (", ".join(f"${row * width + place + 1}" for place in range(width)) for row in range(size))
            names = ", ".join(f'"{name}"' for name in self._columns)
            rows = ", ".join(f"({row})" for row in places)
            self._texts[size] = f"INSERT INTO {self.table.name} ({names}) VALUES {rows}"  # noqa: S608 - the schema's names.
        return self._texts[size]


class Removal:
    """A deletion by the number that is the table's primary key."""

    def __init__(self, table: Table) -> None:
        (key,) = table.primary_key
        self.table = table
        self._one = Prepared(table.delete().where(key == bindparam("number", type_=key.type)))
        self._many = f"DELETE FROM {table.name} WHERE {key.name} = ANY($1)"  # noqa: S608 - the schema's names.

    def put(self, t: Transaction, number: int) -> None:
        """Remove the row, at the end of the transaction at the latest."""
        gathered = of(t)
        if gathered is None:
            self._one.count(t, {"number": number})
        else:
            gathered.add(self, [number])

    def write(self, rows: Sequence[Row], run: Run) -> None:
        """Send the numbers."""
        run(self._many, [[row[0] for row in rows]])


class Gathered:
    """What one connection has gathered in its present transaction."""

    def __init__(self, driver: Any, dbapi: Any, dialect: Any) -> None:
        self._driver = driver
        self._dbapi = dbapi
        self._dialect = dialect
        self._rows: dict[Insertion | Removal, list[Row]] = {}
        self._tables: set[str] = set()

    @classmethod
    def begin(cls, t: Transaction) -> "Gathered":
        """Let what is written over this connection gather from now on."""
        pooled = t.connection
        gathered = cls(pooled.driver_connection, t.dialect.loaded_dbapi, t.dialect)
        pooled.info[GATHERED] = gathered
        return gathered

    def add(self, kind: Insertion | Removal, row: Row) -> None:
        """Keep a row until `flush`."""
        self._rows.setdefault(kind, []).append(row)
        self._tables.add(kind.table.name)

    def touched(self, tables: "frozenset[str] | None") -> bool:
        """Tell whether a statement on these tables (None: on whatever) would miss something."""
        return bool(self._rows) and (tables is None or not self._tables.isdisjoint(tables))

    def flush(self) -> None:
        """Send everything. Raises DBAPIError."""
        if not self._rows:
            return
        rows = sorted(self._rows.items(), key=lambda item: _ORDER[item[0].table.name])
        self.forget()
        for kind, kept in rows:
            kind.write(kept, self._run)

    def forget(self) -> None:
        """Drop everything: the transaction is undone."""
        self._rows = {}
        self._tables = set()

    def _run(self, text: str, values: Row) -> None:
        try:
            self._dbapi.RawCursor(self._driver).execute(text, values)
        except self._dbapi.Error as error:
            raise DBAPIError.instance(
                text, None, error, self._dbapi.Error, hide_parameters=True, dialect=self._dialect
            ) from error


def of(t: Transaction) -> Gathered | None:
    """Return what gathers the rows of this transaction, None where each is written at once."""
    found: Gathered | None = t.connection.info.get(GATHERED)
    return found
