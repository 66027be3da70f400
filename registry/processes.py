"""The processes of one hub: which live, and which of them holds a task that only one may do at a time.

A process is known by its lease, the string its outbox rows carry. All processes of a hub must agree on the time to
within a small part of the spans used here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select

from registry.portable import upsert
from registry.prepared import Prepared
from registry.schema import Transaction, claims, processes

ALIVE_WITHIN = timedelta(seconds=20)
"""A process that has not been heard of for so long is dead."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its lease, its role, since when it is there and when it was last heard of."""

    lease: str
    role: str
    since: datetime
    beat_at: datetime


_BEAT = Prepared(upsert(processes, keep=("since",)))
_CLAIM = Prepared(
    upsert(claims, only_where='claims."lease" = excluded."lease" OR claims."expires_at" <= :now').bindparams(
        bindparam("now", type_=claims.c.expires_at.type)
    )
)
_EVERY = select(*(processes.c[name] for name in Process.__dataclass_fields__)).order_by(processes.c.lease)


@dataclass(frozen=True, slots=True)
class Sighting:
    """How a process sees the outside systems it reaches, by name: what it wrote beside its heartbeat at `at`."""

    lease: str
    at: datetime
    systems: Mapping[str, Mapping[str, Any]]


def beat(
    t: Transaction, lease: str, role: str, now: datetime, systems: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Note that the process lives, and how it sees the systems it reaches."""
    _BEAT.count(t, {"lease": lease, "role": role, "since": now, "beat_at": now, "systems": systems})


def sightings(t: Transaction, now: datetime, within: timedelta = ALIVE_WITHIN) -> list[Sighting]:
    """Return what the living processes see of outside systems, the oldest word first."""
    seen = processes.c.beat_at > now - within, processes.c.systems.is_not(None)
    query = select(processes.c.lease, processes.c.beat_at, processes.c.systems).where(*seen)
    return [Sighting(*row) for row in t.execute(query.order_by(processes.c.beat_at, processes.c.lease))]


def live(t: Transaction, now: datetime, within: timedelta) -> list[str]:
    """Return the leases heard of within that span."""
    query = select(processes.c.lease).where(processes.c.beat_at > now - within).order_by(processes.c.lease)
    return list(t.execute(query).scalars())


def every(t: Transaction) -> list[Process]:
    """Return every process that has not left, living or not."""
    return [Process(*row) for row in t.execute(_EVERY)]


def leave(t: Transaction, lease: str) -> None:
    """Forget the process and what it claimed."""
    t.execute(delete(claims).where(claims.c.lease == lease))
    t.execute(delete(processes).where(processes.c.lease == lease))


def forget(t: Transaction, before: datetime) -> int:
    """Remove processes last heard of before that time, and what they claimed; return how many."""
    old = processes.c.beat_at < before
    t.execute(delete(claims).where(claims.c.lease.in_(select(processes.c.lease).where(old))))
    return t.execute(delete(processes).where(old)).rowcount


def claim(t: Transaction, name: str, lease: str, now: datetime, span: timedelta) -> bool:
    """Take or keep the task for that span; False while another process holds it.

    A holder renews well before the span ends, and stops in time when it cannot.
    """
    return _CLAIM.count(t, {"name": name, "lease": lease, "expires_at": now + span, "now": now}) == 1


def release(t: Transaction, name: str, lease: str) -> bool:
    """Give the task back; False when this process did not hold it."""
    statement = delete(claims).where(claims.c.name == name, claims.c.lease == lease)
    return t.execute(statement).rowcount == 1


def holder(t: Transaction, name: str, now: datetime) -> str | None:
    """Return the lease that holds the task, or None."""
    query = select(claims.c.lease).where(claims.c.name == name, claims.c.expires_at > now)
    held: str | None = t.execute(query).scalar_one_or_none()
    return held
