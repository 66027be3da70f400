"""Officers: the people who configure, repair and audit. Nobody is deleted; who leaves is disabled and stays named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, update

from registry.schema import Transaction
from registry.staff import sign_ins
from registry.staff.tables import officers


class Role(StrEnum):
    """What an officer may do; one officer may hold several."""

    ADMINISTRATOR = "administrator"  # Configures, and lets people in.
    APPROVER = "approver"  # Lets the change of another officer come into force.
    OPERATOR = "operator"  # Takes stuck work up again; reads no payload.
    CLERK = "clerk"  # Answers by hand what lies in the inboxes of the units they act for; sees nothing else.
    AUDITOR = "auditor"  # Reads everything, a payload only with a reason that is written down; changes nothing.


class Standing(StrEnum):
    """Whether an officer may sign in."""

    INVITED = "invited"  # Holds a one-time link and has no password yet.
    ACTIVE = "active"
    DISABLED = "disabled"


class UsernameTaken(ValueError):
    """Another officer has this name."""


class LastAdministrator(ValueError):
    """Nobody would be left who can let people in."""


@dataclass(frozen=True, slots=True)
class Officer:
    """One person. `totp_step` is the last time step whose one-time code was used (RFC 6238 §5.2)."""

    id: str
    username: str
    name: str
    roles: tuple[Role, ...]
    password_hash: str | None
    totp_sealed: bytes | None
    totp_step: int
    state: Standing
    created_at: datetime


_COLUMNS = [officers.c[name] for name in Officer.__dataclass_fields__]


def invite(
    t: Transaction, *, officer_id: str, username: str, name: str, roles: Sequence[Role], now: datetime
) -> Officer:
    """Add an officer who cannot sign in yet. Raises UsernameTaken."""
    if by_username(t, username) is not None:
        raise UsernameTaken(username)
    fresh = Officer(officer_id, username, name, _in_order(roles), None, None, 0, Standing.INVITED, now)
    t.execute(officers.insert(), {key: getattr(fresh, key) for key in Officer.__dataclass_fields__})
    return fresh


def get(t: Transaction, officer_id: str) -> Officer | None:
    """Return the officer, or None."""
    row = t.execute(select(*_COLUMNS).where(officers.c.id == officer_id)).one_or_none()
    return None if row is None else _officer(tuple(row))


def by_username(t: Transaction, username: str) -> Officer | None:
    """Return the officer of that name, or None."""
    row = t.execute(select(*_COLUMNS).where(officers.c.username == username)).one_or_none()
    return None if row is None else _officer(tuple(row))


def every(t: Transaction) -> list[Officer]:
    """Return all officers, oldest first."""
    return [_officer(tuple(row)) for row in t.execute(select(*_COLUMNS).order_by(officers.c.id))]


def set_credentials(
    t: Transaction, officer_id: str, *, password_hash: str, totp_sealed: bytes, totp_step: int, now: datetime
) -> None:
    """Give an officer the means to sign in and end the sessions of the old ones."""
    values = {
        "password_hash": password_hash,
        "totp_sealed": totp_sealed,
        "totp_step": totp_step,
        "state": Standing.ACTIVE,
    }
    t.execute(update(officers).where(officers.c.id == officer_id).values(**values))
    sign_ins.end_all(t, officer_id, now)


def use_step(t: Transaction, officer_id: str, step: int) -> bool:
    """Mark a time step's code as used; False when it, or a later one, was used before."""
    statement = update(officers).where(officers.c.id == officer_id, officers.c.totp_step < step)
    return t.execute(statement.values(totp_step=step)).rowcount == 1


def set_roles(t: Transaction, officer_id: str, roles: Sequence[Role], now: datetime) -> None:
    """Change what an officer may do and end the sessions that began with the old roles. Raises LastAdministrator."""
    t.execute(update(officers).where(officers.c.id == officer_id).values(roles=_in_order(roles)))
    _someone_administers(t)
    sign_ins.end_all(t, officer_id, now)


def set_state(t: Transaction, officer_id: str, state: Standing, now: datetime) -> None:
    """Let an officer in again, or keep them out. Raises LastAdministrator."""
    t.execute(update(officers).where(officers.c.id == officer_id).values(state=state))
    _someone_administers(t)
    sign_ins.end_all(t, officer_id, now)


def administrators(t: Transaction) -> int:
    """Count the active administrators."""
    rows = t.execute(select(officers.c.roles).where(officers.c.state == Standing.ACTIVE)).scalars()
    return sum(Role.ADMINISTRATOR in roles for roles in rows)


def count(t: Transaction) -> int:
    """Count all officers ever."""
    return int(t.execute(select(func.count()).select_from(officers)).scalar_one())


def _someone_administers(t: Transaction) -> None:
    if administrators(t) == 0:
        raise LastAdministrator


def _in_order(roles: Sequence[Role]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in roles)


def _officer(row: tuple[Any, ...]) -> Officer:
    values = dict(zip(Officer.__dataclass_fields__, row, strict=True))
    values["roles"] = tuple(Role(role) for role in values["roles"])
    values["state"] = Standing(values["state"])
    return Officer(**values)
