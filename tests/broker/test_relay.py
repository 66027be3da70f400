import asyncio
from datetime import timedelta

import pytest

from broker import relay as relay_module
from broker.meters import Meters
from broker.port import BrokerUnavailable, Unroutable
from broker.relay import HOMELESS, Relay
from registry import outbox
from registry.schema_upgrade import upgrade
from registry.store import Store
from tests.broker.conftest import Clock


class Post:
    """Takes what it is told to take."""

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.away = False
        self.unknown: set[str] = set()

    async def publish(self, message):
        if self.away:
            raise BrokerUnavailable("away")
        if message.system in self.unknown:
            raise Unroutable(f"no queue for {message.system}")
        self.taken.append(message.row)


@pytest.fixture
async def ground(tmp_path):
    url, clock, post = f"sqlite:///{tmp_path}/hub.db", Clock(), Post()
    upgrade(url)
    store = Store.open(url, clock=clock)
    relay = Relay(store, post, lease="me", clock=clock, meters=Meters())
    running = asyncio.create_task(relay.run())
    yield store, relay, clock, post
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await store.close()


async def owe(store, clock, system="portal", *, due=timedelta(0), lease="me"):
    return await store.write(
        lambda t: outbox.owe(t, kind="delivery", system=system, ref="r", body=b"{}", due_at=clock() + due, lease=lease)
    )


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_handed_rows_are_published_and_marked(ground):
    store, relay, clock, post = ground
    row = await owe(store, clock)
    relay.hand_over([row])
    await until(lambda: post.taken == [row.id])
    async with asyncio.timeout(5):
        while (await store.read(lambda t: outbox.of_ref(t, "r")))[0].state != "queued":
            await asyncio.sleep(0.005)


async def test_a_broker_that_is_away_is_waited_for_and_nothing_is_forgotten(ground):
    store, relay, clock, post = ground
    post.away = True
    row = await owe(store, clock)
    relay.hand_over([row])
    await asyncio.sleep(0.05)
    assert post.taken == []
    post.away = False
    await until(lambda: post.taken == [row.id])


async def test_a_missing_queue_holds_up_nobody_else(ground):
    store, relay, clock, post = ground
    post.unknown = {"nowhere"}
    homeless, other = await owe(store, clock, "nowhere"), await owe(store, clock)
    relay.hand_over([homeless, other])
    await until(lambda: post.taken == [other.id])
    later = await owe(store, clock)
    relay.hand_over([later])
    await until(lambda: post.taken == [other.id, later.id])
    post.unknown = set()
    clock.pass_by(HOMELESS + timedelta(seconds=1))
    relay.look()
    await until(lambda: homeless.id in post.taken)


async def test_rows_due_later_are_taken_from_the_table_when_they_are_due(ground):
    store, relay, clock, post = ground
    row = await owe(store, clock, due=timedelta(hours=1), lease="")
    relay.look()
    await asyncio.sleep(0.05)
    assert post.taken == []
    clock.pass_by(timedelta(hours=1))
    relay.look()
    await until(lambda: post.taken == [row.id])


async def test_what_memory_has_no_room_for_is_read_from_the_ledger(ground, monkeypatch):
    store, relay, clock, post = ground
    monkeypatch.setattr(relay_module, "MOST_HANDED", 3)
    monkeypatch.setattr(relay_module, "BATCH", 2)
    post.away = True
    rows = [await owe(store, clock) for _ in range(9)]
    for row in rows:
        relay.hand_over([row])
    assert len(relay._handed) <= 3
    post.away = False
    await until(lambda: len(post.taken) == 9)
    async with asyncio.timeout(5):
        while {row.state for row in await store.read(lambda t: outbox.of_ref(t, "r"))} != {"queued"}:
            await relay.mark()  # The relay itself may have some of them in hand.
    assert sorted(post.taken) == [row.id for row in rows]


async def test_a_row_that_is_settled_before_its_mark_needs_none(ground):
    store, relay, clock, post = ground
    row = await owe(store, clock)
    relay.hand_over([row])
    await until(lambda: post.taken == [row.id])
    await store.write(lambda t: outbox.settle(t, row.id))
    await relay.mark()
    assert await store.read(outbox.depth) == {}
