"""Times as people read them: RFC 3339 with offset for programs, Jalali in Tehran's time beside it."""

from datetime import datetime

from mappings.dates import jalali_text


def jalali(instant: datetime | None) -> str | None:
    """Write an aware time as `1405/08/30 14:32` in Tehran."""
    return None if instant is None else jalali_text(instant)


def both(name: str, instant: datetime | None) -> dict[str, str | None]:
    """Return the two members of a document: `name` and `name_jalali`."""
    return {name: instant.isoformat() if instant else None, f"{name}_jalali": jalali(instant)}
