"""Looking things up in a shared table, on the day that decides."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from mappings import pointers
from mappings.dates import DateError, date_reader
from mappings.tables.table import AMBIGUOUS, CodeTable, Column, Several
from mappings.workbench import ABSENT, Bench, Scope

Finder = Callable[[str, Scope], Any]
"""What a table has for a key; `ABSENT` when nothing."""

_WORDS = {"true": True, "false": False}
_day_of = date_reader("iso")


class Asked(Protocol):
    """The arguments of a lookup that matter here."""

    @property
    def table(self) -> str:
        """The table's name, perhaps with a day behind it."""
        ...

    @property
    def reverse(self) -> bool | None:
        """Whether codes are read, where it is said."""
        ...

    @property
    def at(self) -> str | None:
        """Where the day is found."""
        ...

    @property
    def give(self) -> Column | None:
        """The column to give, where it is said."""
        ...


def gives(reverse: object, bench: Bench) -> Column:
    """The column a lookup gives unless it names another: replies are read code → canonical, requests the other way."""
    from_code = reverse if isinstance(reverse, bool) else bench.direction != "to_native"
    return "canonical" if from_code else "code"


def shared_finder(table: CodeTable, args: Asked, at: str, bench: Bench) -> Finder | None:
    """What finds things in a shared table, or None after noting why that cannot be."""
    key: Column = "code" if gives(args.reverse, bench) == "canonical" else "canonical"
    give = args.give or gives(args.reverse, bench)
    written = args.table.partition("@")[2]
    if written and args.at is not None:
        bench.fault(at, "table_date", "a day behind the table's name and at: say the same thing twice")
        return None
    words = _WORDS if give == "canonical" and table.words("canonical") <= set(_WORDS) else None
    several = bench.failing("mapping.ambiguous")

    def meaning(found: str | Several | None) -> Any:
        if found is None:
            return ABSENT
        if found is AMBIGUOUS:
            several(f"table {table.name!r} has several codes for this")
        return found if words is None else words[str(found)]

    if args.at is not None:
        return _on_the_day(table, key, give, args.at, at, bench, meaning)
    if not written and table.dated:
        message = (
            f"what table {table.name!r} says depends on the day: write at: with a path, or {table.name}@2026-03-21"
        )
        bench.fault(at, "table_date", message)
        return None
    try:
        day = _day_of(written) if written else None
    except DateError:
        bench.fault(at, "table_date", f"{written[:40]!r} is no day such as 2026-03-21")
        return None
    index = table.index(key, give, day)
    return lambda asked, _scope: meaning(index.get(asked))


def _on_the_day(
    table: CodeTable,
    key: Column,
    give: Column,
    path: str,
    at: str,
    bench: Bench,
    meaning: Callable[[str | Several | None], Any],
) -> Finder | None:
    """Find on the day that a path leads to: a day, or a time whose day in Tehran counts."""
    try:
        parts = pointers.split(path)
    except ValueError as error:
        bench.fault(at, "path", str(error))
        return None
    if parts[:1] == ["$context"] and parts[1:] not in [[name] for name in pointers.CONTEXT]:
        bench.fault(at, "unknown_path", f"the context has no {'/'.join(parts[1:])!r}")
        return None
    no_day = bench.failing("mapping.date")

    @lru_cache(maxsize=64)
    def index_on(day: date) -> dict[str, str | Several]:
        return table.index(key, give, day)

    def find(asked: str, scope: Scope) -> Any:
        written = _read(parts, scope)
        if not isinstance(written, str):
            return no_day("the day that decides what a code means is not there")
        try:
            day = _day_of(written)
        except DateError:
            return no_day("the day that decides what a code means is no ISO date or time")
        return meaning(index_on(day).get(asked))

    return find


def _read(parts: list[str], scope: Scope) -> Any:
    sources: dict[str, Any] = {"$context": scope.context, "$root": scope.root, "$asked": scope.asked}
    value: Any = scope.here
    if parts and parts[0] in sources:
        value, parts = sources[parts[0]], parts[1:]
    for part in parts:
        value = pointers.step_into(value, part)
    return value
