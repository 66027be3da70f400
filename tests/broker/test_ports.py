"""One suite over every broker: in-process and RabbitMQ."""

import asyncio
from itertools import count
from random import Random

import pytest

from broker.amqp_broker import RabbitMqBroker
from broker.memory import MemoryBroker
from broker.port import BrokerUnavailable, Message, Unroutable
from broker.topology import declare
from registry.store import StoreUnavailable

NUMBERS = count()
LIMIT = 2
EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "http://hub.test",
    "type": "ir.peyvand.case.status",
    "subject": "0512 3456",
    "time": "2026-11-21T06:00:00.000+00:00",
    "datacontenttype": "application/json",
    "sequence": "0000000003",
    "data": {"stage": "opened", "title": {"fa": "باز شد"}, "sequence": 3},
}


class Bus:
    """A broker under test, its system's queue, and a second process that talks to the same broker."""

    def __init__(self, system, broker, other):
        self.system, self.broker, self.other = system, broker, other
        self.queue = f"hub.work.{system}"

    def message(self, row=1, tries=0, kind="inquiry", system=None):
        return Message(row, kind, system or self.system, f"ref-{row}", tries, b'{"row":%d}' % row)


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture(params=["memory", "rabbitmq"])
async def bus(request):
    system = f"port_{next(NUMBERS)}"
    if request.param == "memory":
        broker = MemoryBroker(delivery_limit=LIMIT)
        yield Bus(system, broker, broker)
        await broker.close()
        return
    url = request.getfixturevalue("impatient_url")
    await declare(url, [system], delivery_limit=LIMIT)
    brokers = [RabbitMqBroker(url, lease=f"{system}-{name}", random=Random(1), pause=0.05) for name in "ab"]
    for broker in brokers:
        await broker.start()
    yield Bus(system, *brokers)
    for broker in brokers:
        await broker.close()


async def test_messages_come_in_the_order_they_were_published(bus):
    seen = []

    async def handle(message):
        seen.append(message)

    await bus.broker.consume(bus.queue, handle, prefetch=1)
    sent = [bus.message(row) for row in range(100)]
    await asyncio.gather(*map(bus.broker.publish, sent))
    await until(lambda: len(seen) == len(sent))
    assert seen == sent


async def test_no_more_than_the_prefetch_is_handled_at_once(bus):
    busy, most, done = 0, 0, 0

    async def handle(_message):
        nonlocal busy, most, done
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        done += 1

    await bus.broker.consume(bus.queue, handle, prefetch=3)
    await asyncio.gather(*(bus.broker.publish(bus.message(row)) for row in range(30)))
    await until(lambda: done == 30)
    assert most == 3


async def test_a_slow_message_does_not_hold_up_the_others(bus):
    slow, seen = asyncio.Event(), []

    async def handle(message):
        if message.row == 0:
            await slow.wait()
        seen.append(message.row)

    await bus.broker.consume(bus.queue, handle, prefetch=2)
    for row in range(20):
        await bus.broker.publish(bus.message(row))
    await until(lambda: len(seen) == 19)
    slow.set()
    await until(lambda: len(seen) == 20)
    assert seen == [*range(1, 20), 0]


async def test_a_message_given_back_comes_again(bus):
    seen = []

    async def handle(message):
        seen.append(message)
        if len(seen) < 3:
            raise RuntimeError("a fault of our own")

    await bus.broker.consume(bus.queue, handle, prefetch=1)
    await bus.broker.publish(bus.message())
    await until(lambda: len(seen) == 3)
    assert seen == [bus.message()] * 3


async def test_a_message_given_back_too_often_is_a_dead_letter(bus):
    letters, seen = [], []

    async def handle(message):
        seen.append(message)
        raise RuntimeError("a fault of our own")

    async def bury(letter):
        if letter.queue == bus.queue:
            letters.append(letter)

    await bus.broker.dead(bury)
    await bus.broker.consume(bus.queue, handle, prefetch=1)
    await bus.broker.publish(bus.message(7, tries=3))
    await until(lambda: letters)
    (letter,) = letters
    assert (letter.reason, letter.message, len(seen)) == ("delivery_limit", bus.message(7, tries=3), LIMIT + 1)
    assert (letter.body, letter.size) == (b'{"row":7}', 9)


async def test_the_dead_letters_have_one_handler_and_it_may_fail(bus):
    tries = []

    async def handle(_message):
        raise RuntimeError("a fault of our own")

    async def bury(letter):
        if letter.queue == bus.queue:
            tries.append(letter)
            if len(tries) < 2:
                raise OSError("the disk is full")

    await bus.broker.dead(bury)
    with pytest.raises(ValueError, match="consumed already"):
        await bus.broker.dead(bury)
    await bus.broker.consume(bus.queue, handle, prefetch=1)
    await bus.broker.publish(bus.message())
    await until(lambda: len(tries) == 2)
    assert tries[0].message == tries[1].message


async def test_a_database_that_is_away_costs_no_message_its_tries(bus):
    seen, letters = [], []

    async def handle(message):
        seen.append(message)
        if len(seen) <= LIMIT + 2:
            raise StoreUnavailable("away")

    async def bury(letter):
        letters.append(letter)

    await bus.broker.dead(bury)
    await bus.broker.consume(bus.queue, handle, prefetch=1)
    await bus.broker.publish(bus.message())
    await until(lambda: len(seen) == LIMIT + 3)
    assert [letter for letter in letters if letter.queue == bus.queue] == []


async def test_what_no_queue_takes_is_unroutable(bus):
    with pytest.raises(Unroutable, match=r"hub\.work\.nobody_here"):
        await bus.broker.publish(bus.message(system="nobody_here"))


async def test_a_queue_has_one_consumer_in_a_process(bus):
    async def handle(_message):
        return

    await bus.broker.consume(bus.queue, handle, prefetch=1)
    with pytest.raises(ValueError, match="consumed already"):
        await bus.broker.consume(bus.queue, handle, prefetch=1)


async def test_a_closed_broker_takes_nothing_and_stops_its_handlers(bus):
    begun, ended = asyncio.Event(), []

    async def handle(_message):
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    await bus.broker.consume(bus.queue, handle, prefetch=1)
    await bus.broker.publish(bus.message())
    assert bus.broker.trouble() is None
    await begun.wait()
    await bus.broker.close()
    assert ended == ["cancelled"]
    assert "closed" in bus.broker.trouble()
    with pytest.raises(BrokerUnavailable):
        await bus.broker.publish(bus.message())
    with pytest.raises(BrokerUnavailable):
        await bus.broker.emit(EVENT, "G2G.portal.status")


async def test_a_quiescent_broker_takes_nothing_more_and_lets_run_what_runs(bus):
    go, begun, ended = asyncio.Event(), [], []

    async def handle(message):
        begun.append(message.row)
        await go.wait()
        ended.append(message.row)

    await bus.broker.consume(bus.queue, handle, prefetch=1)
    for row in (1, 2):
        await bus.broker.publish(bus.message(row))
    await until(lambda: begun)
    bus.broker.quiesce()
    go.set()
    await until(lambda: ended)
    async with asyncio.timeout(20):
        while await bus.other.depth(bus.queue) != 1:
            await asyncio.sleep(0.005)
    assert (begun, ended) == ([1], [1])


async def test_a_notice_wakes_the_process_that_waits(bus):
    woken = []
    await bus.broker.notices("api-1", woken.append)
    await bus.other.notice("api-2", "not for us")
    await bus.other.notice("api-1", "0193-abc")
    await until(lambda: woken)
    assert woken == ["0193-abc"]


async def test_events_reach_those_who_listen_for_them(bus):
    exact, wide, none = [], [], []
    await bus.broker.listen(f"G2G.{bus.system}.*.case.status", exact.append)
    await bus.broker.listen(f"*.{bus.system}.#", wide.append)
    await bus.broker.listen(f"C2G.{bus.system}.#", none.append)
    await bus.other.emit(EVENT, f"G2G.{bus.system}.peyvand.case.status")
    await bus.other.emit({**EVENT, "id": "e-2"}, f"B2G.{bus.system}")
    await until(lambda: len(wide) == 2)
    assert exact == [EVENT]
    assert wide == [EVENT, {**EVENT, "id": "e-2"}]
    assert none == []


async def test_an_event_nobody_listens_to_is_no_fault(bus):
    await bus.broker.emit(EVENT, f"G2G.{bus.system}.nobody")


async def test_a_queue_is_idle_when_nothing_is_ready_and_nothing_unacknowledged(bus):
    go, busy = asyncio.Event(), []

    async def handle(message):
        busy.append(message)
        await go.wait()

    await bus.broker.consume(bus.queue, handle, prefetch=1)
    assert await bus.other.idle(bus.queue)
    await bus.broker.publish(bus.message(1))
    await until(lambda: busy)
    assert (await bus.other.depth(bus.queue), await bus.other.idle(bus.queue)) == (0, False)
    await bus.broker.publish(bus.message(2))
    assert (await bus.other.depth(bus.queue), await bus.other.idle(bus.queue)) == (1, False)
    go.set()
    async with asyncio.timeout(20):
        while not await bus.other.idle(bus.queue):
            await asyncio.sleep(0.005)
    assert await bus.other.depth(bus.queue) == 0
    assert await bus.broker.depth("hub.work.nobody_here") is None
