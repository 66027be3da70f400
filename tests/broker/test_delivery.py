import asyncio
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from broker.amqp_envelope import REF
from connectors.serving import listen, serving
from pki import webhook
from registry import events, outbox, subscriptions
from registry.subscriptions import Subscription


class Listener:
    """A subscriber over real HTTP that answers from a script, 204 once the script is over."""

    def __init__(self) -> None:
        self.script: list[int] = []
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def hear(self, request):
        self.heard.append((dict(request.headers), await request.body()))
        return Response(status_code=self.script.pop(0) if self.script else 204)


@pytest.fixture
async def subscribed(world, parties):
    listener = Listener()
    app = Starlette(routes=[Route("/", listener.hear, methods=["POST"])])
    async with serving(app, listen("127.0.0.1", 0)) as url:
        listener.secret = webhook.new_secret()
        keeper = world.flow.secrets
        subscription = Subscription(
            "s1", parties.permits, url + "/", ("ir.peyvand.inquiry.answered",), keeper.seal("s1", [listener.secret]),
            "active", None, world.clock(),
        )  # fmt: skip
        await world.store.write(lambda t: subscriptions.put(t, subscription))
        await world.current.refresh()
        yield listener


async def settled(world):
    """Everything recorded so far has been told or passed over, and every delivery has come to its end."""
    async with asyncio.timeout(10):
        while await to_tell(world) or await world.store.read(outbox.depth):
            await asyncio.sleep(0.01)


async def to_tell(world):
    if not any(item.state == "active" for item in world.current.value.subscriptions.values()):
        return 0
    told, newest = await world.store.read(events.told)
    return newest - told


async def attempts(world):
    return await world.store.read(lambda t: subscriptions.attempts(t, "s1"))


async def test_an_event_is_delivered_signed_as_a_cloud_event(world, subscribed):
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "answered")
    await settled(world)
    assert len(subscribed.heard) == 1
    headers, body = subscribed.heard[0]
    webhook.verify(subscribed.secret, headers, body, now=world.clock())
    event = orjson.loads(body)
    assert (event["specversion"], event["type"]) == ("1.0", "ir.peyvand.inquiry.answered")
    assert (event["subject"], headers["webhook-id"]) == (accepted.tracking_code, event["id"])


async def test_another_participants_events_are_not_told(world, subscribed, parties):
    accepted = await world.exchange.accept(world.order(caller=parties.other))
    await world.ends(accepted.inquiry_id, "answered")
    await settled(world)
    assert subscribed.heard == []


async def test_a_failing_subscriber_is_tried_again_under_the_same_id(world, subscribed):
    subscribed.script = [500, 503]
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "answered")
    for expected in (1, 2, 3):
        async with asyncio.timeout(10):
            while len(await attempts(world)) < expected:
                await asyncio.sleep(0.01)
        world.clock.pass_by(timedelta(hours=1))
        world.flow.relay.look()
    await settled(world)
    assert [attempt.status for attempt in await attempts(world)] == [500, 503, 204]
    assert len({headers["webhook-id"] for headers, _ in subscribed.heard}) == 1


async def test_410_disables_the_subscription_with_its_reason(world, subscribed):
    subscribed.script = [410]
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "answered")
    await settled(world)
    found = await world.store.read(lambda t: subscriptions.get(t, "s1"))
    assert (found.state, found.reason) == ("disabled", "the subscriber answered 410 Gone")
    again = await world.exchange.accept(world.order())
    await world.ends(again.inquiry_id, "answered")
    await settled(world)
    assert len(subscribed.heard) == 1


async def test_a_subscriber_hears_the_events_of_a_case_in_their_order(world, subscribed):
    """The first answer is refused twice; nothing later about the case overtakes it."""
    await world.store.write(lambda t: subscriptions.put(t, replace(subscriptions.get(t, "s1"), types=("*",))))
    await world.current.refresh()
    subscribed.script = [503, 503]
    case = await world.open_case()
    for _ in range(5):
        accepted = await world.exchange.accept(world.order(case_code=case.code))
        await world.ends(accepted.inquiry_id, "answered")
    other = await world.exchange.accept(world.order())
    await world.ends(other.inquiry_id, "answered")
    async with asyncio.timeout(20):
        while await to_tell(world) or await world.store.read(outbox.depth):
            world.clock.pass_by(timedelta(minutes=10))
            world.flow.relay.look()
            await asyncio.sleep(0.02)
    heard = [orjson.loads(body) for _, body in subscribed.heard]
    of_case = [event["data"]["sequence"] for event in heard if event["subject"] == case.code]
    assert of_case == sorted(of_case)
    assert set(of_case) == set(range(1, 12))
    assert len(heard) == 11 + 3 + 2


async def test_what_a_delivery_is_called_may_travel_over_amqp(world, subscribed):
    subscribed.script = [500] * 20
    accepted = await world.exchange.accept(world.order())
    await world.ends(accepted.inquiry_id, "answered")
    async with asyncio.timeout(10):
        while not await attempts(world):
            await asyncio.sleep(0.01)
    rows = await world.store.read(lambda t: outbox.due(t, world.clock() + timedelta(days=1), 10))
    assert [bool(REF.fullmatch(row.ref)) for row in rows] == [True]
