"""One-time links: how an officer gets a first password, or a new one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from registry.schema import Transaction
from registry.staff.tables import invitations

VALID = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was given out. The secret of its one-time codes was drawn by the hub, not by who uses the link."""

    token_hash: str
    officer: str
    totp_sealed: bytes
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


_COLUMNS = [invitations.c[name] for name in Invitation.__dataclass_fields__]


def hashed(token: str) -> str:
    """Return what is stored of a token of 256 random bits: SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def give(t: Transaction, *, token: str, officer: str, totp_sealed: bytes, now: datetime) -> Invitation:
    """Write a link down. Earlier links of the same officer end."""
    t.execute(
        update(invitations).where(invitations.c.officer == officer, invitations.c.used_at.is_(None)).values(used_at=now)
    )
    fresh = Invitation(hashed(token), officer, totp_sealed, now, now + VALID, None)
    t.execute(invitations.insert(), {name: getattr(fresh, name) for name in Invitation.__dataclass_fields__})
    return fresh


def usable(t: Transaction, token: str, now: datetime) -> Invitation | None:
    """Return the invitation of a token that was neither used nor has run out."""
    row = t.execute(select(*_COLUMNS).where(invitations.c.token_hash == hashed(token))).one_or_none()
    if row is None:
        return None
    found = Invitation(*row)
    return found if found.used_at is None and now < found.expires_at else None


def use(t: Transaction, token: str, now: datetime) -> bool:
    """Use the link up; False when somebody was faster."""
    statement = update(invitations).where(
        invitations.c.token_hash == hashed(token), invitations.c.used_at.is_(None), invitations.c.expires_at > now
    )
    return t.execute(statement.values(used_at=now)).rowcount == 1
