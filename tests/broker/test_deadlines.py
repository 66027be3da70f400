"""The clock of a request: started by the portal's word, held, stopped by a decision, warning, ending in silence."""

from dataclasses import replace
from datetime import timedelta

import pytest

from broker.orders import StatusPush
from registry import cases, deadlines, services

WORDS = {
    "10": ("under_review", {}),
    "20": ("approved", {}),
    "30": ("awaiting_applicant", {}),
}


def says(world, status, *, deadline=None, minutes=0):
    """What the portal pushes, and what its mapping makes of it."""

    def inbound(native):
        stage, detail = WORDS[native["status"]]
        told = {**detail, **({"deadline": deadline.isoformat()} if deadline else {})}
        return {"stage": stage, "title_fa": "م", "title_en": "s", "detail": told}

    world.far_side.inbound = inbound
    return world.exchange.push_status(
        StatusPush(
            caller="IR/GOV/portal",
            system="portal",
            reference="P-9",
            status=status,
            occurred_at=world.clock() + timedelta(minutes=minutes),
        )
    )


async def clock_of(world, case):
    return await world.store.read(lambda t: deadlines.get(t, case.id, "portal"))


@pytest.fixture
async def case(world):
    return await world.open_case(aliases=(("portal", "P-9"),))


async def silence_issues(world):
    card = {"permit": {"silence_issues": True}}
    await world.store.write(lambda t: services.put(t, replace(world.service("ask"), card=card)))
    await world.current.refresh()


def warnings_in(events):
    return [event.detail["days_left"] for event in events if event.type == "ir.peyvand.case.deadline"]


async def test_it_warns_at_its_points_and_records_what_silence_means(world, case):
    await silence_issues(world)
    await says(world, "10", deadline=world.clock() + timedelta(days=10))
    assert await world.flow.deadlines.look() == 0
    for days in (3, 4, 2):
        world.clock.pass_by(timedelta(days=days))
        assert await world.flow.deadlines.look() == 1
        assert await world.flow.deadlines.look() == 0
    world.clock.pass_by(timedelta(days=1))
    assert await world.flow.deadlines.look() == 1
    events = await world.events(case.id)
    assert warnings_in(events) == ["7", "3", "1"]
    assert (events[-1].stage, events[-1].type) == ("auto_issued", "ir.peyvand.case.status")
    assert (await world.store.read(lambda t: cases.by_code(t, case.code))).last_stage == "auto_issued"
    assert (await clock_of(world, case)).state == "passed"
    world.clock.pass_by(timedelta(days=30))
    assert await world.flow.deadlines.look() == 0


async def test_silence_means_nothing_where_the_card_does_not_say_so(world, case):
    await says(world, "10", deadline=world.clock() + timedelta(hours=1))
    world.clock.pass_by(timedelta(hours=2))
    assert await world.flow.deadlines.look() == 1
    last = (await world.events(case.id))[-1]
    assert (last.type, last.stage) == ("ir.peyvand.case.deadline", None)
    assert (await world.store.read(lambda t: cases.by_code(t, case.code))).last_stage == "under_review"


async def test_a_clock_nobody_looked_at_for_long_tells_its_end_and_not_its_warnings(world, case):
    await silence_issues(world)
    await says(world, "10", deadline=world.clock() + timedelta(days=10))
    world.clock.pass_by(timedelta(days=20))
    assert await world.flow.deadlines.look() == 1
    events = await world.events(case.id)
    assert warnings_in(events) == []
    assert events[-1].stage == "auto_issued"


async def test_a_decision_the_portal_tells_of_stops_it(world, case):
    await says(world, "10", deadline=world.clock() + timedelta(days=10))
    await says(world, "20", minutes=1)
    assert (await clock_of(world, case)).state == "stopped"
    world.clock.pass_by(timedelta(days=20))
    assert await world.flow.deadlines.look() == 0


async def test_a_decision_of_ours_that_the_portal_has_taken_stops_it(world, case):
    await says(world, "10", deadline=world.clock() + timedelta(days=10))

    async def decided(call):
        return {"state": "approved"}

    play = world.far_side._play

    async def with_stage(turn, call):
        return replace(await play(turn, call), stage="approved")

    world.far_side._play = with_stage
    world.far_side.script["tell"] = [decided]
    accepted = await world.exchange.accept(world.order("tell", case_code=case.code))
    await world.ends(accepted.inquiry_id, "answered")
    assert (await clock_of(world, case)).state == "stopped"


async def test_it_is_held_while_the_applicant_must_act(world, case):
    end = world.clock() + timedelta(days=10)
    await says(world, "10", deadline=end)
    await says(world, "30", minutes=1)
    world.clock.pass_by(timedelta(days=30))
    assert await world.flow.deadlines.look() == 0
    await says(world, "10", minutes=2)
    held = await clock_of(world, case)
    assert (held.state, held.ends_at) == ("running", end + timedelta(days=30))


async def test_an_older_push_and_a_deadline_that_is_none_change_nothing(world, case):
    end = world.clock() + timedelta(days=10)
    await says(world, "10", deadline=end, minutes=5)
    await says(world, "20", minutes=1)
    assert (await clock_of(world, case)).state == "running"
    WORDS["10"] = ("under_review", {"deadline": "soon"})
    try:
        await says(world, "10", minutes=6)
    finally:
        WORDS["10"] = ("under_review", {})
    assert (await clock_of(world, case)).ends_at == end
