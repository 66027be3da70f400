"""The small pieces: the in-process broker, waiting, patience, the message, the fatal points."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.backoff import FIRST, LONGEST, MOST_TRIES, PATIENCE, next_try
from broker.memory import MemoryBroker
from broker.points import FlowPoint, die_at, pass_by
from broker.port import BrokerUnavailable, Message, Unroutable
from broker.waiters import Waiters
from broker.wire import InquiryMessage, UnknownMessage
from connectors.port import Retryable

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def message(row=1, kind="inquiry", system="portal") -> Message:
    return Message(row, kind, system, "ref", 0, b"{}")


async def test_no_more_than_the_prefetch_is_handled_at_once():
    broker, busy, most = MemoryBroker(), 0, 0

    async def handle(_message):
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0)
        busy -= 1

    await broker.consume("hub.work.portal", handle, prefetch=3)
    for row in range(20):
        await broker.publish(message(row))
    assert not await broker.idle("hub.work.portal")
    async with asyncio.timeout(5):
        while not await broker.idle("hub.work.portal"):
            await asyncio.sleep(0)
    assert most == 3
    await broker.close()


async def test_a_message_given_back_comes_again():
    broker, seen = MemoryBroker(), []

    async def handle(given):
        seen.append(given.row)
        if len(seen) < 3:
            raise OSError("the database is away")

    await broker.consume("hub.work.portal", handle, prefetch=1)
    await broker.publish(message())
    async with asyncio.timeout(5):
        while len(seen) < 3:
            await asyncio.sleep(0.01)
    assert seen == [1, 1, 1]
    await broker.close()


async def test_what_nobody_takes_is_unroutable_and_a_closed_broker_takes_nothing():
    broker = MemoryBroker()
    with pytest.raises(Unroutable):
        await broker.publish(message())
    await broker.close()
    with pytest.raises(BrokerUnavailable):
        await broker.publish(message())


async def test_a_queue_has_one_consumer():
    async def handle(_message):
        return

    broker = MemoryBroker()
    await broker.consume("q", handle, prefetch=1)
    with pytest.raises(ValueError, match="consumed already"):
        await broker.consume("q", handle, prefetch=1)


async def test_waiters_are_woken_by_the_answer_and_leave_no_trace():
    waiters = Waiters()
    place = waiters.enter("i")
    asyncio.get_running_loop().call_soon(waiters.wake, "i")
    assert await place.within(5)
    place.leave()
    late = waiters.enter("i")
    assert not await late.within(0.01)
    late.leave()
    assert waiters._places == {}


@given(tries=st.integers(0, MOST_TRIES - 1), age=st.timedeltas(timedelta(0), PATIENCE - timedelta(seconds=1)))
def test_the_wait_is_bounded_and_never_shorter_than_asked(tries, age):
    due = next_try(Retryable("c", "t"), tries=tries, accepted_at=NOW - age, now=NOW, random=Random(1))
    assert NOW + FIRST <= due <= NOW + LONGEST * 1.2
    asked = next_try(
        Retryable("c", "t", after=timedelta(minutes=7)), tries=tries, accepted_at=NOW - age, now=NOW, random=Random(1)
    )
    assert asked >= NOW + timedelta(minutes=7)


@pytest.mark.parametrize(("tries", "age"), [(MOST_TRIES, timedelta(0)), (0, PATIENCE)])
def test_patience_ends(tries, age):
    assert next_try(Retryable("c", "t"), tries=tries, accepted_at=NOW - age, now=NOW, random=Random(1)) is None


def test_a_message_survives_the_wire():
    sent = InquiryMessage(
        "i", "c", "case", "s", "portal", "ask", "read", "o", "G2G", b"\x00\xffsealed", b"key", "00-a-b-01"
    )
    assert InquiryMessage.unpack(sent.pack()) == sent


@given(st.binary(max_size=200) | st.just(b'{"v":2}') | st.just(b'{"v":1}') | st.just(b"[]"))
def test_any_other_bytes_are_named_unreadable(body):
    with pytest.raises(UnknownMessage):
        InquiryMessage.unpack(body)


def test_there_are_ten_points_and_only_they_can_be_named():
    assert len(FlowPoint) == 10
    pass_by(FlowPoint.RELAY_TAKEN)
    die_at("relay.taken:3")(FlowPoint.RELAY_PUBLISHED)
    with pytest.raises(ValueError, match="nowhere"):
        die_at("nowhere")
