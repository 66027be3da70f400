"""Queues and exchanges are made once, compared in words, and never changed."""

import pytest

from broker.amqp_address import read_address
from broker.rabbitmq import Link
from broker.topology import TopologyConflict, check, declare, plan

ALL_WORK = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 8,
    "x-dead-letter-exchange": "hub.dead",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}


@pytest.fixture(scope="module")
def url(rabbit):
    return rabbit.virtual_host("topology")


@pytest.fixture
async def lane(url):
    link = await Link().open(read_address(url), "an operator")
    yield await link.lane()
    await link.close()


def test_a_plan_has_a_queue_for_each_system_and_for_the_hubs_own_work():
    queues = {queue.name: queue for queue in plan(["setad", "land_window", "setad"]).queues}
    assert list(queues) == ["hub.dead", "hub.work.land_window", "hub.work.setad", "hub.delivery"]
    assert queues["hub.work.setad"].arguments == ALL_WORK
    assert all(queue.arguments["x-delivery-limit"] > 0 for queue in queues.values())


@pytest.mark.parametrize("name", ["", "Setad", "a.b", "a#", "x" * 64, "1a"])
def test_a_system_is_named_plainly(name):
    with pytest.raises(ValueError, match="not a system's name"):
        plan([name])


async def test_declaring_is_repeatable_and_grows_with_the_systems(url):
    assert "Exchange hub.work is missing: run `hub init`." in await check(url, [])
    first = await declare(url, ["portal"])
    assert await declare(url, ["portal"]) == first
    assert await check(url, ["portal"]) == []
    assert await check(url, ["portal", "later"]) == ["Queue hub.work.later is missing: run `hub init`."]
    await declare(url, ["portal", "later"])
    assert await check(url, ["portal", "later"]) == []


async def test_a_queue_of_another_shape_is_refused_by_name_and_argument(url, lane):
    await declare(url, ["portal"])
    await lane.declare_queue("hub.work.odd", arguments={**ALL_WORK, "x-delivery-limit": 3})
    await lane.declare_queue("hub.work.classic")
    with pytest.raises(TopologyConflict) as conflict:
        await declare(url, ["portal", "odd", "classic"])
    by_queue = dict(zip(("classic", "odd"), conflict.value.findings, strict=True))
    assert "Queue hub.work.odd exists with another x-delivery-limit" in by_queue["odd"]
    assert "'8'" in by_queue["odd"]
    assert "'3'" in by_queue["odd"]
    assert "Queue hub.work.classic exists with another x-" in by_queue["classic"]
    assert len(await check(url, ["portal", "odd", "classic"])) == 2


async def test_an_exchange_of_another_kind_is_refused(rabbit):
    import asyncio

    url = await asyncio.to_thread(rabbit.virtual_host, "odd-exchange")
    link = await Link().open(read_address(url), "an operator")
    await (await link.lane()).declare_exchange("hub.events", "fanout")
    await link.close()
    with pytest.raises(TopologyConflict, match=r"Exchange hub\.events exists with another type"):
        await declare(url, [])


async def test_what_a_newer_hub_has_declared_is_left_alone(url, lane):
    await lane.declare_exchange("hub.topology.v2", "fanout", internal=True)
    with pytest.raises(TopologyConflict, match="newer hub"):
        await declare(url, ["portal"])
    assert any("newer hub" in finding for finding in await check(url, ["portal"]))
