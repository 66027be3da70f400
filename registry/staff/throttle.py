"""What slows a guesser and locks nobody out.

Failures are counted for a username *at one source*, for a source as a whole, and for a username *on one known device*.
Whoever guesses a name from elsewhere slows only himself: the officer's own device has a count of its own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from registry.schema import Transaction
from registry.staff.tables import failed_sign_ins

FORGOTTEN = timedelta(days=1)
LONGEST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Track:
    """One count: what it is about, how many failures are free, and the longest pause after that."""

    about: tuple[str, ...]
    free: int
    longest: timedelta = LONGEST

    @property
    def key_hash(self) -> str:
        """What is stored of it."""
        return hashlib.sha256("\x00".join(self.about).encode()).hexdigest()


def tracks(*, username: str, source: str, device: str | None) -> tuple[Track, ...]:
    """Return the counts an attempt belongs to. `device` is the token of a device known for this officer."""
    if device is not None:
        return (Track(("device", username, device), 10),)
    return (Track(("source", username, source), 5), Track(("source", source), 50))


def open_at(t: Transaction, found: Sequence[Track], now: datetime) -> datetime | None:
    """Return when the next attempt is heard, or None for now."""
    query = select(func.max(failed_sign_ins.c.open_at)).where(
        failed_sign_ins.c.key_hash.in_([track.key_hash for track in found]), failed_sign_ins.c.open_at > now
    )
    latest: datetime | None = t.execute(query).scalar_one()
    return latest


def has_failed(t: Transaction, found: Sequence[Track]) -> bool:
    """Tell whether any of these counts has a failure that is not forgotten."""
    query = select(func.count()).where(failed_sign_ins.c.key_hash.in_([track.key_hash for track in found]))
    return bool(t.execute(query).scalar_one())


def fail(t: Transaction, found: Sequence[Track], now: datetime) -> None:
    """Count a failure. Past the free ones each doubles the pause, up to the track's longest."""
    t.execute(delete(failed_sign_ins).where(failed_sign_ins.c.last_at < now - FORGOTTEN))
    for track in found:
        before = t.execute(
            select(failed_sign_ins.c.failures).where(failed_sign_ins.c.key_hash == track.key_hash)
        ).scalar_one_or_none()
        failures = (before or 0) + 1
        beyond = failures - track.free
        pause = min(timedelta(seconds=2 ** min(beyond, 20)), track.longest) if beyond > 0 else timedelta(0)
        values = {"failures": failures, "last_at": now, "open_at": now + pause}
        if before is None:
            t.execute(failed_sign_ins.insert(), {"key_hash": track.key_hash, **values})
        else:
            t.execute(update(failed_sign_ins).where(failed_sign_ins.c.key_hash == track.key_hash).values(**values))


def forget(t: Transaction, track: Track) -> None:
    """Forget the failures of one count."""
    t.execute(delete(failed_sign_ins).where(failed_sign_ins.c.key_hash == track.key_hash))


def clear(t: Transaction, found: Sequence[Track]) -> None:
    """Forget the failures about one name after a good sign-in. A source's own count stays: it may guess others."""
    hashes = [track.key_hash for track in found if track.about[0] == "device" or len(track.about) > 2]  # noqa: PLR2004 - kind, name, place.
    t.execute(delete(failed_sign_ins).where(failed_sign_ins.c.key_hash.in_(hashes)))
