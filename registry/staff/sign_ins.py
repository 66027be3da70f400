"""Sessions of officers, and the devices they have signed in from. Only hashes of the tokens are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from registry.schema import Transaction
from registry.staff.invitations import hashed
from registry.staff.tables import devices, sign_ins

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)  # A working day.
NOTED_EVERY = timedelta(minutes=1)
"""A session's last use is written at most this often."""
REMEMBERED = timedelta(days=90)
"""How long a device that is not used stays known."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One session. It ends after `IDLE` without a call, after `LONGEST` in any case, or when it is ended."""

    token_hash: str
    officer: str
    csrf: str
    began_at: datetime
    seen_at: datetime
    ended_at: datetime | None

    def valid(self, now: datetime) -> bool:
        """Tell whether it may be used now."""
        return self.ended_at is None and now < self.expires_at

    @property
    def expires_at(self) -> datetime:
        """When it ends if nothing more is called."""
        return min(self.seen_at + IDLE, self.began_at + LONGEST)


_COLUMNS = [sign_ins.c[name] for name in SignIn.__dataclass_fields__]


def begin(t: Transaction, *, token: str, csrf: str, officer: str, now: datetime) -> SignIn:
    """Start a session."""
    fresh = SignIn(hashed(token), officer, csrf, now, now, None)
    t.execute(sign_ins.insert(), {name: getattr(fresh, name) for name in SignIn.__dataclass_fields__})
    return fresh


def get(t: Transaction, token: str) -> SignIn | None:
    """Return the session of a token, valid or not."""
    row = t.execute(select(*_COLUMNS).where(sign_ins.c.token_hash == hashed(token))).one_or_none()
    return None if row is None else SignIn(*row)


def goes_on(t: Transaction, sign_in: SignIn, now: datetime) -> bool:
    """Tell whether a session that was found before may still be used; asking does not count as using it."""
    row = t.execute(select(*_COLUMNS).where(sign_ins.c.token_hash == sign_in.token_hash)).one_or_none()
    return row is not None and SignIn(*row).valid(now)


def see(t: Transaction, sign_in: SignIn, now: datetime) -> None:
    """Note that the session was used."""
    t.execute(update(sign_ins).where(sign_ins.c.token_hash == sign_in.token_hash).values(seen_at=now))


def end(t: Transaction, sign_in: SignIn, now: datetime) -> None:
    """End one session."""
    t.execute(update(sign_ins).where(sign_ins.c.token_hash == sign_in.token_hash).values(ended_at=now))


def end_all(t: Transaction, officer: str, now: datetime) -> None:
    """End every session of an officer."""
    t.execute(update(sign_ins).where(sign_ins.c.officer == officer, sign_ins.c.ended_at.is_(None)).values(ended_at=now))


def remember_device(t: Transaction, *, token: str, officer: str, now: datetime) -> None:
    """Know a device again from which the officer has signed in; forget those not seen for long."""
    t.execute(delete(devices).where(devices.c.seen_at < now - REMEMBERED))
    changed = t.execute(
        update(devices).where(devices.c.token_hash == hashed(token)).values(seen_at=now, officer=officer)
    )
    if changed.rowcount == 0:
        t.execute(devices.insert(), {"token_hash": hashed(token), "officer": officer, "seen_at": now})


def knows_device(t: Transaction, *, token: str, officer: str) -> bool:
    """Tell whether the officer has signed in from this device before."""
    query = select(devices.c.officer).where(devices.c.token_hash == hashed(token))
    return t.execute(query).scalar_one_or_none() == officer
