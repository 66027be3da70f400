"""The legal persons of the simulated register. Every one is invented."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Body:
    """A legal person. Some have a registration number and no legal ID; dates are Jalali."""

    name: str
    legal_id: str | None
    registration_number: str
    registered_on: str = "1392/08/26"
    dissolved: bool = False


BODIES: Final = (
    Body("شرکت نمونهٔ آزمایشی", "99900000010", "12345"),
    Body("شرکت منحل‌شدهٔ نمونه", "99900000024", "23456", "1380/01/15", dissolved=True),
    Body("انجمن نمونه", None, "77", "1370/07/07"),
)


def found(legal_id: str, name: str) -> Body | None:
    """The body with this legal ID, or without one with this name."""
    for body in BODIES:
        if (legal_id and body.legal_id == legal_id) or (not legal_id and name and body.name == name):
            return body
    return None
