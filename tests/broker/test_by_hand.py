"""A person ends a doubt: by what they found out, once, and whatever the far side says afterwards."""

import asyncio
from datetime import timedelta

import pytest

from broker.by_hand import CODE, NotInDoubt, Resolution
from broker.errors import UnknownInquiry
from connectors.port import ContractBroken, InDoubt
from registry import inquiries, outbox
from registry.schema import journal_leaves


async def in_doubt(world):
    world.far_side.script["tell"] = [InDoubt("portal.lost", "no answer")]
    accepted = await world.exchange.accept(world.order("tell"))
    return (await world.ends(accepted.inquiry_id, "in_doubt")).id


@pytest.mark.parametrize(
    ("found", "state", "answer"),
    [("done", "answered", {"receipt": "5"}), ("done", "answered", None), ("refused", "refused", None)],
)
async def test_what_a_person_found_out_ends_the_doubt(world, found, state, answer):
    one = await in_doubt(world)
    moved = await world.exchange.resolve(one, Resolution(found, "by letter 7", answer), by="officer-1")
    assert (moved.state, moved.reason_code, moved.reason_text) == (state, CODE, "by letter 7")
    assert await world.exchange.answer_of(moved) == answer
    assert await world.store.read(lambda t: outbox.of_ref(t, one)) == []
    told = (await world.events(moved.case_id))[-1]
    assert (told.type.rpartition(".")[2], told.detail["text"], told.by) == (state, "by letter 7", "officer-1")
    leaves = await world.store.read(
        lambda t: t.execute(journal_leaves.select().where(journal_leaves.c.kind == "inquiry.resolved_by_hand")).all()
    )
    assert f'"found":"{found}"' in leaves[-1].statement.replace(" ", "")
    assert "by letter 7" not in leaves[-1].statement
    with pytest.raises(NotInDoubt):
        await world.exchange.resolve(one, Resolution("done", "again"), by="officer-1")
    assert world.far_side.calls == [("tell", one)]


async def test_what_never_arrived_is_made_again_under_its_own_reference(world):
    one = await in_doubt(world)
    moved = await world.exchange.resolve(one, Resolution("absent", "they have nothing"), by="x")
    assert moved.state == "waiting"
    await world.ends(one, "answered")
    assert world.far_side.calls == [("tell", one)] * 2


async def test_what_was_parked_in_doubt_may_be_resolved_and_what_was_not_may_not(world):
    world.far_side.asked_after = [ContractBroken("portal.unknown_code", "code 99")]
    one = await in_doubt(world)
    world.clock.pass_by(timedelta(seconds=2))
    world.flow.relay.look()
    await world.ends(one, "parked")
    assert (await world.exchange.resolve(one, Resolution("done", "telephone"), by="x")).state == "answered"
    world.far_side.script["ask"] = [ContractBroken("portal.unknown_code", "code 99")]
    accepted = await world.exchange.accept(world.order("ask"))
    await world.ends(accepted.inquiry_id, "parked")
    with pytest.raises(NotInDoubt):
        await world.exchange.resolve(accepted.inquiry_id, Resolution("done", "telephone"), by="x")
    with pytest.raises(UnknownInquiry):
        await world.exchange.resolve("none", Resolution("done", "telephone"), by="x")


async def test_the_far_sides_word_that_comes_after_a_persons_changes_nothing(world):
    one = await in_doubt(world)
    asked, said = asyncio.Event(), asyncio.Event()

    async def slowly(_call):
        asked.set()
        await said.wait()
        return {"receipt": "5"}

    world.far_side.asked_after = [slowly]
    world.clock.pass_by(timedelta(seconds=2))
    world.flow.relay.look()
    await asyncio.wait_for(asked.wait(), 5)
    await world.exchange.resolve(one, Resolution("refused", "telephone"), by="x")
    said.set()
    for _ in range(200):
        if not await world.store.read(lambda t: outbox.of_ref(t, one)):
            break
        await asyncio.sleep(0.01)
    assert (await world.store.read(lambda t: inquiries.get(t, one))).state == "refused"
