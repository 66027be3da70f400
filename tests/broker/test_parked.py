import asyncio
from datetime import timedelta

import pytest

from broker.chronicle import Chronicle
from broker.errors import UnknownInquiry
from broker.ledger import Ledger
from broker.parked import NotParked, ParkedDesk, PersonErased
from connectors.port import ContractBroken, InDoubt
from registry import replays, subjects
from registry.states import State


@pytest.fixture
def desk(world):
    chronicle = Chronicle(world.current, system_name="hub", random=bytes)
    return ParkedDesk(chronicle=chronicle, lease="test-0", clock=world.clock)


@pytest.fixture
def ledger(world):
    return Ledger(world.store, lease="test-0", hand_over=world.flow.relay.hand_over)


async def parked(world, operation="ask", fault=None):
    world.far_side.script[operation] = [fault or ContractBroken("portal.unknown_code", "code 99")]
    accepted = await world.exchange.accept(world.order(operation))
    return (await world.ends(accepted.inquiry_id, "parked")).id


async def test_a_replayed_inquiry_is_answered_under_its_own_reference(world, desk, ledger):
    inquiry_id = await parked(world)
    moved = await ledger.write(lambda t, owed: desk.replay(t, owed, inquiry_id, by="x"))
    assert moved.state is State.WAITING
    inquiry = await world.ends(inquiry_id, "answered")
    assert [reference for _, reference in world.far_side.calls] == [inquiry_id] * 2
    told = [event.type.rpartition(".")[2] for event in await world.events(inquiry.case_id)]
    assert told[-3:] == ["parked", "replayed", "answered"]


async def test_what_was_parked_in_doubt_is_asked_after_and_not_repeated(world, desk, ledger):
    world.far_side.asked_after = [ContractBroken("portal.unknown_code", "code 99"), {"receipt": "5"}]
    world.far_side.script["tell"] = [InDoubt("portal.lost", "no answer")]
    accepted = await world.exchange.accept(world.order("tell"))
    await world.ends(accepted.inquiry_id, "in_doubt")
    world.clock.pass_by(timedelta(seconds=2))
    world.flow.relay.look()
    await world.ends(accepted.inquiry_id, "parked")
    moved = await ledger.write(lambda t, owed: desk.replay(t, owed, accepted.inquiry_id, by="x"))
    assert moved.state is State.IN_DOUBT
    await world.ends(accepted.inquiry_id, "answered")
    assert world.far_side.calls == [("tell", accepted.inquiry_id)]


async def test_a_discarded_inquiry_is_final(world, desk, ledger):
    inquiry_id = await parked(world)
    await ledger.write(lambda t, owed: desk.discard(t, inquiry_id, by="x"))
    await world.ends(inquiry_id, "cancelled")
    with pytest.raises(NotParked):
        await ledger.write(lambda t, owed: desk.replay(t, owed, inquiry_id, by="x"))
    await asyncio.sleep(0.02)
    assert len(world.far_side.calls) == 1


async def test_the_person_erased_meanwhile_cannot_be_asked_about(world, desk, ledger):
    inquiry_id = await parked(world)
    inquiry = await world.ends(inquiry_id, "parked")
    await world.store.write(lambda t: subjects.erase(t, inquiry.subject_id, world.clock()))
    with pytest.raises(PersonErased):
        await ledger.write(lambda t, owed: desk.replay(t, owed, inquiry_id, by="x"))
    assert (await world.ends(inquiry_id, "parked")).state is State.PARKED


async def test_a_run_over_an_erased_person_leaves_the_inquiry_parked_and_says_why(world):
    inquiry_id = await parked(world)
    inquiry = await world.ends(inquiry_id, "parked")
    runs = world.exchange.replays
    run = await runs.begin("a cause", [inquiry_id], per_minute=60_000, by="x")
    await world.store.write(lambda t: subjects.erase(t, inquiry.subject_id, world.clock()))
    async with asyncio.timeout(10):
        while not await world.store.read(lambda t: replays.failures(t, run.id)):
            await runs.look()
    assert await world.store.read(lambda t: replays.failures(t, run.id)) == [(inquiry_id, "inquiry.person_erased")]
    assert (await world.ends(inquiry_id, "parked")).state is State.PARKED


async def test_an_unknown_inquiry_is_named_so(desk, ledger):
    with pytest.raises(UnknownInquiry):
        await ledger.write(lambda t, owed: desk.discard(t, "none", by="x"))
