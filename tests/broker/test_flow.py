import asyncio
from datetime import timedelta

import pytest

from broker.errors import NotCancellable, UnknownCase, UnknownInquiry
from broker.orders import Idempotency
from connectors.port import Answer, ContractBroken, Drift, InDoubt, Provenance, Refused, Retryable
from registry import cases, drifts, inquiries, journal, outbox
from registry.idempotency import IdempotencyClash
from registry.states import State


async def test_an_inquiry_is_answered_and_leaves_nothing_owed(world):
    accepted = await world.exchange.accept(world.order())
    inquiry = await world.exchange.wait(accepted.inquiry_id, 5)
    assert inquiry.state is State.ANSWERED
    assert await world.exchange.answer_of(inquiry) == {"echo": {"number": "1"}}
    assert (inquiry.mapping_id, inquiry.contract_version) == ("portal.ask", "1")
    assert await world.store.read(outbox.depth) == {}
    told = [event.type for event in await world.events(inquiry.case_id)]
    assert told == ["ir.peyvand.case.status", "ir.peyvand.inquiry.accepted", "ir.peyvand.inquiry.answered"]


async def test_payload_and_answer_are_stored_sealed_only(world, tmp_path):
    accepted = await world.exchange.accept(world.order(payload={"secret": "گل‌سرخ-plain"}, subject="9990000018"))
    await world.ends(accepted.inquiry_id, "answered")
    await world.store.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"-plain" not in stored
    assert b"9990000018" not in stored


async def test_a_business_no_is_final_and_is_not_a_fault(world):
    world.far_side.script["ask"] = [Refused("portal.not_found", "no such thing")]
    accepted = await world.exchange.accept(world.order())
    inquiry = await world.exchange.wait(accepted.inquiry_id, 5)
    assert (inquiry.state, inquiry.reason_code) == (State.REFUSED, "portal.not_found")
    assert len(world.far_side.calls) == 1


async def test_a_closed_system_is_waited_for_in_the_ledger(world):
    opens = world.clock() + timedelta(hours=20)
    world.far_side.script["ask"] = [Retryable("portal.closed", "holiday", not_before=opens)]
    accepted = await world.exchange.accept(world.order())
    waiting = await world.exchange.wait(accepted.inquiry_id, 5)
    assert (waiting.state, waiting.due_at, waiting.reason_code) == (State.WAITING, opens, "portal.closed")
    world.clock.pass_by(timedelta(hours=19))
    world.flow.relay.look()
    await asyncio.sleep(0.05)
    assert len(world.far_side.calls) == 1
    world.clock.pass_by(timedelta(hours=1, seconds=1))
    world.flow.relay.look()
    answered = await world.ends(accepted.inquiry_id, "answered")
    assert answered.reason_code is None
    assert len(world.far_side.calls) == 2
    assert {reference for _, reference in world.far_side.calls} == {accepted.inquiry_id}


async def test_the_same_cause_is_told_once_however_often_it_is_tried(world):
    world.far_side.script["ask"] = [Retryable("portal.busy", "busy") for _ in range(4)]
    accepted = await world.exchange.accept(world.order())
    for tried in range(1, 5):
        async with asyncio.timeout(10):
            while len(await world.store.read(lambda t: inquiries.attempts(t, accepted.inquiry_id))) < tried:
                await asyncio.sleep(0.005)
        world.clock.pass_by(timedelta(hours=2))
        world.flow.relay.look()
    inquiry = await world.ends(accepted.inquiry_id, "answered")
    told = [event.type for event in await world.events(inquiry.case_id)]
    assert told.count("ir.peyvand.inquiry.waiting") == 1


async def test_patience_ends_in_parking(world):
    world.far_side.script["ask"] = [Retryable("portal.busy", "busy") for _ in range(100)]
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "waiting")
    world.clock.pass_by(timedelta(days=8))
    world.flow.relay.look()
    inquiry = await world.ends(accepted.inquiry_id, "parked")
    assert inquiry.reason_code == "portal.busy"
    assert await world.store.read(outbox.depth) == {}


async def test_a_broken_contract_needs_a_person(world):
    world.far_side.script["ask"] = [ContractBroken("portal.unknown_code", "code 99", sample=b"<raw/>")]
    accepted = await world.exchange.accept(world.order())
    inquiry = await world.exchange.wait(accepted.inquiry_id, 5)
    assert (inquiry.state, inquiry.reason_code) == (State.PARKED, "portal.unknown_code")


async def test_a_lost_answer_is_asked_after_and_never_sent_twice(world):
    world.far_side.script["tell"] = [InDoubt("portal.lost", "no answer")]
    world.far_side.asked_after = [Retryable("portal.down", "not now"), {"receipt": "7"}]
    accepted = await world.exchange.accept(world.order("tell"))
    doubt = await world.exchange.wait(accepted.inquiry_id, 5)
    assert doubt.state is State.IN_DOUBT
    for _ in range(3):
        world.clock.pass_by(timedelta(minutes=5))
        world.flow.relay.look()
        await asyncio.sleep(0.05)
    inquiry = await world.ends(accepted.inquiry_id, "answered")
    assert await world.exchange.answer_of(inquiry) == {"receipt": "7"}
    assert world.far_side.calls == [("tell", accepted.inquiry_id)]
    assert world.far_side.questions == [accepted.inquiry_id] * 2
    attempts = await world.store.read(lambda t: inquiries.attempts(t, inquiry.id))
    assert [attempt.outcome for attempt in attempts] == ["in_doubt", "asked_after.retryable", "asked_after.answered"]


async def test_what_the_far_side_proves_absent_is_sent_again(world):
    world.far_side.script["tell"] = [InDoubt("portal.lost", "no answer"), {"receipt": "8"}]
    world.far_side.asked_after = [None]
    accepted = await world.exchange.accept(world.order("tell"))
    await world.ends(accepted.inquiry_id, "in_doubt")
    world.clock.pass_by(timedelta(seconds=2))
    world.flow.relay.look()
    inquiry = await world.ends(accepted.inquiry_id, "answered")
    assert await world.exchange.answer_of(inquiry) == {"receipt": "8"}
    assert world.far_side.calls == [("tell", accepted.inquiry_id)] * 2


@pytest.mark.parametrize(("operation", "state"), [("tell", "in_doubt"), ("ask", "parked")])
async def test_a_fault_of_our_own_is_never_taken_for_an_answer(world, operation, state, caplog):
    world.far_side.script[operation] = [ZeroDivisionError("bug")]
    world.far_side.asked_after = [Retryable("portal.down", "not now")]
    accepted = await world.exchange.accept(world.order(operation))
    inquiry = await world.ends(accepted.inquiry_id, state)
    assert inquiry.reason_code == "connector.failed"


async def test_aliases_of_an_answer_reach_the_case(world):
    world.far_side.script["ask"] = [{"ok": True, "$aliases": {"portal": "P-77"}}]
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "answered")
    case = await world.store.read(lambda t: cases.by_alias(t, "portal", "P-77"))
    assert case.code == accepted.tracking_code


async def test_an_alias_of_another_case_does_not_hurt_the_answer(world):
    world.far_side.script["ask"] = [{"n": 1, "$aliases": {"portal": "P-1"}}, {"n": 2, "$aliases": {"portal": "P-1"}}]
    first = await world.exchange.accept(world.order())
    await world.ends(first.inquiry_id, "answered")
    second = await world.exchange.accept(world.order())
    await world.ends(second.inquiry_id, "answered")
    case = await world.store.read(lambda t: cases.by_alias(t, "portal", "P-1"))
    assert case.code == first.tracking_code


async def test_a_slow_system_does_not_stop_intake(world):
    gate = asyncio.Event()

    async def slow(_call):
        await gate.wait()
        return {"late": True}

    world.far_side.script["ask"] = [slow] * 8
    ids = [(await world.exchange.accept(world.order())).inquiry_id for _ in range(12)]
    assert len(set(ids)) == 12
    gate.set()
    for inquiry_id in ids:
        await world.ends(inquiry_id, "answered")


async def test_the_same_key_and_body_give_the_saved_promise(world):
    order = world.order(idempotency=Idempotency("k1", "body"))
    first = await world.exchange.accept(order)
    again = await world.exchange.accept(order)
    assert again.replayed
    assert again.inquiry_id == first.inquiry_id
    await world.ends(first.inquiry_id, "answered")
    assert len(world.far_side.calls) == 1


async def test_another_body_under_a_used_key_stores_nothing(world):
    await world.exchange.accept(world.order(idempotency=Idempotency("k1", "body")))
    before = await world.store.read(journal.unsealed), len(await world.store.read(cases.every))
    with pytest.raises(IdempotencyClash):
        await world.exchange.accept(world.order(idempotency=Idempotency("k1", "other body")))
    assert len(await world.store.read(cases.every)) == before[1]


async def test_keys_of_two_callers_are_two_keys(world, parties):
    first = await world.exchange.accept(world.order(idempotency=Idempotency("k1", "body")))
    other = await world.exchange.accept(world.order(caller=parties.other, idempotency=Idempotency("k1", "other")))
    assert first.inquiry_id != other.inquiry_id


async def test_a_case_one_may_not_see_is_unknown(world, parties):
    case = await world.open_case()
    with pytest.raises(UnknownCase):
        await world.exchange.accept(world.order(caller=parties.other, case_code=case.code))
    accepted = await world.exchange.accept(world.order(case_code=case.code))
    assert accepted.tracking_code == case.code


async def test_a_batch_item_that_fails_hurts_no_other(world):
    case = await world.open_case()
    results = await world.exchange.accept_many(
        [world.order(case_code=case.code), world.order(case_code="05100000000000000000"), world.order()]
    )
    assert [type(result).__name__ for result in results] == ["Accepted", "UnknownCase", "Accepted"]


async def test_cancelling_works_until_the_call_has_left(world, parties):
    world.far_side.script["ask"] = [Retryable("portal.closed", "later", not_before=world.clock() + timedelta(days=1))]
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "waiting")
    with pytest.raises(UnknownInquiry):
        await world.exchange.cancel(parties.other, accepted.inquiry_id)
    cancelled = await world.exchange.cancel(parties.permits, accepted.inquiry_id)
    assert cancelled.state is State.CANCELLED
    assert await world.store.read(outbox.depth) == {}
    with pytest.raises(NotCancellable):
        await world.exchange.cancel(parties.permits, accepted.inquiry_id)


async def test_every_exchange_is_a_leaf_and_every_receipt_verifies(world):
    from pki.checkpoint import CheckpointSigner
    from pki.merkle import MerkleTree
    from pki.receipt import Receipt, verify_receipt

    accepted = await world.exchange.accept(world.order())
    inquiry = await world.ends(accepted.inquiry_id, "answered")
    while await world.flow.sealer.seal():
        continue
    proofs = await world.store.read(lambda t: journal.proofs(t, MerkleTree(), case_id=inquiry.case_id))
    vkey = CheckpointSigner(world.signing_key, "test/journal").verifier_key()
    assert len(proofs) == 3
    assert all(verify_receipt(Receipt.model_validate(proof), [vkey]).valid for proof in proofs)


async def test_what_the_contract_does_not_know_is_counted_and_its_sample_sealed(world) -> None:
    provenance = Provenance("portal.ask", "0" * 64, "1")
    turn = Answer({"number": "1"}, provenance, drift=(Drift("/Owner", "field", 3),), reply=b'{"Owner": "9990000018"}')
    world.far_side.script["ask"] = [turn]
    accepted = await world.exchange.accept(world.order("ask"))
    inquiry = await world.exchange.wait(accepted.inquiry_id, 5)
    assert inquiry.state == "answered", "drift fails no exchange"
    (found,) = await world.store.read(drifts.every)
    assert (found.pointer, found.count, found.inquiry_id) == ("/Owner", 3, accepted.inquiry_id)
    sealed, key = await world.store.read(lambda t: drifts.sealed_sample(t, accepted.inquiry_id))
    assert b"9990000018" not in sealed
    assert world.vault.open(key, sealed, b"sample") == b'{"Owner": "9990000018"}'
