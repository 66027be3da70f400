"""Questions that come with numbers of their own: joined to their case, asked once, on the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broker.arrivals import arrival_of
from connectors.port import Refused
from registry import cases, deadlines, services
from registry.cases import AliasTaken
from registry.idempotency import IdempotencyClash

CARD = {
    "arrival": {
        "aliases": {"portal": "/request_number", "deeds": "/deeds_number"},
        "subject": ["/applicant", "/seller"],
        "deadline": "/deadline",
        "decision": "/decision",
    },
    "permit": {"silence_issues": True},
}
ASKED = {"request_number": "R-1", "seller": "9990000018", "deadline": "2026-12-01"}
#: Midnight in Tehran after the first of December.
ENDS = datetime(2026, 12, 1, 20, 30, tzinfo=UTC)


@pytest.fixture
async def arrives(world):
    """What the portal asks, by a card that says where it names its numbers."""
    await offer(world, card=CARD)

    async def arrive(payload=ASKED, caller="IR/GOV/portal", **changes):
        return await world.exchange.accept(world.order("ask", caller=caller, payload=payload, **changes))

    return arrive


async def offer(world, **changes):
    await world.store.write(lambda t: services.put(t, replace(world.service("ask"), **changes)))
    await world.current.refresh()


async def clock_of(world, code, system="portal"):
    def act(t):
        return deadlines.get(t, cases.by_code(t, code).id, system)

    return await world.store.read(act)


async def test_a_request_opens_a_case_under_its_numbers_with_its_person_and_its_clock(world, arrives):
    world.far_side.script["ask"] = [{"decision": "under_review"}]
    accepted = await arrives({**ASKED, "deeds_number": "14051"})
    case = await world.store.read(lambda t: cases.by_alias(t, "portal", "R-1"))
    assert case.code == accepted.tracking_code
    known = await world.store.read(lambda t: cases.aliases(t, case.id))
    assert {(one.system, one.value) for one in known} == {("portal", "R-1"), ("deeds", "14051")}
    assert case.subject_id is not None
    assert (await clock_of(world, case.code)).ends_at == ENDS
    await world.ends(accepted.inquiry_id, "answered")
    assert (await clock_of(world, case.code)).state == "running"


async def test_the_same_request_again_is_the_same_and_another_under_its_number_is_refused(world, arrives):
    first, again = await arrives(), await arrives()
    assert (again.inquiry_id, again.replayed) == (first.inquiry_id, True)
    with pytest.raises(IdempotencyClash):
        await arrives({**ASKED, "deadline": "2026-12-02"})


async def test_a_request_joins_the_case_that_has_its_number(world, arrives):
    case = await world.open_case(aliases=(("portal", "R-1"),))
    joined = await arrives({**ASKED, "deeds_number": "14052"})
    assert joined.tracking_code == case.code
    assert (await world.store.read(lambda t: cases.by_alias(t, "deeds", "14052"))).id == case.id
    assert (await clock_of(world, case.code)).ends_at == ENDS


async def test_a_number_of_a_case_that_the_caller_may_not_see_is_taken(world, arrives):
    await world.open_case(aliases=(("deeds", "14053"),))
    with pytest.raises(AliasTaken):
        await arrives({"deeds_number": "14053"}, caller="IR/MUN/tehran/other")
    other = await world.open_case(aliases=(("portal", "R-9"),))
    with pytest.raises(AliasTaken):
        await arrives({"request_number": "R-9", "deeds_number": "14053"}, case_code=other.code)


@pytest.mark.parametrize(("decision", "state"), [("approved", "stopped"), ("defect", "paused")])
async def test_the_decision_in_the_answer_ends_or_holds_the_clock(world, arrives, decision, state):
    world.far_side.script["ask"] = [{"decision": decision}]
    accepted = await arrives()
    await world.ends(accepted.inquiry_id, "answered")
    assert (await clock_of(world, accepted.tracking_code)).state == state


async def test_a_refusal_ends_the_clock(world, arrives):
    world.far_side.script["ask"] = [Refused("portal.no", "no")]
    accepted = await arrives()
    await world.ends(accepted.inquiry_id, "refused")
    assert (await clock_of(world, accepted.tracking_code)).state == "stopped"


async def test_silence_past_the_deadline_in_the_request_issues_it(world, arrives):
    world.far_side.script["ask"] = [{"decision": "under_review"}]
    accepted = await arrives()
    await world.ends(accepted.inquiry_id, "answered")
    world.clock.now = ENDS
    assert await world.flow.deadlines.look() == 1
    case = await world.store.read(lambda t: cases.by_code(t, accepted.tracking_code))
    assert case.last_stage == "auto_issued"


async def test_a_case_of_a_service_with_days_has_a_clock_until_a_portal_names_its_own(world):
    await offer(world, deadline_days=10, card={"permit": {"silence_issues": True}})
    case = await world.open_case(aliases=(("portal", "R-2"),))
    own = await clock_of(world, case.code, "hub")
    assert (own.state, own.ends_at) == ("running", world.clock() + timedelta(days=10))
    await world.store.write(lambda t: follow_portal(t, case.id, world.clock(), {}, "awaiting_applicant"))
    assert (await clock_of(world, case.code, "hub")).state == "paused"
    named = {"deadline": (world.clock() + timedelta(days=3)).isoformat()}
    await world.store.write(lambda t: follow_portal(t, case.id, world.clock(), named, "under_review"))
    assert (await clock_of(world, case.code, "hub")).state == "stopped"
    assert (await clock_of(world, case.code)).state == "running"


async def test_a_question_that_opened_its_case_ends_the_clock_when_it_is_answered(world):
    await offer(world, deadline_days=10)
    accepted = await world.exchange.accept(world.order("ask"))
    await world.ends(accepted.inquiry_id, "answered")
    assert (await clock_of(world, accepted.tracking_code, "hub")).state == "stopped"
    case = await world.open_case()
    other = await world.exchange.accept(world.order("put", case_code=case.code))
    await world.ends(other.inquiry_id, "answered")
    assert (await clock_of(world, case.code, "hub")).state == "running"


def follow_portal(t, case_id, now, detail, stage):
    from broker.deadlines import follow

    follow(t, case_id, "portal", stage, detail, now)


def test_what_a_question_does_not_say_is_not_made_up(world_service):
    assert arrival_of(world_service, {}) is None
    said = arrival_of(replace(world_service, card=CARD), {"request_number": 7, "deadline": "2026-12-01T10:00:00Z"})
    assert (said.aliases, said.subject) == ((), None)
    assert said.ends_at == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert arrival_of(replace(world_service, card=CARD), {"deadline": None}).ends_at is None


@pytest.fixture
def world_service():
    return services.Service("s", 1, "IR/GOV/x", "فا", "en", "sovereign", "semi", approved=True)
