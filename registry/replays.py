"""Runs of replays: which parked inquiries are taken up again, at what pace, how far it is, and who stopped it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update

from registry.schema import Transaction
from registry.stuck_tables import replay_items, replay_runs

State = Literal["running", "done", "stopped"]
TAKEN_UP = "taken_up"
"""The result of an item that was replayed; any other is the code of what stood against it."""


@dataclass(frozen=True, slots=True)
class ReplayRun:
    """One run. `per_minute` is its pace, `next_at` when the next inquiry is taken up."""

    id: str
    cause: str
    by: str
    per_minute: int
    state: State
    begun_at: datetime
    next_at: datetime
    ended_at: datetime | None = None
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: of `total` inquiries so many were `taken_up`, and so many `failed` to be."""

    total: int
    taken_up: int
    failed: int

    @property
    def left(self) -> int:
        """How many have not had their turn."""
        return self.total - self.taken_up - self.failed


_COLUMNS = [replay_runs.c[name] for name in ReplayRun.__dataclass_fields__]


def begin(t: Transaction, run: ReplayRun, inquiries: Sequence[str]) -> None:
    """Write a run down with its inquiries in order."""
    t.execute(replay_runs.insert(), {name: getattr(run, name) for name in ReplayRun.__dataclass_fields__})
    rows = [{"run": run.id, "place": place, "inquiry_id": one} for place, one in enumerate(inquiries)]
    t.execute(replay_items.insert(), rows)


def get(t: Transaction, run_id: str) -> ReplayRun | None:
    """Return the run, or None."""
    row = t.execute(select(*_COLUMNS).where(replay_runs.c.id == run_id)).one_or_none()
    return None if row is None else ReplayRun(*row)


def newest(t: Transaction, limit: int, cause: str | None = None) -> list[ReplayRun]:
    """Return runs, newest first; of one cause where it is named."""
    query = select(*_COLUMNS).order_by(replay_runs.c.id.desc()).limit(limit)
    if cause is not None:
        query = query.where(replay_runs.c.cause == cause)
    return [ReplayRun(*row) for row in t.execute(query)]


def due(t: Transaction, now: datetime) -> list[ReplayRun]:
    """Return the runs of which an inquiry is to be taken up now."""
    query = select(*_COLUMNS).where(replay_runs.c.state == "running", replay_runs.c.next_at <= now)
    return [ReplayRun(*row) for row in t.execute(query.order_by(replay_runs.c.id))]


def turn(t: Transaction, run: ReplayRun) -> tuple[int, str] | None:
    """Return place and id of the inquiry whose turn it is; None when all have had theirs."""
    query = select(replay_items.c.place, replay_items.c.inquiry_id).where(
        replay_items.c.run == run.id, replay_items.c.result.is_(None)
    )
    row = t.execute(query.order_by(replay_items.c.place).limit(1)).one_or_none()
    return None if row is None else (row.place, row.inquiry_id)


def record(t: Transaction, run: ReplayRun, place: int, result: str, now: datetime) -> None:
    """Write down what became of one inquiry and when the next has its turn."""
    mine = (replay_items.c.run == run.id) & (replay_items.c.place == place)
    t.execute(update(replay_items).where(mine).values(result=result, at=now))
    following = now + timedelta(minutes=1) / run.per_minute
    t.execute(update(replay_runs).where(replay_runs.c.id == run.id).values(next_at=following))


def end(t: Transaction, run_id: str, state: State, now: datetime, *, by: str | None = None) -> bool:
    """End a run that goes on; False when it had ended before."""
    mine = (replay_runs.c.id == run_id) & (replay_runs.c.state == "running")
    return t.execute(update(replay_runs).where(mine).values(state=state, ended_at=now, stopped_by=by)).rowcount == 1


def progress(t: Transaction, run_id: str) -> Progress:
    """Count."""
    query = select(replay_items.c.result, func.count().label("number")).where(replay_items.c.run == run_id)
    counted = {row.result: row.number for row in t.execute(query.group_by(replay_items.c.result))}
    total, taken_up = sum(counted.values()), counted.get(TAKEN_UP, 0)
    return Progress(total, taken_up, total - taken_up - counted.get(None, 0))


def failures(t: Transaction, run_id: str) -> list[tuple[str, str]]:
    """Return (inquiry, code) of those that could not be taken up, in order."""
    query = select(replay_items.c.inquiry_id, replay_items.c.result).where(
        replay_items.c.run == run_id, replay_items.c.result.is_not(None), replay_items.c.result != TAKEN_UP
    )
    return [(row.inquiry_id, row.result) for row in t.execute(query.order_by(replay_items.c.place))]


def awaiting(t: Transaction, inquiries: Sequence[str]) -> set[str]:
    """Return those of the inquiries that wait for their turn in a run that goes on."""
    query = (
        select(replay_items.c.inquiry_id)
        .join(replay_runs, replay_runs.c.id == replay_items.c.run)
        .where(replay_runs.c.state == "running", replay_items.c.result.is_(None))
        .where(replay_items.c.inquiry_id.in_(inquiries))
    )
    return set(t.execute(query).scalars())
