"""A code table: rows of code, canonical word and titles, each valid for some days.

Both days of a row's validity belong to it; one that is missing leaves that side open. At any one day a code has one
meaning (reading a table sees to that); a meaning may have several codes, and then there is no way back from it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Final, Literal

Column = Literal["code", "canonical", "title_fa", "title_en"]
"""What a table can be asked with (the first two) and what it can give."""


class Several(Enum):
    """The type of `AMBIGUOUS`."""

    AMBIGUOUS = "ambiguous"


AMBIGUOUS: Final = Several.AMBIGUOUS
"""What a key gives that leads to several things on one day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One code. `grade` says how well it is known, `source` where from."""

    code: str
    canonical: str
    title_fa: str
    title_en: str
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    grade: str = "assumed"

    def holds(self, day: date) -> bool:
        """Whether the row is valid on `day`."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def meets(self, other: "Row") -> bool:
        """Whether there is a day on which both are valid."""
        starts = max(self.valid_from or date.min, other.valid_from or date.min)
        return starts <= min(self.valid_to or date.max, other.valid_to or date.max)


@dataclass(frozen=True)
class CodeTable:
    """A table by its name. Its rows are in the order they were written in."""

    name: str
    rows: tuple[Row, ...]

    @cached_property
    def dated(self) -> bool:
        """Whether what a code means depends on the day."""
        return any(row.valid_from or row.valid_to for row in self.rows)

    def index(self, key: Column, give: Column, day: date | None = None) -> dict[str, str | Several]:
        """What each `key` gives on `day`; without a day, over all the rows."""
        return _index(self.rows if day is None else (row for row in self.rows if row.holds(day)), key, give)

    def words(self, give: Column) -> frozenset[str]:
        """Everything the table can give."""
        return frozenset(getattr(row, give) for row in self.rows)

    def ambiguous(self) -> dict[str, list[str]]:
        """Canonical words that have several codes on one day, with these codes."""
        found: dict[str, list[str]] = {}
        for place, row in enumerate(self.rows):
            for other in self.rows[:place]:
                if other.canonical == row.canonical and other.code != row.code and other.meets(row):
                    codes = found.setdefault(row.canonical, [])
                    codes.extend(code for code in (other.code, row.code) if code not in codes)
        return found


def _index(rows: Iterable[Row], key: Column, give: Column) -> dict[str, str | Several]:
    index: dict[str, str | Several] = {}
    for row in rows:
        asked, given = str(getattr(row, key)), str(getattr(row, give))
        index[asked] = given if index.get(asked, given) == given else AMBIGUOUS
    return index
