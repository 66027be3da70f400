"""What only RabbitMQ can do to us: lost connections, restarts, alarms, poison, missing queues."""

import asyncio

import pytest

from broker.amqp_address import read_address
from broker.port import BrokerUnavailable
from broker.rabbitmq import Link
from broker.topology import declare
from tests.broker.rabbit_tools import LIMIT, NUMBERS, Wire, bury, collect, letter, until


@pytest.fixture
async def cable(rabbit):
    wire = Wire(rabbit.port)
    wire.url = await wire.lay()
    yield wire
    await wire.close()


@pytest.mark.slow
async def test_twenty_thousand_publications_in_flight_all_arrive(start, system):
    broker, seen, number = await start(), [], 20_000
    await asyncio.gather(*(broker.publish(letter(system, row, b"x" * 1024)) for row in range(number)))
    assert await broker.depth(f"hub.work.{system}") == number
    await collect(broker, system, seen)
    await until(lambda: len(seen) >= number, 60)
    assert sorted(seen) == list(range(number))
    async with asyncio.timeout(10):
        while not await broker.idle(f"hub.work.{system}"):
            await asyncio.sleep(0.05)


async def test_a_connection_lost_in_flight_fails_what_was_unconfirmed_and_is_mended(start, system, cable):
    broker, number = await start(cable.url), 3_000
    before = cable.carried
    sent = [asyncio.create_task(broker.publish(letter(system, row, b"x" * 1024))) for row in range(number)]
    await until(lambda: cable.carried > before + 400_000)
    cable.cut()
    results = await asyncio.gather(*sent, return_exceptions=True)
    lost = {row for row, result in enumerate(results) if result is not None}
    assert lost
    assert all(isinstance(results[row], BrokerUnavailable) for row in lost)
    async with asyncio.timeout(20):
        await broker.ready()
    await broker.publish(letter(system, number))
    seen = []
    await collect(broker, system, seen)
    await until(lambda: number in seen)
    # What was confirmed has arrived; what was not may have.
    assert {*range(number)} - lost <= set(seen)


async def test_consumers_go_on_after_the_operator_closes_all_connections(start, system, rabbit):
    broker, seen = await start(), []
    await collect(broker, system, seen)
    await broker.publish(letter(system, 1))
    await until(lambda: seen == [1])
    await asyncio.to_thread(rabbit.ctl, "close_all_connections", "-p", "impatient", "maintenance")
    async with asyncio.timeout(20):
        while True:
            try:
                await broker.publish(letter(system, 2))
                break
            except BrokerUnavailable:
                await asyncio.sleep(0.01)
    await until(lambda: 2 in seen)


async def test_what_is_delivered_again_while_it_is_handled_joins_the_running_handler(start, system, cable):
    broker, go, begun = await start(cable.url), asyncio.Event(), []

    async def handle(message):
        begun.append(message.row)
        await go.wait()

    await broker.consume(f"hub.work.{system}", handle, prefetch=8)
    await broker.publish(letter(system, 1))
    await until(lambda: begun)
    connections = broker._keeper.times
    cable.cut()
    await until(lambda: broker._keeper.times > connections)
    # The claim of the new delivery is the second one.
    await until(lambda: [len(claims) for claims in broker._consumed[f"hub.work.{system}"]._claims.values()] == [2])
    go.set()
    other = await start()
    async with asyncio.timeout(20):
        while not await other.idle(f"hub.work.{system}"):
            await asyncio.sleep(0.02)
    assert begun == [1]


@pytest.mark.slow
async def test_a_node_that_restarts_is_waited_for_and_everything_goes_on(start, system, rabbit):
    broker, seen, woken, heard = await start(), [], [], []
    await broker.publish(letter(system, 1))
    await broker.notices("api-9", woken.append)
    await broker.listen("G2G.restart", heard.append)
    await asyncio.to_thread(rabbit.stop)
    await until(lambda: broker.trouble() is not None)
    with pytest.raises(BrokerUnavailable):
        await broker.publish(letter(system, 2))
    await collect(broker, system, seen)  # Taken up as soon as the broker is back.
    await broker.notice("api-9", "lost, and nobody minds")
    assert (await broker.depth(f"hub.work.{system}"), await broker.idle(f"hub.work.{system}")) == (None, False)
    await asyncio.to_thread(rabbit.start)
    async with asyncio.timeout(60):
        await broker.ready()
    assert broker.trouble() is None
    await broker.publish(letter(system, 3))
    await until(lambda: len(seen) == 2)
    assert sorted(seen) == [1, 3]
    await broker.notice("api-9", "i-1")
    await broker.emit({"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": 1}, "G2G.restart")
    await until(lambda: woken and heard)
    assert woken == ["i-1"]


async def test_a_broker_that_is_away_at_the_start_is_no_fault(start):
    broker = await start("amqp://127.0.0.1:1/")
    assert broker.trouble()
    with pytest.raises(BrokerUnavailable):
        await broker.publish(letter("portal"))
    await broker.notice("nobody", "i")


async def test_an_alarm_makes_publications_wait_and_acknowledgements_go_on(start, system, rabbit):
    broker, go, done = await start(), asyncio.Event(), []

    async def handle(message):
        await go.wait()
        done.append(message.row)

    await broker.consume(f"hub.work.{system}", handle, prefetch=8)
    await broker.publish(letter(system, 1))
    await asyncio.to_thread(rabbit.ctl, "set_vm_memory_high_watermark", "0.00001")
    try:
        # The first publication under the alarm tells the broker that this connection publishes.
        held = [asyncio.create_task(broker.publish(letter(system, row))) for row in (2, 3)]
        await until(lambda: broker.trouble() is not None)
        assert "alarm" in broker.trouble()
        held.append(asyncio.create_task(broker.publish(letter(system, 4))))
        go.set()
        await until(lambda: 1 in done)
        other = await start()
        async with asyncio.timeout(20):
            while await other.depth(f"hub.work.{system}") != 0:
                await asyncio.sleep(0.02)
        assert not held[-1].done()
    finally:
        await asyncio.to_thread(rabbit.ctl, "set_vm_memory_high_watermark", "absolute", "2GB")
    async with asyncio.timeout(20):
        await asyncio.gather(*held)
    await until(lambda: sorted(done) == [1, 2, 3, 4])
    assert broker.trouble() is None


async def test_a_message_whose_handlers_die_is_a_dead_letter_with_its_reason(start, system, impatient_url):
    broker = await start()
    letters = await bury(broker, system)
    await broker.publish(letter(system, 5, b'{"poison":1}'))
    for _ in range(LIMIT + 1):
        dying = await Link().open(read_address(impatient_url), "dying")
        got = []
        await (await dying.lane()).consume(f"hub.work.{system}", got.append, prefetch=1)
        await until(lambda taken=got: taken)
        await dying.close()
    await until(lambda: letters)
    (found,) = letters
    assert (found.reason, found.queue, found.message.row, found.body) == (
        "delivery_limit", f"hub.work.{system}", 5, b'{"poison":1}',
    )  # fmt: skip
    assert "death" in found.text


async def test_the_limit_holds_where_the_broker_does_not_count(start, system):
    broker, seen = await start(limit=1), []
    letters = await bury(broker, system)

    async def handle(message):
        seen.append(message.row)
        raise RuntimeError("a fault of our own")

    await broker.consume(f"hub.work.{system}", handle, prefetch=1)
    await broker.publish(letter(system, 1))
    await until(lambda: letters)
    assert (letters[0].reason, letters[0].message.row, seen) == ("delivery_limit", 1, [1, 1])


async def test_a_queue_that_is_missing_hurts_no_other_and_is_taken_up_when_it_is_made(start, system, impatient_url):
    broker, seen, late = await start(patience=0.05), [], f"late_{next(NUMBERS)}"
    await collect(broker, late, seen)
    await collect(broker, system, seen)
    assert f"hub.work.{late} cannot be consumed: NOT_FOUND" in broker.trouble()
    await broker.publish(letter(system, 1))
    await until(lambda: seen == [1])
    await declare(impatient_url, [system, late], delivery_limit=LIMIT)
    await until(lambda: broker.trouble() is None)
    await broker.publish(letter(late, 2))
    await until(lambda: seen == [1, 2])
