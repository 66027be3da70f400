"""Rows that dead processes left, and rows the broker lost: each against a real RabbitMQ and a real ledger."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from broker.amqp_broker import RabbitMqBroker
from broker.port import HELD_BY_BROKER, Message
from broker.pulse import Pulse
from broker.rescue import LONGEST_HELD, Rescue
from broker.roles import EVERY
from broker.topology import declare
from registry import outbox, processes
from registry.processes import ALIVE_WITHIN
from registry.schema_upgrade import upgrade
from registry.store import Store


@pytest.fixture
async def ground(rabbit, tmp_path):
    from tests.broker.conftest import Clock

    url, clock = f"sqlite:///{tmp_path}/hub.db", Clock()
    upgrade(url)
    store = Store.open(url, clock=clock)
    address = rabbit.virtual_host(f"rescue-{tmp_path.name}")
    await declare(address, ["portal"])
    broker = RabbitMqBroker(address, lease="me", random=Random(1), pause=0.05)
    await broker.start()
    await broker.ready()
    pulse = Pulse(store, lease="me", roles=EVERY, clock=clock)
    looks: list[int] = []
    rescue = Rescue(store, broker, pulse, lease="me", look=lambda: looks.append(1), clock=clock)
    yield store, broker, rescue, clock, looks
    await broker.close()
    await store.close()


async def owed(store, clock, lease):
    row = await store.write(
        lambda t: outbox.owe(t, kind="inquiry", system="portal", ref="i", body=b"{}", due_at=clock(), lease="x")
    )
    await store.write(lambda t: outbox.queued(t, [row.id], lease=lease))
    return row


async def test_what_the_broker_lost_is_owed_again(ground):
    store, _, rescue, clock, looks = ground
    row = await owed(store, clock, HELD_BY_BROKER)
    assert await rescue.find_lost() == 1
    assert [found.id for found in await store.read(lambda t: outbox.due(t, clock(), 10))] == [row.id]
    assert looks == [1]


async def test_what_waits_in_the_queue_is_not_lost(ground):
    store, broker, rescue, clock, _ = ground
    row = await owed(store, clock, HELD_BY_BROKER)
    await broker.publish(Message(row.id, "inquiry", "portal", "i", 0, b"{}"))
    assert await rescue.find_lost() == 0


async def test_what_a_worker_holds_is_not_lost(ground):
    store, broker, rescue, clock, _ = ground
    row = await owed(store, clock, HELD_BY_BROKER)
    gate, taken = asyncio.Event(), asyncio.Event()

    async def slow(_message):
        taken.set()
        await gate.wait()

    await broker.consume("hub.work.portal", slow, prefetch=4)
    await broker.publish(Message(row.id, "inquiry", "portal", "i", 0, b"{}"))
    await asyncio.wait_for(taken.wait(), 5)
    assert await rescue.find_lost() == 0
    gate.set()


async def test_rows_of_a_process_that_is_gone_are_adopted_and_those_of_a_living_one_are_not(ground):
    store, _, rescue, clock, _ = ground
    await store.write(lambda t: processes.beat(t, "lives", "worker", clock()))
    await store.write(lambda t: processes.beat(t, "gone", "worker", clock() - ALIVE_WITHIN - timedelta(seconds=1)))
    gone, living = await owed(store, clock, "gone"), await owed(store, clock, "lives")
    assert await rescue.adopt() == 1
    found = {row.id: row for row in await store.read(lambda t: outbox.of_ref(t, "i"))}
    assert (found[gone.id].state, found[gone.id].lease) == ("owed", "")
    assert (found[living.id].state, found[living.id].lease) == ("queued", "lives")


async def test_a_queue_that_never_rests_is_found_to_have_lost_a_row_once_it_has_passed_it_over(ground):
    """One row is lost, one is held for long; later rows come out of the queue while it is never empty."""
    store, broker, rescue, clock, looks = ground
    lost, slow = await owed(store, clock, HELD_BY_BROKER), await owed(store, clock, HELD_BY_BROKER)
    gate, taken = asyncio.Event(), asyncio.Queue()

    async def hold(message):
        taken.put_nowait(message.row)
        await gate.wait()

    async def publish(row):
        await broker.publish(Message(row.id, "inquiry", "portal", "i", 0, b"{}"))

    await publish(slow)
    await broker.consume("hub.work.portal", hold, prefetch=2)
    assert await asyncio.wait_for(taken.get(), 5) == slow.id
    assert await rescue.find_lost() == 0
    clock.pass_by(2 * LONGEST_HELD)
    assert await rescue.find_lost() == 0  # Nothing newer has come out: it may wait in the queue still.
    later = [await owed(store, clock, HELD_BY_BROKER) for _ in range(3)]
    for row in later:
        await publish(row)
    assert await asyncio.wait_for(taken.get(), 5) == later[0].id
    async with asyncio.timeout(5):
        while await broker.depth("hub.work.portal") != 2:
            await asyncio.sleep(0.02)
    assert await rescue.find_lost() == 0  # Passed over; but somebody may hold it for as long as a call takes.
    await store.write(lambda t: outbox.settle(t, slow.id))
    clock.pass_by(LONGEST_HELD)
    assert await rescue.find_lost() == 1
    found = {row.id: row.state for row in await store.read(lambda t: outbox.of_ref(t, "i"))}
    assert found == {lost.id: "owed", **{row.id: "queued" for row in later}}
    assert looks == [1]
    gate.set()
