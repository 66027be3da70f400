"""The register of missing services: what may follow what, when one may act, and that nothing is rewritten."""

from dataclasses import replace
from datetime import date

import pytest

from registry import missing, seeding
from registry.missing import STEPS, MissingService, State, Step, StepImpossible


@pytest.fixture
def noted(store, clock):
    store.write_now(lambda t: seeding.seed(t, now=clock(), agency_number=101))
    return MissingService("fire-opinion", 1, "IR/GOV/environment", "نظر", "Opinion", {"n": 1}, clock(), "sara")


def taking(store, clock, step, **more):
    return store.write_now(lambda t: missing.take(t, "fire-opinion", step, by="sara", now=clock(), **more))


def test_a_need_is_entered_once_and_asked_for_step_by_step(store, clock, noted):
    assert store.write_now(lambda t: missing.note(t, noted))
    assert not store.write_now(lambda t: missing.note(t, replace(noted, title_en="Another")))
    due = date(2026, 12, 1)
    asked = taking(store, clock, Step.REQUEST, due_on=due, detail={"letter": {"number": "۱"}})
    assert (asked.state, asked.due_on) == (State.REQUESTED, due)
    assert [asked.overdue(day) for day in (due, date(2026, 12, 2))] == [False, True]
    assert store.write_now(lambda t: missing.amend(t, replace(noted, version=2, record={"n": 2})))
    assert not store.write_now(lambda t: missing.amend(t, replace(noted, version=2, record={"n": 3})))
    taking(store, clock, Step.ANSWER, due_on=date(2027, 1, 1))
    done = taking(store, clock, Step.MAKE_AVAILABLE, detail={"service": "building-permit"})
    assert (done.state, done.due_on, done.overdue(date(2030, 1, 1))) == (State.AVAILABLE, None, False)
    found = store.read_now(lambda t: missing.get(t, "fire-opinion"))
    assert found == done
    assert [(one.number, one.step.value, one.version) for one in found.steps] == [
        (1, "note", 1), (2, "request", 1), (3, "answer", 2), (4, "make_available", 2),
    ]  # fmt: skip
    letter = found.letter()
    assert (letter.version, letter.detail) == (1, {"letter": {"number": "۱"}})
    assert store.read_now(lambda t: missing.version(t, "fire-opinion", 1)).record == {"n": 1}
    assert "fire-opinion" in {one.service.id for one in store.read_now(missing.every)}


def test_what_cannot_follow_is_refused_and_leaves_no_trace(store, clock, noted):
    store.write_now(lambda t: missing.note(t, noted))
    for step in (Step.NOTE, Step.REMIND, Step.ANSWER, Step.REFUSE, Step.REOPEN):
        with pytest.raises(StepImpossible) as no:
            taking(store, clock, step)
        assert (no.value.state, no.value.step) == (State.NOTED, step)
    assert len(store.read_now(lambda t: missing.get(t, "fire-opinion")).steps) == 1
    with pytest.raises(LookupError):
        store.write_now(lambda t: missing.take(t, "nothing", Step.REQUEST, by="sara", now=clock()))
    with pytest.raises(ValueError, match="first version"):
        store.write_now(lambda t: missing.note(t, replace(noted, id="late", version=2)))


def test_every_state_is_reached_and_can_be_left():
    assert {to for _, to in STEPS.values()} == set(State)
    assert {state for states, _ in STEPS.values() for state in states} == set(State)


def test_the_seed_is_noted_once(store, clock, noted):
    first = {one.service.id: one for one in store.read_now(missing.every)}
    assert len(first) == 4
    assert {one.state for one in first.values()} == {State.NOTED}
    store.write_now(lambda t: seeding.seed(t, now=clock(), agency_number=101))
    assert {one.service.id: one for one in store.read_now(missing.every)} == first
