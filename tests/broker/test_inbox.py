import asyncio
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from broker.errors import InboxClaimed, InboxClosed, UnknownInquiry
from broker.inbox import Clerk, Decision
from broker.orders import Idempotency
from broker.port import Message
from broker.wire import InquiryMessage
from connectors.port import Delivered
from registry import inbox, outbox, services
from registry.idempotency import IdempotencyClash
from registry.schema import journal_leaves
from registry.services import Service
from registry.states import State

UNIT = "IR/GOV/portal"
SARA = Clerk("IR/MUN/tehran/permits", {UNIT}, "سارا")
REZA = Clerk("IR/MUN/tehran/permits", {UNIT}, "رضا")
STRANGER = Clerk("IR/MUN/tehran/permits", {"IR/MUN/elsewhere"})


@pytest.fixture
def delivered(world):
    """Ask a unit that answers by hand; return when the inquiry lies in its inbox."""
    return asking(world)


def asking(world, **changes):
    async def ask(**more):
        world.far_side.script["put"] = [Delivered("portal.delivered", "in the inbox")]
        accepted = await world.exchange.accept(world.order("put", **changes, **more))
        async with asyncio.timeout(10):
            while not await world.store.read(lambda t: inbox.get(t, accepted.inquiry_id)):
                await asyncio.sleep(0.005)
        return accepted.inquiry_id

    return ask


async def statements(world, inquiry_id):
    """The journal's statements about an inquiry, oldest first."""
    mine = select(journal_leaves.c.statement).where(journal_leaves.c.inquiry_id == inquiry_id)
    return await world.store.read(lambda t: [str(row.statement) for row in t.execute(mine.order_by("id"))])


async def leaves(world, inquiry_id):
    return [json.loads(statement)["kind"] for statement in await statements(world, inquiry_id)]


async def test_a_question_for_a_person_rests_and_owes_nothing(world, delivered):
    name = await delivered(subject="9990000018")
    inquiry = await world.ends(name, "sent")
    assert await world.store.read(outbox.depth) == {}
    assert [event.type for event in await world.events(inquiry.case_id)][-1] == "ir.peyvand.inquiry.delivered"
    (entry,) = await world.flow.inbox.page(SARA, closed=False, limit=10, after=None)
    assert (entry.inquiry.id, entry.item.unit, entry.payload) == (name, UNIT, None)
    assert (await world.flow.inbox.see(SARA, name)).payload == {"number": "1"}
    assert await world.flow.inbox.page(STRANGER, closed=False, limit=10, after=None) == []


async def test_the_legal_deadline_is_the_services(world, delivered):
    with_deadline = Service(
        "portal.put", 1, UNIT, "خدمت", "Service", "sovereign", "electronic", approved=True, system="portal",
        operation="put", deadline_days=10,
    )  # fmt: skip
    await world.store.write(lambda t: services.put(t, with_deadline))
    name = await delivered()
    (entry,) = await world.flow.inbox.page(SARA, closed=False, limit=10, after=None)
    assert entry.item.deadline_at == entry.inquiry.accepted_at + timedelta(days=10)
    assert entry.inquiry.id == name


async def test_an_answer_by_hand_wakes_the_asker_and_is_told(world, delivered):
    name = await delivered()
    waiting = asyncio.create_task(world.exchange.wait(name, 30))
    await asyncio.sleep(0)
    await world.flow.inbox.decide(SARA, name, Decision(answer={"text": "بله"}))
    inquiry = await asyncio.wait_for(waiting, 1)
    assert inquiry.state is State.ANSWERED
    assert await world.exchange.answer_of(inquiry) == {"text": "بله"}
    assert [event.type for event in await world.events(inquiry.case_id)][-1] == "ir.peyvand.inquiry.answered"
    assert await world.flow.inbox.page(SARA, closed=False, limit=10, after=None) == []
    (done,) = await world.flow.inbox.page(SARA, closed=True, limit=10, after=None)
    assert (done.item.claimed_by, done.item.clerk) == (SARA.participant, "سارا")


async def test_a_refusal_gives_its_reason(world, delivered):
    name = await delivered()
    await world.flow.inbox.decide(SARA, name, Decision(reason="مدرک کافی نیست"))
    inquiry = await world.exchange.wait(name, 1)
    assert (inquiry.state, inquiry.reason_code, inquiry.reason_text) == (
        State.REFUSED,
        "portal.refused",
        "مدرک کافی نیست",
    )


async def test_two_clerks_do_not_answer_twice(world, delivered):
    name = await delivered()
    desk = world.flow.inbox
    await desk.claim(SARA, name)
    assert (await desk.claim(SARA, name)).item.clerk == "سارا"
    for act in (desk.claim(REZA, name), desk.release(REZA, name), desk.decide(REZA, name, Decision(reason="نه"))):
        with pytest.raises(InboxClaimed):
            await act
    await desk.release(SARA, name)
    both = await asyncio.gather(
        *(desk.decide(clerk, name, Decision(answer={"by": clerk.name})) for clerk in (SARA, REZA)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in both) == ["InboxClosed", "InboxEntry"]
    for act in (desk.claim(SARA, name), desk.release(SARA, name)):
        with pytest.raises(InboxClosed):
            await act


async def test_another_units_inquiry_looks_like_an_unknown_one(world, delivered):
    desk, name = world.flow.inbox, await delivered()
    for inquiry_id in (name, "nothing"):
        for act in (
            desk.see(STRANGER, inquiry_id),
            desk.claim(STRANGER, inquiry_id),
            desk.service_of(STRANGER, inquiry_id),
            desk.decide(STRANGER, inquiry_id, Decision(reason="x")),
        ):
            with pytest.raises(UnknownInquiry):
                await act


async def test_a_repeated_decision_is_the_first_one(world, delivered):
    desk, name = world.flow.inbox, await delivered()
    key = Idempotency("k-1", "aa")
    assert not (await desk.decide(SARA, name, Decision(answer={"n": 1}, idempotency=key))).replayed
    assert (await desk.decide(SARA, name, Decision(answer={"n": 1}, idempotency=key))).replayed
    with pytest.raises(IdempotencyClash):
        await desk.decide(SARA, name, Decision(answer={"n": 2}, idempotency=Idempotency("k-1", "bb")))
    assert (await leaves(world, name)).count("inquiry.answered") == 1


async def test_every_act_is_in_the_journal_and_no_clerks_name(world, delivered):
    desk, name = world.flow.inbox, await delivered()
    await desk.see(SARA, name)
    await desk.claim(SARA, name)
    await desk.release(SARA, name)
    await desk.decide(SARA, name, Decision(answer={"n": 1}))
    kinds = await leaves(world, name)
    assert kinds[-5:] == ["inquiry.delivered", "inbox.read", "inbox.claimed", "inbox.released", "inquiry.answered"]
    found = await statements(world, name)
    assert all("سارا" not in statement for statement in found)
    assert any('"clerk"' in statement for statement in found)


async def test_a_message_that_comes_twice_delivers_once(world, delivered):
    name = await delivered()
    before = await leaves(world, name)
    # The row is settled: only its message is left in the broker.
    world.far_side.script["put"] = [Delivered("portal.delivered", "again")]
    inquiry = await world.ends(name, "sent")
    again = InquiryMessage(
        inquiry_id=name, tracking_code=inquiry.code, case_id=inquiry.case_id, service=inquiry.service,
        system=inquiry.system, operation=inquiry.operation, effect=inquiry.effect, owner=inquiry.owner,
        channel=inquiry.channel, payload=inquiry.payload_sealed, subject_key=b"", trace_parent=None,
    )  # fmt: skip
    await world.flow._worker.handle(Message(999_999, "inquiry", inquiry.system, name, 0, again.pack()))
    assert await leaves(world, name) == before


async def test_an_inbox_outlives_its_process(make_world):
    first = await make_world()
    name = await asking(first)()
    await first.flow.inbox.claim(SARA, name)
    # Nothing is told to anybody: the process is gone, the next one finds the ledger as it is.
    await first.flow.stop(0)
    await first.store.close()
    second = await make_world()
    (entry,) = await second.flow.inbox.page(SARA, closed=False, limit=10, after=None)
    assert (entry.inquiry.id, entry.inquiry.state, entry.item.clerk) == (name, State.SENT, "سارا")
    await second.flow.inbox.decide(SARA, name, Decision(answer={"n": 1}))
    assert (await second.exchange.wait(name, 1)).state is State.ANSWERED
    assert second.far_side.calls == []
