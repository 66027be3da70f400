"""Days as people write them on letters: Jalali or Gregorian, digits in any script."""

from datetime import date

from mappings.dates import DateError, date_reader, date_writer
from mappings.text import ascii_digits

FIRST_GREGORIAN = 1700
"""A year before this one is Jalali."""
_read_jalali = date_reader("jalali:%Y/%m/%d")
_write_jalali = date_writer("jalali:%Y/%m/%d")


def read_day(text: str) -> date:
    """Read `1405/09/01` or `2026-11-22`. Raises ValueError."""
    plain = ascii_digits(text).strip().replace("-", "/")
    try:
        if int(plain.partition("/")[0]) < FIRST_GREGORIAN:
            return _read_jalali(plain)
        return date.fromisoformat(plain.replace("/", "-"))
    except (DateError, ValueError) as wrong:
        raise ValueError(f"{text} is no day: 1405/09/01 or 2026-11-22") from wrong


def jalali_day(day: date) -> str:
    """Write a day as `1405/09/01`."""
    return str(_write_jalali(day))
