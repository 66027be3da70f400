"""What comes twice, too late, or from a process that is gone."""

import asyncio
from datetime import timedelta

import pytest

from broker.errors import NotCancellable
from broker.pulse import calling
from connectors.port import Retryable
from registry import inquiries, marks, outbox
from registry.states import State
from tests.broker.conftest import PERMITS, FarSide


async def test_a_message_that_comes_twice_while_its_call_is_under_way_is_dropped(world):
    gate = asyncio.Event()

    async def slow(_call):
        await gate.wait()
        return {"receipt": "9"}

    world.far_side.script["tell"] = [slow]
    accepted = await world.exchange.accept(world.order("tell"))
    await world.ends(accepted.inquiry_id, "sent")
    row = (await world.store.read(lambda t: outbox.of_ref(t, accepted.inquiry_id)))[0]
    await world.flow.relay._publish(row)
    await asyncio.sleep(0.1)
    assert (await world.ends(accepted.inquiry_id, "sent", "in_doubt")).state is State.SENT
    gate.set()
    await world.ends(accepted.inquiry_id, "answered")
    assert world.far_side.calls == [("tell", accepted.inquiry_id)]


async def test_a_call_of_a_process_that_died_is_in_doubt_and_its_late_answer_still_counts(world):
    gate = asyncio.Event()

    async def slow(_call):
        await gate.wait()
        return {"receipt": "9"}

    world.far_side.script["tell"] = [slow]
    world.far_side.asked_after = [Retryable("portal.down", "not now")]
    accepted = await world.exchange.accept(world.order("tell"))
    await world.ends(accepted.inquiry_id, "sent")
    row = (await world.store.read(lambda t: outbox.of_ref(t, accepted.inquiry_id)))[0]
    await world.store.write(lambda t: outbox.queued(t, [row.id], lease=calling("a process that died")))
    await world.flow.relay._publish(row)
    await world.ends(accepted.inquiry_id, "in_doubt")
    gate.set()
    inquiry = await world.ends(accepted.inquiry_id, "answered")
    assert await world.exchange.answer_of(inquiry) == {"receipt": "9"}
    assert world.far_side.calls == [("tell", accepted.inquiry_id)]


async def test_a_confirm_that_is_marked_late_does_not_undo_what_the_worker_did(world):
    """The broker confirmed, the worker was told to wait until tomorrow, and only then the relay marks its rows."""
    tomorrow = world.clock() + timedelta(days=1)
    world.far_side.script["ask"] = [Retryable("portal.closed", "holiday", not_before=tomorrow)]
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "waiting")
    row = (await world.store.read(lambda t: outbox.of_ref(t, accepted.inquiry_id)))[0]
    await world.store.write(lambda t: marks.mark(t, [row.id], held_by="test-0", lease="test-0", now=world.clock()))
    inquiry = await world.ends(accepted.inquiry_id, "waiting", "queued")
    assert (inquiry.state, inquiry.due_at) == (State.WAITING, tomorrow)
    after = (await world.store.read(lambda t: outbox.of_ref(t, accepted.inquiry_id)))[0]
    assert (after.state, after.lease, after.due_at) == ("owed", "", tomorrow)


async def test_a_call_under_way_when_the_process_died_is_in_doubt_at_the_next_start(make_world):
    """The row then carries the lease of the relay that publishes it anew, which is no sign that somebody is calling."""
    gate = asyncio.Event()

    async def never(_call):
        await gate.wait()
        return {}

    first = await make_world()
    first.far_side.script["tell"] = [never]
    accepted = await first.exchange.accept(first.order("tell"))
    await first.ends(accepted.inquiry_id, "sent")
    await first.flow.stop(drain=0)
    await first.store.close()
    far_side = FarSide()
    far_side.asked_after = [{"receipt": "3"}]
    second = await make_world(far_side=far_side)
    await second.ends(accepted.inquiry_id, "in_doubt")
    second.clock.pass_by(timedelta(seconds=2))
    second.flow.relay.look()
    await second.ends(accepted.inquiry_id, "answered")
    assert far_side.calls == []


async def test_a_read_that_is_back_soon_writes_intent_and_result_together(world):
    accepted = await world.exchange.accept(world.order("ask"))
    await world.ends(accepted.inquiry_id, "answered")
    tries = await world.store.read(lambda t: inquiries.attempts(t, accepted.inquiry_id))
    found = await world.store.read(lambda t: inquiries.get(t, accepted.inquiry_id))
    assert ([one.number for one in tries], found.attempts, found.state) == ([1], 1, State.ANSWERED)


async def test_a_read_that_is_not_back_soon_shows_as_sent_and_can_no_longer_be_taken_back(world):
    gate = asyncio.Event()

    async def slow(_call):
        await gate.wait()
        return {"receipt": "9"}

    world.far_side.script["ask"] = [slow]
    accepted = await world.exchange.accept(world.order("ask"))
    inquiry = await world.ends(accepted.inquiry_id, "sent")
    assert inquiry.attempts == 1
    with pytest.raises(NotCancellable):
        await world.exchange.cancel(inquiry.owner, inquiry.id)
    gate.set()
    assert (await world.ends(accepted.inquiry_id, "answered")).attempts == 1


async def test_the_answer_to_a_read_that_was_taken_back_meanwhile_is_dropped(world):
    async def taken_back(call):
        await world.exchange.cancel(PERMITS, call.inquiry_id)
        return {"receipt": "9"}

    world.far_side.script["ask"] = [taken_back]
    accepted = await world.exchange.accept(world.order("ask"))
    inquiry = await world.ends(accepted.inquiry_id, "cancelled")
    async with asyncio.timeout(5):
        while await world.store.read(lambda t: outbox.of_ref(t, inquiry.id)):
            await asyncio.sleep(0.01)
    assert await world.exchange.answer_of(await world.ends(inquiry.id, "cancelled")) is None
    assert await world.store.read(lambda t: inquiries.attempts(t, inquiry.id)) == []
