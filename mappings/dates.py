"""Days and times between ISO, Jalali and Gregorian spellings.

A *form* is `iso`, `jalali:<pattern>`, `gregorian:<pattern>`, `jalali-integer` or `gregorian-integer` (YYYYMMDD).
Patterns know `%Y %m %d %H %M %S`, `%-m %-d %-H` (unpadded) and `%%`. Reading accepts Persian digits, and unpadded
numbers wherever the next character tells where the number ends. Local times are of the named zone; Tehran keeps
UTC+03:30 all year since 2022-09-21, which the zone data know.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate, JalaliDateTime

from mappings.text import ascii_digits

TEHRAN = "Asia/Tehran"

_jalali: Callable[..., Any] = JalaliDate  # persiantools ships no types

_TOKEN = re.compile(r"%(-?[A-Za-z%])")
_NAMES = {"Y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}
_UNPADDED = frozenset("mdH")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})")
_WIDE = 4

DateReader = Callable[[str], date]
DateWriter = Callable[[date], "str | int"]
TimeReader = Callable[[str], datetime]
TimeWriter = Callable[[datetime], "str | int"]


class FormError(ValueError):
    """A form that is not one of those described above."""


class DateError(ValueError):
    """A text that is no date of the form, or a day that the calendar does not have."""


@dataclass(frozen=True, slots=True)
class _Form:
    """`template` writes what `shape` reads."""

    jalali: bool
    integer: bool
    template: str
    shape: re.Pattern[str]


def zone_of(name: str) -> ZoneInfo:
    """The time zone called `name` (IANA).

    Raises:
        FormError: when there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise FormError(f"there is no time zone {name!r}") from error


@lru_cache(maxsize=256)
def _parse(form: str) -> _Form:
    calendar, colon, pattern = form.partition(":")
    integer = calendar.endswith("-integer")
    calendar = calendar.removesuffix("-integer")
    if calendar not in {"jalali", "gregorian"} or integer == bool(colon):
        raise FormError(f"{form!r} is none of iso, jalali:…, gregorian:…, jalali-integer, gregorian-integer")
    parts = tuple(_TOKEN.split("%Y%m%d" if integer else pattern))
    seen: list[str] = []
    shape = template = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            if "%" in part:
                raise FormError(f"a lone % in {form!r}")
            shape += re.escape(part)
            template += part.replace("{", "{{").replace("}", "}}")
        elif part == "%":
            shape += "%"
            template += "%"
        else:
            letter = part.lstrip("-")
            if letter not in _NAMES or (part != letter and letter not in _UNPADDED) or letter in seen:
                raise FormError(f"%{part} is unknown or stands twice in {form!r}")
            seen.append(letter)
            template += f"{{{letter}}}" if part != letter else f"{{{letter}:0{_WIDE if part == 'Y' else 2}d}}"
            adjacent = parts[place + 1] == "" and place + 2 < len(parts)
            crowded = adjacent or (place > 1 and parts[place - 1] == "")
            width = "{4}" if letter == "Y" else "{2}" if crowded and part == letter else "{1,2}"
            shape += f"(?P<{_NAMES[letter]}>[0-9]{width})"
    if not {"Y", "m", "d"} <= set(seen):
        raise FormError(f"{form!r} must name year, month and day")
    return _Form(calendar == "jalali", integer, template, re.compile(shape))


def _read_parts(form: _Form, text: str) -> tuple[date, time]:
    found = form.shape.fullmatch(ascii_digits(text).strip())
    if found is None:
        raise DateError(f"{text[:40]!r} is not of this form")
    numbers = {name: int(value) for name, value in found.groupdict().items()}
    year, month, day = numbers.pop("year"), numbers.pop("month"), numbers.pop("day")
    try:
        whole = _jalali(year, month, day).to_gregorian() if form.jalali else date(year, month, day)
        clock = time(numbers.get("hour", 0), numbers.get("minute", 0), numbers.get("second", 0))
        return date(whole.year, whole.month, whole.day), clock
    except (ValueError, OverflowError) as error:
        raise DateError(f"{text[:40]!r} is not in the calendar") from error


def _write_parts(form: _Form, day: date, clock: time) -> str | int:
    try:
        shown = _jalali(day) if form.jalali else day
    except (ValueError, OverflowError) as error:
        raise DateError(f"{day} is before the calendar") from error
    text = form.template.format(Y=shown.year, m=shown.month, d=shown.day, H=clock.hour, M=clock.minute, S=clock.second)
    return int(text) if form.integer else text


def date_reader(form: str, zone: str = TEHRAN) -> DateReader:
    """A function that reads a day. `iso` also accepts an RFC 3339 time: the day it is in `zone`.

    Raises:
        FormError: for a form that is none. The returned function raises `DateError`.
    """
    local = zone_of(zone)
    if form == "iso":
        read_time = time_reader("iso", zone)

        def read_iso(text: str) -> date:
            text = ascii_digits(text)
            try:
                if _ISO_DATE.fullmatch(text):
                    return date.fromisoformat(text)
                return read_time(text).astimezone(local).date()
            except (ValueError, OverflowError) as error:
                raise DateError(f"{text[:40]!r} is not an ISO date") from error

        return read_iso
    parsed = _parse(form)
    return lambda text: _read_parts(parsed, text)[0]


def date_writer(form: str) -> DateWriter:
    """A function that writes a day; the integer forms give an int.

    Raises:
        FormError: for a form that is none. The returned function raises `DateError`.
    """
    if form == "iso":
        return date.isoformat
    parsed = _parse(form)
    return lambda day: _write_parts(parsed, day, time())


def time_reader(form: str, zone: str = TEHRAN) -> TimeReader:
    """A function that reads a time with its offset; `iso` is RFC 3339, the others are local to `zone`.

    Raises:
        FormError: for a form that is none. The returned function raises `DateError`.
    """
    local = zone_of(zone)
    if form == "iso":

        def read_iso(text: str) -> datetime:
            try:
                if _ISO_TIME.fullmatch(text):
                    return datetime.fromisoformat(text)
            except ValueError as error:
                raise DateError(f"{text[:40]!r} is not in the calendar") from error
            raise DateError(f"{text[:40]!r} is not an RFC 3339 time with offset")

        return read_iso
    parsed = _parse(form)
    return lambda text: datetime.combine(*_read_parts(parsed, text), tzinfo=local)


def time_writer(form: str, zone: str = TEHRAN) -> TimeWriter:
    """A function that writes a time as it is in `zone`; `iso` is RFC 3339 (`Z` where the zone is UTC).

    Raises:
        FormError: for a form that is none. The returned function raises `DateError`.
    """
    local = zone_of(zone)
    parsed = None if form == "iso" else _parse(form)

    def write(moment: datetime) -> str | int:
        try:
            here = moment.astimezone(local)
        except (ValueError, OverflowError) as error:
            raise DateError(f"{moment} is outside the calendar") from error
        if parsed is None:
            text = here.isoformat()
            return text.removesuffix("+00:00") + "Z" if here.utcoffset() == UTC.utcoffset(None) else text
        return _write_parts(parsed, here.date(), here.time())

    return write


def jalali_text(instant: datetime) -> str:
    """Write an aware instant as people in Tehran read it: `1405/08/30 14:32`."""
    return _minute_text(instant.astimezone(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=1024)  # What is written about now falls into few minutes, and the calendar costs 20 µs a time.
def _minute_text(minute: datetime) -> str:
    text: str = JalaliDateTime.to_jalali(minute.astimezone(zone_of(TEHRAN))).strftime("%Y/%m/%d %H:%M")
    return text
