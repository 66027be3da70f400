"""What is wrong with a code table, by row and column, in Persian and English.

TableError   a table that cannot be used; `conflicts` say where and why
"""

from dataclasses import dataclass
from typing import Literal

from mappings.text import persian_digits


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that is wrong. `row` is the line of the file, 1 for the heading; `column` may be empty."""

    row: int
    column: str
    code: str
    message_en: str
    message_fa: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return (
            f"{self.severity}: row {self.row}{column}: {self.message_en} [{self.code}]\n"
            f"    ردیف {persian_digits(str(self.row))}{column}: {self.message_fa}"
        )


class TableError(ValueError):
    """A code table with conflicts that make it unusable."""

    def __init__(self, name: str, conflicts: list[Conflict]) -> None:
        super().__init__(f"{name}:\n" + "\n".join(map(str, conflicts)))
        self.name = name
        self.conflicts = conflicts
