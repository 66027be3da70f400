"""The tracking code: twenty digits that one agency issues and all others carry.

`YY` Jalali year of issue, `IIII` issuing agency, twelve random digits, two check digits by ISO 7064 MOD 97-10 (as in
IBAN), which finds every wrong digit and every exchange of two neighbours or of two digits one place apart.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

LENGTH = 20
_BODY = LENGTH - 2
_RANDOM_SPAN = 10**12
_AGENCIES = 10_000
_YEARS = 100
_TEHRAN = ZoneInfo("Asia/Tehran")
_PLAIN = re.compile(r"[0-9]{20}")

# Hyphens, ZWNJ and the marks that steer writing direction; space separators are recognised by their category.
_IGNORED = frozenset("-\u2010\u2011\u200c\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DIGITS = {chr(base + value): str(value) for base in (0x30, 0x660, 0x6F0) for value in range(10)}


class TrackingCode(str):
    """A code that has been checked: twenty ASCII digits. Made by `issue` and `parse` only."""

    __slots__ = ()


class CodeError(ValueError):
    """The text is not a tracking code.

    `code` is `code.length`, `code.character` or `code.check_digits`; `position` is the place of the first offending
    character in the text as it was given, from 0 (None where no single character is to blame).
    """

    def __init__(self, code: str, position: int | None, message_fa: str, message_en: str) -> None:
        super().__init__(message_en)
        self.code = code
        self.position = position
        self.message = message_en
        self.message_fa = message_fa
        self.message_en = message_en


def random12() -> int:
    """Return twelve random digits as a number, from the operating system's generator."""
    return secrets.randbelow(_RANDOM_SPAN)


def jalali_year2(now: datetime) -> int:
    """Return the last two digits of the Jalali year it is in Tehran."""
    return _year_of(now.astimezone(_TEHRAN).date()) % _YEARS


@lru_cache(maxsize=8)  # Codes are issued today.
def _year_of(day: date) -> int:
    year: int = JalaliDate.to_jalali(day).year
    return year


def check_digits(first18: str) -> str:
    """Return the two check digits of eighteen ASCII digits: 98 − (n·100 mod 97)."""
    return f"{98 - int(first18) * 100 % 97:02d}"


def issue(jalali_year2: int, agency_number: int, random12: Callable[[], int] = random12) -> TrackingCode:
    """Return a new code. Raises ValueError when a part does not fit its place."""
    draw = random12()
    if not (0 <= jalali_year2 < _YEARS and 0 <= agency_number < _AGENCIES and 0 <= draw < _RANDOM_SPAN):
        raise ValueError("year has two digits, the agency's number four, the random part twelve")
    body = f"{jalali_year2:02d}{agency_number:04d}{draw:012d}"
    return TrackingCode(body + check_digits(body))


def parse(text: str) -> TrackingCode:
    """Return the code written in `text`, or raise `CodeError`.

    Persian and Arabic digits count as digits; spaces, hyphens, ZWNJ and bidi marks are removed; all else is refused.
    """
    digits = text if _PLAIN.fullmatch(text) else _digits(text)
    if check_digits(digits[:_BODY]) != digits[_BODY:]:
        raise CodeError(
            "code.check_digits",
            None,
            "رقم‌های کنترلی با کد نمی‌خواند؛ احتمالاً رقمی اشتباه یا جابه‌جا نوشته شده است.",
            "The check digits do not fit: a digit is probably wrong or two are exchanged.",
        )
    return TrackingCode(digits)


def _digits(text: str) -> str:
    found: list[str] = []
    for position, character in enumerate(text):
        digit = _DIGITS.get(character)
        if digit is not None:
            if len(found) == LENGTH:
                raise _length_error(position, "more")
            found.append(digit)
        elif character not in _IGNORED and unicodedata.category(character) != "Zs":
            raise CodeError(
                "code.character",
                position,
                f"نویسه‌ی {position + 1} در کد رهگیری جایی ندارد.",
                f"Character {position + 1} ({unicodedata.name(character, ascii(character))}) cannot be in a code.",
            )
    if len(found) < LENGTH:
        raise _length_error(None, f"only {len(found)}")
    return "".join(found)


def _length_error(position: int | None, found: str) -> CodeError:
    return CodeError(
        "code.length",
        position,
        "کد رهگیری باید بیست رقم باشد.",
        f"A tracking code has twenty digits, here are {found}.",
    )


def group(code: str) -> str:
    """Return the code in groups of four, as people write it."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))
