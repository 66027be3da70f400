"""What may be done with the register, each in one transaction: enter, amend, take a step. Every act is a leaf."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from gateway.admin.acts import write_down
from gateway.missing.bodies import AmendRequest, MissingRequest, Need, StepRequest
from gateway.missing.days import jalali_day
from gateway.missing.words import STATES, STEPS
from gateway.problems import PROBLEMS, FieldProblem, Problem
from gateway.times import both
from registry import missing, participants, services
from registry.missing import Entry, MissingService, Step, StepImpossible, Taken
from registry.quotas import day_of
from registry.store import Transaction

Random = Callable[[int], bytes]


def enter(t: Transaction, asked: MissingRequest, *, by: str, now: datetime, random: Random) -> Entry:
    """Enter a service. Raises `missing_service.known`, `participant.unknown`, `service.unknown`."""
    _known(t, asked)
    if not missing.note(t, _version(asked.id, 1, asked, by, now)):
        raise Problem("missing_service.known")
    write_down(t, "missing.noted", by=by, now=now, random=random, service=asked.id)
    return found(t, asked.id)


def amend(t: Transaction, name: str, asked: AmendRequest, *, by: str, now: datetime, random: Random) -> Entry:
    """Add a version. Raises `missing_service.unknown`, `missing_service.step`, and as `enter` does."""
    before = found(t, name)
    _known(t, asked)
    number = before.service.version + 1
    if not missing.amend(t, _version(name, number, asked, by, now)):
        raise Problem("missing_service.step")
    write_down(t, "missing.amended", by=by, now=now, random=random, service=name, version=number)
    return found(t, name)


def take(t: Transaction, name: str, asked: StepRequest, *, by: str, now: datetime, random: Random) -> Entry:
    """Take a step. Raises `missing_service.unknown`, `missing_service.step`, `service.unknown`."""
    before = found(t, name)
    if asked.service is not None and services.get(t, asked.service) is None:
        raise _unknown("service.unknown", "/service")
    detail = asked.model_dump(mode="json", exclude={"step"}, exclude_none=True)
    try:
        entry = missing.take(t, name, asked.step, by=by, now=now, due_on=_due_on(before, asked), detail=detail)
    except StepImpossible as no:
        said = (
            f"در وضعیت «{STATES[no.state][0]}» گام «{STEPS[no.step][0]}» ممکن نیست.",
            f"“{STEPS[no.step][1]}” cannot follow while it is {STATES[no.state][1]}.",
        )
        raise Problem("missing_service.step", said) from no
    write_down(
        t, "missing.step", by=by, now=now, random=random,
        service=name, step=asked.step.value, number=entry.steps[-1].number,
    )  # fmt: skip
    return entry


def found(t: Transaction, name: str) -> Entry:
    """Find the entry. Raises `missing_service.unknown`."""
    entry = missing.get(t, name)
    if entry is None:
        raise Problem("missing_service.unknown")
    return entry


def entry_view(entry: Entry, now: datetime) -> dict[str, Any]:
    """One line of the register. `overdue` says that the day of the answer has passed, and one may act."""
    service = entry.service
    return {
        "id": service.id,
        "version": service.version,
        "owner": service.owner,
        "title": {"fa": service.title_fa, "en": service.title_en},
        "state": entry.state.value,
        "state_title": dict(zip(("fa", "en"), STATES[entry.state], strict=True)),
        **both("since", entry.steps[-1].at),
        "due_on": entry.due_on.isoformat() if entry.due_on else None,
        "due_on_jalali": jalali_day(entry.due_on) if entry.due_on else None,
        "overdue": entry.overdue(day_of(now)),
    }


def whole_view(entry: Entry, now: datetime) -> dict[str, Any]:
    """Everything of one service: what is needed, and each step."""
    return entry_view(entry, now) | {
        "record": Need.model_validate(entry.service.record).model_dump(mode="json"),
        "steps": [_step_view(one) for one in entry.steps],
        "next": [
            {"step": step.value, "title": _titles(step)}
            for step, (states, _) in missing.STEPS.items()
            if entry.state in states
        ],
    }


def _titles(step: Step) -> dict[str, str]:
    return dict(zip(("fa", "en"), STEPS[step], strict=True))


def _step_view(taken: Taken) -> dict[str, Any]:
    return {
        "number": taken.number,
        "step": taken.step.value,
        "title": _titles(taken.step),
        "version": taken.version,
        "by": taken.by,
        "due_on": taken.due_on.isoformat() if taken.due_on else None,
        **taken.detail,
        **both("at", taken.at),
    }


def _due_on(before: Entry, asked: StepRequest) -> date | None:
    """Until when one waits: the days of the register after a letter, or what was promised."""
    if asked.letter is not None:
        days = Need.model_validate(before.service.record).answer_days
        return asked.letter.date + timedelta(days=days)
    if asked.step is Step.ANSWER and asked.reply is not None:
        return asked.reply.promised_on or before.due_on
    return None


def _known(t: Transaction, asked: AmendRequest) -> None:
    for place, name in (("/owner", asked.owner), *_places("needed_by", asked.record.needed_by)):
        if participants.get(t, name) is None:
            raise _unknown("participant.unknown", place)
    for place, name in _places("processes", asked.record.processes):
        if services.get(t, name) is None:
            raise _unknown("service.unknown", place)


def _places(name: str, values: list[str]) -> list[tuple[str, str]]:
    return [(f"/record/{name}/{index}", value) for index, value in enumerate(values)]


def _unknown(code: str, place: str) -> Problem:
    kind = PROBLEMS[code]
    return Problem(code, errors=[FieldProblem(place, code, kind.fa, kind.en)])


def _version(name: str, number: int, asked: AmendRequest, by: str, now: datetime) -> MissingService:
    record = asked.record.model_dump(mode="json", exclude_none=True)
    return MissingService(name, number, asked.owner, asked.title.fa, asked.title.en, record, now, by)
