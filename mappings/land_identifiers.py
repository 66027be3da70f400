"""Identifiers of land: renovation codes, plaque numbers, tracking codes of the deeds registry."""

from mappings.identifiers import (
    LONGEST_INPUT,
    Checked,
    IdentifierError,
    IdentifierWarning,
    between,
    digits_of,
    exact,
)
from mappings.text import SEPARATORS, ascii_digits, persian_digits

_PARTS_OF_RENOVATION = 7
_LONGEST_PART = 8
_YEARS = range(1300, 1500)
# What people type and printers set for a hyphen.
_MARKS_BETWEEN = frozenset("-‐‑‒–—−")


def check_renovation_code(text: str) -> Checked:
    """کد نوسازی: district-region-block-house-building-apartment-shop, seven integers, 0 for none.

    A code without a district but with a shop warns: it was probably read off a screen, which prints it reversed.
    """
    parts: list[str] = []
    place = 0
    for part in "".join("-" if mark in _MARKS_BETWEEN else mark for mark in text[:LONGEST_INPUT]).split("-"):
        digits, _ = digits_of("renovation_code", " " * min(place, 60) + part, separators=SEPARATORS - {"-"})
        if not 1 <= len(digits) <= _LONGEST_PART:
            raise IdentifierError(
                "renovation_code.parts", place, "a part is empty or too long", "یک بخش خالی یا بلند است"
            )
        parts.append(str(int(digits)))
        place += len(part) + 1
    if len(parts) != _PARTS_OF_RENOVATION:
        raise IdentifierError(
            "renovation_code.parts", None, f"{len(parts)} parts of 7", f"{persian_digits(str(len(parts)))} بخش از ۷"
        )
    code = "-".join(parts)
    if parts[0] == "0" and parts[-1] != "0":
        doubt = IdentifierWarning(
            "renovation_code.reversed", "this looks printed in reverse", "گویا وارونه نوشته شده است"
        )
        return Checked(code, (doubt,))
    return Checked(code)


def check_displayed_renovation_code(text: str) -> Checked:
    """کد نوسازی as screens print it, shop first; kept in its one form, district first."""
    return check_renovation_code(displayed_renovation_code(check_renovation_code(text).value))


def displayed_renovation_code(code: str) -> str:
    """A renovation code as screens print it: the parts of its one form from the last to the first."""
    return "-".join(reversed(code.split("-")))


def check_plaque_number(text: str) -> Checked:
    """One number of a plaque (اصلی or فرعی): up to 10 digits, leading zeros kept; "0" where there is none."""
    return Checked(between("plaque", text, 1, 10)[0])


def check_land_tracking_code(text: str) -> Checked:
    """The deeds registry's tracking code: 18 digits: Jalali year (4), form (3), branch (5), serial (6)."""
    digits, places = exact("land_tracking_code", text, 18)
    if int(digits[:4]) in _YEARS:
        return Checked(digits)
    raise IdentifierError(
        "land_tracking_code.year", places[0], "the first four digits are no Jalali year", "چهار رقم نخست سال شمسی نیست"
    )


def land_tracking_parts(code: str) -> tuple[int, str, str, str]:
    """Jalali year, form, branch and serial of a good land tracking code."""
    digits = ascii_digits(code)
    return int(digits[:4]), digits[4:7], digits[7:12], digits[12:]
