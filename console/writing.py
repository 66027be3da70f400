"""How values are written for people: dates, numbers, codes, and words that came from outside.

Whatever text a template prints has its bidirectional controls taken out (UAX #9 §2): no stored name can turn the words
around it about. `foreign` and `ltr` also isolate, so that text of another direction stays in its place.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from markupsafe import Markup, escape
from persiantools.jdatetime import JalaliDateTime

from console import wording
from gateway.language import Language
from mappings.dates import TEHRAN, jalali_text, zone_of
from mappings.text import persian_digits

_MARKS = re.compile("[\u061c\u200e\u200f]")
_CONTROLS = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]")
MINUTE, HOUR, DAY = 60, 3600, 86400
_FAR = 30 * DAY
"""Past this many seconds a distance says less than the date."""


def inert(text: str) -> str:
    """Make a text harmless for what surrounds it: directional marks go, other controls become visible."""
    return _CONTROLS.sub(lambda found: f"[U+{ord(found[0]):04X}]", _MARKS.sub("", text))


def finalize(value: Any) -> Any:
    """What a template prints of a value: nothing for None, text without controls; markup of ours stays."""
    if value is None:
        return ""
    return inert(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def foreign(value: object) -> Markup:
    """Write words from outside: isolated, whatever direction they have."""
    return Markup("<bdi>{}</bdi>").format(inert(str(value)))


def ltr(value: object) -> Markup:
    """Write a code, an identifier or an address: left to right, kept apart from the words around it."""
    return Markup('<bdi dir="ltr" class="code">{}</bdi>').format(inert(str(value)))


def grouped(code: str) -> Markup:
    """Write a tracking code in its groups of four, always in the digits it is copied in."""
    groups = " ".join(code[start : start + 4] for start in range(0, len(code), 4))
    return ltr(groups)


def number(value: float, language: Language) -> str:
    """Write a number with its thousands apart, in the digits of the language."""
    plain = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return persian_digits(plain).replace(",", "٬").replace(".", "٫") if language == "fa" else plain


def digits(value: object, language: Language) -> str:
    """Write a text of ours in the digits of the language."""
    return persian_digits(str(value)) if language == "fa" else str(value)


def read_moment(value: datetime | str | None) -> datetime | None:
    """Take a time as the admin API writes it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def moment(value: datetime | str | None, language: Language) -> Markup:
    """Write a time of Tehran, Jalali in Persian, ISO in English; machines read it in the element. A dash for none."""
    instant = read_moment(value)
    if instant is None:
        return Markup('<span class="none">—</span>')
    local = instant.astimezone(zone_of(TEHRAN))
    shown = persian_digits(jalali_text(instant)) if language == "fa" else f"{local:%Y-%m-%d %H:%M}"
    return _time(instant, shown, f"{local:%Y-%m-%d %H:%M:%S} · {_jalali_second(instant)}")


def ago(value: datetime | str | None, language: Language, now: datetime) -> Markup:
    """Write how long ago a time was, or how far off it is; far from now, the time itself."""
    instant = read_moment(value)
    if instant is None:
        return Markup('<span class="none">—</span>')
    seconds = (now - instant).total_seconds()
    if abs(seconds) >= _FAR:
        return moment(instant, language)
    span = duration(abs(seconds), language)
    key = "time.ago" if seconds >= 0 else "time.ahead"
    shown = wording.text("time.now", language) if abs(seconds) < 1 else wording.text(key, language).format(span=span)
    local = instant.astimezone(zone_of(TEHRAN))
    return _time(instant, shown, f"{local:%Y-%m-%d %H:%M:%S} · {_jalali_second(instant)}")


def duration(seconds: float, language: Language) -> str:
    """Write a length of time in its largest unit."""
    units = (("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1))
    unit, length = next((one for one in units if seconds >= one[1]), units[-1])
    count = int(seconds // length)
    plural = "s" if language == "en" and count != 1 else ""
    return wording.text(f"time.{unit}", language).format(count=number(count, language)) + plural


def milliseconds(value: float, language: Language) -> str:
    """Write how long a call took: milliseconds below one second, seconds above."""
    if timedelta(milliseconds=value) < timedelta(seconds=1):
        return wording.text("time.milliseconds", language).format(count=number(round(value), language))
    return wording.text("time.seconds", language).format(count=number(round(value / 1000, 1), language))


def _jalali_second(instant: datetime) -> str:
    return str(JalaliDateTime.to_jalali(instant.astimezone(zone_of(TEHRAN))).strftime("%Y/%m/%d %H:%M:%S"))


def _time(instant: datetime, shown: str, both: str) -> Markup:
    machine = instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    # The direction is the text's own: digits and slashes of a date keep their order in either page.
    return Markup('<time datetime="{}" title="{}">{}</time>').format(machine, both, escape(shown))
