"""What slows whoever guesses at tracking codes and second factors, and locks no applicant out.

Failures are counted for a code at one source, for a source, and for a space of codes (year and issuer) over all
sources. The last is for guessing that is spread over many sources: it slows by seconds only, and only a source that has
failed before; whoever types what is right the first time is never kept waiting. A device on which a code was
opened before has a count of its own.
"""

from datetime import datetime, timedelta

from registry.schema import Transaction
from registry.staff import throttle
from registry.staff.throttle import Track

_SPACE = slice(0, 6)
_LONGEST_OF_SPACE = timedelta(seconds=20)


def tracks(code: str, *, source: str, device: str | None) -> tuple[Track, ...]:
    """Return the counts an attempt belongs to. `device` names a device on which this code was opened before."""
    if device is not None:
        return (Track(("track", "device", code, device), 10),)
    return (
        Track(("track", "code", code, source), 5),
        Track(("track", "source", source), 30),
        Track(("track", "space", code[_SPACE]), 300, _LONGEST_OF_SPACE),
    )


def open_at(t: Transaction, found: tuple[Track, ...], now: datetime) -> datetime | None:
    """Return when the next attempt is heard, or None for now. The space counts only where the source has failed too."""
    own, space = found[:2], found[2:]
    slowed = throttle.open_at(t, space, now)
    waits = throttle.open_at(t, own, now)
    if slowed is None or not throttle.has_failed(t, own):
        return waits
    return max(slowed, waits) if waits else slowed


def fail(t: Transaction, found: tuple[Track, ...], now: datetime) -> None:
    """Count a failure."""
    throttle.fail(t, found, now)


def clear(t: Transaction, found: tuple[Track, ...]) -> None:
    """Forget the failures about one code after it was opened; a source's own count stays: it may guess others."""
    throttle.forget(t, found[0])
