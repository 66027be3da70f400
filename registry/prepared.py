"""The hot path's statements, compiled once per database and sent as text.

Running a statement through SQLAlchemy's own machinery costs several times what the database takes for it. Here it is
still written, typed and compiled by SQLAlchemy; only the way down to the driver is short. The connection and its
transaction stay the same, so prepared and ordinary statements mix freely, and errors are of the same family.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ClauseElement

from registry.schema import Transaction

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement in the words of one database, and how values go in and come out."""

    sql: str
    names: list[str]
    raw: bool
    template: list[Any]
    """The parameters in order; those that the statement holds itself are filled in."""
    slots: Sequence[tuple[int, str, _Convert | None]]
    """The others: place, name, and how the value goes in."""
    results: Sequence[tuple[int, _Convert]]


class Prepared:
    """A statement with named parameters. `returns` are the columns it gives back, in order."""

    __slots__ = ("_ready", "_returns", "_statement")

    def __init__(self, statement: ClauseElement, returns: Sequence[ColumnElement[Any]] = ()) -> None:
        self._statement = statement
        self._returns = returns
        self._ready: dict[str, _Ready] = {}

    def count(self, t: Transaction, values: Mapping[str, Any]) -> int:
        """Run and return how many rows were written."""
        return self._run(t, values)[0]

    def rows(self, t: Transaction, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run and return every row."""
        return self._run(t, values)[1]

    def one(self, t: Transaction, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run and return the row, or None. For statements that give one row at most."""
        found = self._run(t, values)[1]
        return found[0] if found else None

    def scalar(self, t: Transaction, values: Mapping[str, Any]) -> Any:
        """Run and return the first column of the row, or None where there is no row."""
        found = self._run(t, values)[1]
        return found[0][0] if found else None

    def many(self, t: Transaction, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run once for each of the rows, in their order. For statements that give nothing back."""
        ready = self._ready_for(t.dialect)
        sent = [_filled(ready, values) for values in rows]
        if ready.raw:
            # A NUL in a later row would be found only after the earlier ones have left.
            sent = [_without_nul(values) for values in sent]
        self._send(t, ready, sent, many=True)

    def _run(self, t: Transaction, values: Mapping[str, Any]) -> tuple[int, list[tuple[Any, ...]]]:
        """Return the number of rows written, and the rows given back."""
        ready = self._ready_for(t.dialect)
        cursor = self._send(t, ready, _filled(ready, values), many=False)
        if not self._returns:
            return cursor.rowcount, []
        try:
            found: list[tuple[Any, ...]] = cursor.fetchall()
        except t.dialect.loaded_dbapi.Error as error:
            raise _translated(error, ready, t.dialect) from error
        if ready.results:
            found = [_converted(row, ready.results) for row in found]
        return cursor.rowcount, found

    def _ready_for(self, dialect: Dialect) -> _Ready:
        return self._ready.get(dialect.name) or self._compile(dialect)

    def _send(self, t: Transaction, ready: _Ready, sent: list[Any], *, many: bool) -> Any:
        """Hand the statement to the driver and return its cursor."""
        driver: Any = t.connection.driver_connection
        dialect = t.dialect
        dbapi = dialect.loaded_dbapi
        try:
            # psycopg's ordinary cursor reads the statement's text again at every call; the raw one takes it as it is.
            cursor = dbapi.RawCursor(driver) if ready.raw else driver.cursor()
            run = cursor.executemany if many else cursor.execute
            try:
                run(ready.sql, sent)
            except dbapi.DataError:
                # PostgreSQL has no NUL in texts, and a foreign system's message may. psycopg has sent nothing yet.
                if many or (clean := _without_nul(sent)) == sent:
                    raise
                run(ready.sql, clean)
        except dbapi.Error as error:
            raise _translated(error, ready, dialect) from error
        return cursor

    def _compile(self, dialect: Dialect) -> _Ready:
        raw = dialect.name == "postgresql"
        # Positional in both; `$1` is the form PostgreSQL itself reads.
        spoken = type(dialect)(paramstyle="numeric_dollar") if raw else dialect  # type: ignore[call-arg]
        compiled: Any = self._statement.compile(dialect=spoken)
        names = list(compiled.positiontup)
        template: list[Any] = [None] * len(names)
        slots: list[tuple[int, str, _Convert | None]] = []
        for place, name in enumerate(names):
            bound = compiled.binds[name]
            convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if bound.required:
                slots.append((place, name, convert))
            else:
                template[place] = bound.value if convert is None else convert(bound.value)
        results = [
            (place, convert)
            for place, column in enumerate(self._returns)
            if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]
        ready = _Ready(str(compiled), names, raw, template, slots, results)
        self._ready[dialect.name] = ready
        return ready


def _filled(ready: _Ready, values: Mapping[str, Any]) -> list[Any]:
    sent = ready.template.copy()
    for place, name, convert in ready.slots:
        sent[place] = values[name] if convert is None else convert(values[name])
    return sent


def _without_nul(values: Sequence[Any]) -> list[Any]:
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]


def _translated(error: Exception, ready: _Ready, dialect: Dialect) -> Exception:
    dbapi = dialect.loaded_dbapi
    return DBAPIError.instance(ready.sql, None, error, dbapi.Error, hide_parameters=True, dialect=dialect)


def _converted(row: Sequence[Any], results: Sequence[tuple[int, _Convert]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in results:
        values[place] = convert(values[place])
    return tuple(values)
