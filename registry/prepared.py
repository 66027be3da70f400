"""The hot path's statements, compiled once per database and sent as text.

Running a statement through SQLAlchemy's own machinery costs several times what the database takes for it. Here it is
still written, typed and compiled by SQLAlchemy; only the way down to the driver is short. The connection and its
transaction stay the same, so prepared and ordinary statements mix freely, and errors are of the same family.
"""

from collections.abc import Callable, Mapping, Sequence
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
    fixed: dict[str, Any]
    converts: dict[str, _Convert]
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

    def _run(self, t: Transaction, values: Mapping[str, Any]) -> tuple[int, list[tuple[Any, ...]]]:
        """Return the number of rows written, and the rows given back."""
        dialect = t.dialect
        ready = self._ready.get(dialect.name) or self._compile(dialect)
        fixed, converts = ready.fixed, ready.converts
        sent: list[Any] = []
        for name in ready.names:
            if name in fixed:
                sent.append(fixed[name])
            else:
                value = values[name]
                sent.append(converts[name](value) if name in converts else value)
        driver: Any = t.connection.driver_connection
        dbapi = dialect.loaded_dbapi
        try:
            # psycopg's ordinary cursor reads the statement's text again at every call; the raw one takes it as it is.
            cursor = dbapi.RawCursor(driver) if ready.raw else driver.cursor()
            try:
                cursor.execute(ready.sql, sent)
            except dbapi.DataError:
                # PostgreSQL has no NUL in texts, and a foreign system's message may. psycopg has sent nothing yet.
                if not any(isinstance(value, str) and "\0" in value for value in sent):
                    raise
                cursor.execute(ready.sql, [v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in sent])
            found: list[tuple[Any, ...]] = cursor.fetchall() if self._returns else []
        except dbapi.Error as error:
            raise DBAPIError.instance(
                ready.sql, None, error, dbapi.Error, hide_parameters=True, dialect=dialect
            ) from error
        if ready.results:
            found = [_converted(row, ready.results) for row in found]
        return cursor.rowcount, found

    def _compile(self, dialect: Dialect) -> _Ready:
        raw = dialect.name == "postgresql"
        # Positional in both; `$1` is the form PostgreSQL itself reads.
        spoken = type(dialect)(paramstyle="numeric_dollar") if raw else dialect  # type: ignore[call-arg]
        compiled: Any = self._statement.compile(dialect=spoken)
        names = list(compiled.positiontup)
        converts: dict[str, _Convert] = {}
        fixed: dict[str, Any] = {}
        for name in names:
            bound = compiled.binds[name]
            convert = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if not bound.required:
                fixed[name] = bound.value if convert is None else convert(bound.value)
            elif convert is not None:
                converts[name] = convert
        results = [
            (place, convert)
            for place, column in enumerate(self._returns)
            if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]
        ready = _Ready(str(compiled), names, raw, fixed, converts, results)
        self._ready[dialect.name] = ready
        return ready


def _converted(row: Sequence[Any], results: Sequence[tuple[int, _Convert]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in results:
        values[place] = convert(values[place])
    return tuple(values)
