"""Clocks on cases: until when somebody must have decided, who is warned before, and what has become of it.

A clock runs, is paused while the applicant has to act, or has ended: `stopped` by a decision, `passed` by silence. What
is next to happen is its `due_at`, so that a restart forgets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update

from registry.portable import upsert
from registry.schema import Transaction, deadlines

State = Literal["running", "paused", "stopped", "passed"]

WARNINGS: tuple[timedelta, ...] = (timedelta(days=7), timedelta(days=3), timedelta(days=1))
"""So long before the end a clock warns, in this order."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The clock that `system` set on a case. `warned` counts the warnings that lie behind it."""

    case_id: str
    system: str
    ends_at: datetime
    due_at: datetime | None
    warned: int
    state: State
    paused_at: datetime | None = None


_COLUMNS = [deadlines.c[name] for name in Deadline.__dataclass_fields__]
_PUT = upsert(deadlines)


def get(t: Transaction, case_id: str, system: str) -> Deadline | None:
    """Return the clock, or None."""
    query = select(*_COLUMNS).where(deadlines.c.case_id == case_id, deadlines.c.system == system)
    row = t.execute(query).one_or_none()
    return None if row is None else Deadline(*row)


def of_case(t: Transaction, case_id: str) -> list[Deadline]:
    """Return every clock of a case, the earliest end first."""
    query = select(*_COLUMNS).where(deadlines.c.case_id == case_id).order_by(deadlines.c.ends_at, deadlines.c.system)
    return [Deadline(*row) for row in t.execute(query)]


def start(t: Transaction, case_id: str, system: str, ends_at: datetime, now: datetime) -> Deadline:
    """Let a clock run to `ends_at`. One that already runs to it is left alone; warnings of the past are not made up."""
    known = get(t, case_id, system)
    if known is not None and known.state == "running" and known.ends_at == ends_at:
        return known
    warned = sum(ends_at - before <= now for before in WARNINGS)
    return _put(t, Deadline(case_id, system, ends_at, _due(ends_at, warned), warned, "running"))


def pause(t: Transaction, case_id: str, system: str, now: datetime) -> None:
    """Hold the clock: the applicant has to act. Only a running one is held."""
    known = get(t, case_id, system)
    if known is not None and known.state == "running":
        _put(t, Deadline(case_id, system, known.ends_at, None, known.warned, "paused", now))


def resume(t: Transaction, case_id: str, system: str, now: datetime) -> None:
    """Let a held clock run on; what it was held for is added to its end."""
    known = get(t, case_id, system)
    if known is not None and known.state == "paused" and known.paused_at is not None:
        ends_at = known.ends_at + (now - known.paused_at)
        _put(t, Deadline(case_id, system, ends_at, _due(ends_at, known.warned), known.warned, "running"))


def stop(t: Transaction, case_id: str, system: str | None = None) -> int:
    """A decision was taken: end the clocks of the case (of `system` alone) that have not ended; return how many."""
    open_ones = deadlines.c.state.in_(("running", "paused"))
    ended = update(deadlines).where(deadlines.c.case_id == case_id, open_ones)
    if system is not None:
        ended = ended.where(deadlines.c.system == system)
    return t.execute(ended.values(state="stopped", due_at=None, paused_at=None)).rowcount


def due(t: Transaction, now: datetime, limit: int) -> Sequence[Deadline]:
    """Return the clocks for which something is to happen by now, the longest due first."""
    query = select(*_COLUMNS).where(deadlines.c.due_at <= now).order_by(deadlines.c.due_at, deadlines.c.case_id)
    return [Deadline(*row) for row in t.execute(query.limit(limit))]


def advance(t: Transaction, clock: Deadline, now: datetime) -> Deadline:
    """Note that what was due has happened: the warnings up to now, or the end."""
    if clock.ends_at <= now:
        return _put(t, Deadline(clock.case_id, clock.system, clock.ends_at, None, clock.warned, "passed"))
    warned = sum(clock.ends_at - before <= now for before in WARNINGS)
    moved = Deadline(clock.case_id, clock.system, clock.ends_at, _due(clock.ends_at, warned), warned, "running")
    return _put(t, moved)


def _due(ends_at: datetime, warned: int) -> datetime:
    return ends_at - WARNINGS[warned] if warned < len(WARNINGS) else ends_at


def _put(t: Transaction, clock: Deadline) -> Deadline:
    t.execute(_PUT, {name: getattr(clock, name) for name in Deadline.__dataclass_fields__})
    return clock
