"""Services that do not exist yet at the exchange centre: what is needed, and what became of asking for it.

Data of other agencies may be asked only through the national information exchange centre; where it has no such service,
the interoperability working group is asked for one. Both tables only grow: what is needed gets a new version, what
happens a new step, so that a letter can be written again as it was sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from registry.portable import insert_new
from registry.schema import Transaction, missing_service_steps, missing_services


class State(StrEnum):
    """How far the municipality is with one of them."""

    NOTED = "noted"  # Needed, and nobody was asked.
    REQUESTED = "requested"  # A letter is under way.
    ANSWERED = "answered"  # Promised or being worked on.
    AVAILABLE = "available"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # Not needed any more.


class Step(StrEnum):
    """What may happen."""

    NOTE = "note"
    REQUEST = "request"
    REMIND = "remind"
    ANSWER = "answer"
    REFUSE = "refuse"
    MAKE_AVAILABLE = "make_available"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


_UNDER_WAY = frozenset({State.REQUESTED, State.ANSWERED})

STEPS: Mapping[Step, tuple[frozenset[State], State]] = MappingProxyType(
    {
        Step.NOTE: (frozenset(), State.NOTED),
        Step.REQUEST: (frozenset({State.NOTED, State.REFUSED}), State.REQUESTED),
        Step.REMIND: (_UNDER_WAY, State.REQUESTED),
        Step.ANSWER: (_UNDER_WAY, State.ANSWERED),
        Step.REFUSE: (_UNDER_WAY, State.REFUSED),
        Step.MAKE_AVAILABLE: (_UNDER_WAY | {State.NOTED, State.REFUSED}, State.AVAILABLE),
        Step.WITHDRAW: (_UNDER_WAY | {State.NOTED, State.REFUSED}, State.WITHDRAWN),
        Step.REOPEN: (frozenset({State.AVAILABLE, State.WITHDRAWN}), State.NOTED),
    }
)
"""Step → the states it may be taken in, and the state it leads to. Nothing else can happen."""

LETTERS = frozenset({Step.REQUEST, Step.REMIND})
"""The steps that are letters of the municipality."""


class StepImpossible(Exception):
    """The step cannot be taken in this state."""

    def __init__(self, service: str, state: State, step: Step) -> None:
        super().__init__(f"{service} is {state.value}: {step.value} is not what comes next")
        self.service, self.state, self.step = service, state, step


@dataclass(frozen=True, slots=True)
class MissingService:
    """One version of what is needed. `owner` is the agency that has the data; `record` says the rest: who needs it
    for what, legal bases, fields, volume. What is not known is absent from it.
    """

    id: str
    version: int
    owner: str
    title_fa: str
    title_en: str
    record: dict[str, Any]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken, about a version of what is needed. After `due_on` without an answer one may act."""

    service: str
    number: int
    step: Step
    version: int
    due_on: date | None
    detail: dict[str, Any]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest version of what is needed, with every step, oldest first."""

    service: MissingService
    steps: Sequence[Taken] = field(default_factory=tuple)

    @property
    def state(self) -> State:
        """How far one is."""
        return STEPS[self.steps[-1].step][1]

    @property
    def due_on(self) -> date | None:
        """The day by which an answer, or what was promised, is expected; None while nothing is."""
        return self.steps[-1].due_on if self.state in _UNDER_WAY else None

    def overdue(self, today: date) -> bool:
        """Whether the day has passed, so that the municipality may act: remind, or take it to the working group."""
        return self.due_on is not None and self.due_on < today

    def letter(self) -> Taken | None:
        """The newest letter that was sent, None before the first."""
        return next((one for one in reversed(self.steps) if one.step in LETTERS), None)


_VERSION = [missing_services.c[name] for name in MissingService.__dataclass_fields__]
_STEP = [missing_service_steps.c[name] for name in Taken.__dataclass_fields__]
_NEW_VERSION = insert_new(missing_services, [column.name for column in _VERSION])
_NEW_STEP = insert_new(missing_service_steps, [column.name for column in _STEP])


def note(t: Transaction, service: MissingService) -> bool:
    """Enter a service with its first version; False when the name is taken. Raises ValueError for a later version."""
    if service.version != 1:
        raise ValueError(f"the first version is 1, not {service.version}")
    if not _enter(t, service):
        return False
    _take(t, Taken(service.id, 1, Step.NOTE, 1, None, {}, service.recorded_at, service.recorded_by))
    return True


def amend(t: Transaction, service: MissingService) -> bool:
    """Add the next version of what is needed; False when another one has that number."""
    return _enter(t, service)


def take(
    t: Transaction,
    service: str,
    step: Step,
    *,
    by: str,
    now: datetime,
    due_on: date | None = None,
    detail: Mapping[str, Any] = MappingProxyType({}),
) -> Entry:
    """Write a step down. Raises StepImpossible, and LookupError for an unknown service."""
    entry = get(t, service)
    if entry is None:
        raise LookupError(service)
    taken = Taken(service, len(entry.steps) + 1, step, entry.service.version, due_on, dict(detail), now, by)
    # Of two at once only one gets the number; the other finds itself in a state that it has not seen.
    if entry.state not in STEPS[step][0] or not _take(t, taken):
        raise StepImpossible(service, entry.state, step)
    return Entry(entry.service, (*entry.steps, taken))


def get(t: Transaction, service: str) -> Entry | None:
    """Return the newest version with its steps, or None."""
    found = every(t, service)
    return found[0] if found else None


def every(t: Transaction, service: str | None = None) -> list[Entry]:
    """Return all entries (or the one), by name."""
    versions = select(*_VERSION).order_by(missing_services.c.id, missing_services.c.version)
    steps = select(*_STEP).order_by(missing_service_steps.c.service, missing_service_steps.c.number)
    if service is not None:
        versions = versions.where(missing_services.c.id == service)
        steps = steps.where(missing_service_steps.c.service == service)
    newest = {row.id: MissingService(*row) for row in t.execute(versions)}
    taken: dict[str, list[Taken]] = {}
    for row in t.execute(steps):
        name, number, step, *rest = row
        taken.setdefault(name, []).append(Taken(name, number, Step(step), *rest))
    return [Entry(one, tuple(taken[name])) for name, one in newest.items()]


def version(t: Transaction, service: str, number: int) -> MissingService | None:
    """Return one version of what is needed, or None."""
    query = select(*_VERSION).where(missing_services.c.id == service, missing_services.c.version == number)
    row = t.execute(query).one_or_none()
    return None if row is None else MissingService(*row)


def _enter(t: Transaction, service: MissingService) -> bool:
    row = {name: getattr(service, name) for name in MissingService.__dataclass_fields__}
    return t.execute(_NEW_VERSION, row).rowcount == 1


def _take(t: Transaction, taken: Taken) -> bool:
    row = {name: getattr(taken, name) for name in Taken.__dataclass_fields__} | {"step": taken.step.value}
    return t.execute(_NEW_STEP, row).rowcount == 1
