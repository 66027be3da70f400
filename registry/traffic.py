"""What has lately come in and how it ended, for whoever watches. Identifiers sort by time: no more index is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from registry.ids import new_id
from registry.schema import Transaction, inquiries
from registry.states import State


@dataclass(frozen=True, slots=True)
class Passage:
    """One inquiry that came in: when, where it stands, and since when it is finished."""

    system: str
    state: State
    accepted_at: datetime
    finished_at: datetime | None


def since(t: Transaction, start: datetime, limit: int) -> list[Passage]:
    """Return the inquiries accepted since `start`, newest first, at most `limit`."""
    columns = [inquiries.c[name] for name in Passage.__dataclass_fields__]
    query = select(*columns).where(inquiries.c.id >= first_id(start)).order_by(inquiries.c.id.desc()).limit(limit)
    return [Passage(system, State(state), accepted, ended) for system, state, accepted, ended in t.execute(query)]


def first_id(moment: datetime) -> str:
    """Return the lowest identifier of a moment."""
    return new_id(moment, bytes)


def of_trace(t: Transaction, trace_id: str, limit: int) -> Sequence[tuple[str, str]]:
    """Return (inquiry id, tracking code) of what was asked within a trace: 32 lower-case hex digits (Trace Context)."""
    # All have hex digits and hyphens in the same places, so that any collation puts them in this order.
    within = inquiries.c.trace_parent.between(f"00-{trace_id}-{'0' * 16}-00", f"00-{trace_id}-{'f' * 16}-ff")
    query = select(inquiries.c.id, inquiries.c.code).where(within).order_by(inquiries.c.id).limit(limit)
    return [(row[0], row[1]) for row in t.execute(query)]
