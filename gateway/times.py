"""Times as people read them: RFC 3339 with offset for programs, Jalali in Tehran's time beside it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDateTime

TEHRAN = ZoneInfo("Asia/Tehran")


def jalali(instant: datetime | None) -> str | None:
    """Write an aware time as `1405/08/30 14:32` in Tehran."""
    if instant is None:
        return None
    text: str = JalaliDateTime.to_jalali(instant.astimezone(TEHRAN)).strftime("%Y/%m/%d %H:%M")
    return text


def both(name: str, instant: datetime | None) -> dict[str, str | None]:
    """Return the two members of a document: `name` and `name_jalali`."""
    return {name: instant.isoformat() if instant else None, f"{name}_jalali": jalali(instant)}
