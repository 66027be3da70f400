"""Inquiries that do not go on by themselves, grouped by what keeps them: one line for a person to think about."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from registry.inquiries import Inquiry, page
from registry.schema import Transaction, inquiries
from registry.states import TERMINAL, State

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
