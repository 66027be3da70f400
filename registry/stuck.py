"""Inquiries that do not go on by themselves, grouped by what keeps them: one line for a person to think about."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select

from registry.inquiries import Inquiry, get, page
from registry.schema import Transaction, inquiries
from registry.states import TERMINAL, State
from registry.stuck_tables import cause_words

STUCK = (State.PARKED, State.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class Cause:
    """Inquiries of one system that stand in one state for one reason, translated by one version of a mapping."""

    state: State
    system: str
    reason_code: str | None
    mapping_id: str | None
    mapping_hash: str | None
    count: int
    oldest: datetime
    latest: datetime

    @property
    def id(self) -> str:
        """What notes, owner and addresses know it by; the same for the same cause, as often as it comes back."""
        parts = (self.state.value, self.system, *((part or "") for part in (self.reason_code, self.mapping_hash)))
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Word:
    """What an officer said about a cause: a note, or who looks after it (an officer's id, empty for nobody)."""

    id: int
    cause: str
    kind: Literal["note", "owner"]
    text: str
    by: str
    at: datetime


def causes(t: Transaction) -> list[Cause]:
    """Return every cause, the one that keeps most first. `oldest` and `latest` are when an inquiry came to stand."""
    kinds = [inquiries.c[name] for name in ("state", "system", "reason_code", "mapping_id", "mapping_hash")]
    changed = inquiries.c.changed_at
    query = (
        select(*kinds, func.count(), func.min(changed, type_=changed.type), func.max(changed, type_=changed.type))
        .where(inquiries.c.state.in_([state.value for state in STUCK]))
        .group_by(*kinds)
        .order_by(func.count().desc(), *kinds)
    )
    return [Cause(State(state), *rest) for state, *rest in t.execute(query)]


def by_system(t: Transaction) -> dict[str, dict[str, int]]:
    """How many inquiries of each system wait, are in doubt or parked, by state."""
    standing = [state.value for state in (State.WAITING, *STUCK)]
    query = (
        select(inquiries.c.system, inquiries.c.state, func.count())
        .where(inquiries.c.state.in_(standing))
        .group_by(inquiries.c.system, inquiries.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for system, state, count in t.execute(query):
        found.setdefault(system, dict.fromkeys(standing, 0))[state] = count
    return found


def of_cause(
    t: Transaction, *, state: State, system: str, reason_code: str | None, before: str | None, limit: int
) -> list[Inquiry]:
    """Return inquiries a cause keeps, newest first; `before` is the id of the last one seen."""
    return page(t, state=state, system=system, reason_code=reason_code, before=before, limit=limit)


def unfinished(t: Transaction, system: str) -> int:
    """Count the inquiries of a system that have not come to their end."""
    open_states = [state.value for state in State if state not in TERMINAL]
    query = select(func.count()).where(inquiries.c.system == system, inquiries.c.state.in_(open_states))
    return int(t.execute(query).scalar_one())


def named(t: Transaction, cause_id: str) -> Cause | None:
    """Return the cause of that id while anything stands for it, or None."""
    return next((one for one in causes(t) if one.id == cause_id), None)


def ids(t: Transaction, cause: Cause, *, before: str | None = None, limit: int) -> list[str]:
    """Return the ids of the inquiries of one cause, newest first; `before` is the last one seen."""
    values = {
        "state": cause.state.value,
        "system": cause.system,
        "reason_code": cause.reason_code,
        "mapping_id": cause.mapping_id,
        "mapping_hash": cause.mapping_hash,
    }
    query = select(inquiries.c.id).where(
        *(inquiries.c[name].is_not_distinct_from(value) for name, value in values.items())
    )
    if before is not None:
        query = query.where(inquiries.c.id < before)
    return list(t.execute(query.order_by(inquiries.c.id.desc()).limit(limit)).scalars())


def members(t: Transaction, cause: Cause, *, before: str | None = None, limit: int) -> list[Inquiry]:
    """Return the inquiries of one cause, a page of them."""
    found = (get(t, one) for one in ids(t, cause, before=before, limit=limit))
    return [one for one in found if one is not None]


def say(t: Transaction, cause: str, kind: Literal["note", "owner"], text: str, *, by: str, now: datetime) -> None:
    """Add a note to a cause, or name who looks after it. Nothing that was said is changed."""
    row = {"cause": cause, "kind": kind, "text": text, "by": by, "at": now}
    t.execute(cause_words.insert(), row)


def words(t: Transaction, cause: str | None = None) -> list[Word]:
    """Return what was said of a cause, or of all, oldest first."""
    query = select(*(cause_words.c[name] for name in Word.__dataclass_fields__)).order_by(cause_words.c.id)
    if cause is not None:
        query = query.where(cause_words.c.cause == cause)
    return [Word(*row) for row in t.execute(query)]
