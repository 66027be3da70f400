"""Events that were really emitted, on both brokers, are what the AsyncAPI document says."""

import json
from pathlib import Path
from random import Random

import jsonschema_rs
import pytest

from broker.amqp_broker import RabbitMqBroker
from broker.amqp_events import pack_event
from broker.cloudevents import cloud_event
from broker.memory import MemoryBroker
from broker.orders import StatusPush
from broker.topology import declare
from connectors.port import InDoubt, Refused
from tests.broker.rabbit_tools import until

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "reference" / "asyncapi.json").read_text(encoding="utf-8"))


def check(part: str, kind: str, value: object) -> None:
    schema = DOCUMENT["components"]["messages"][kind][part]
    jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]}, validate_formats=True).validate(value)


@pytest.fixture
async def happened(world, parties):
    """The events of two cases: everything that can happen to an inquiry in a minute, and a portal's push."""
    case = await world.open_case(aliases=(("portal", "P-1"),))
    world.far_side.script["ask"] = [Refused("portal.no", "no")]
    world.far_side.script["tell"] = [InDoubt("portal.lost", "lost")]
    world.far_side.asked_after = [{"echo": 1}]
    for operation, ends in (("ask", "refused"), ("ask", "answered"), ("tell", "answered")):
        accepted = await world.exchange.accept(world.order(operation, case_code=case.code))
        await world.ends(accepted.inquiry_id, ends, "in_doubt")
    push = StatusPush(parties.portal, "portal", "P-1", "10", world.clock(), 7, {}, None)
    await world.exchange.push_status(push)
    return [cloud_event(event, source="https://hub.test") for event in await world.events(case.id)]


def test_the_story_has_what_it_promises(happened):
    kinds = {event["type"].removeprefix("ir.peyvand.") for event in happened}
    assert kinds >= {"case.status", "inquiry.accepted", "inquiry.answered", "inquiry.refused", "inquiry.in_doubt"}


async def test_what_a_webhook_gets_is_described(happened):
    for event in happened:
        check("payload", event["type"].removeprefix("ir.peyvand.") + ".webhook", json.loads(json.dumps(event)))


@pytest.fixture(params=["memory", "rabbitmq"])
async def wire(request):
    """Who emits and who listens."""
    if request.param == "memory":
        broker = MemoryBroker()
        yield broker, broker
        await broker.close()
        return
    url = request.getfixturevalue("rabbit").virtual_host("described")
    await declare(url, [])
    brokers = [RabbitMqBroker(url, lease=f"described-{name}", random=Random(1), pause=0.05) for name in "ab"]
    for broker in brokers:
        await broker.start()
    yield tuple(brokers)
    for broker in brokers:
        await broker.close()


async def test_what_listeners_hear_is_described(happened, wire):
    here, there = wire
    heard = []
    await there.listen("G2G.described.#", heard.append)
    for event in happened:
        await here.emit(event, f"G2G.described.{event['type']}")
    await until(lambda: len(heard) == len(happened))
    for event in heard:
        properties, body = pack_event(event)
        name = event["type"].removeprefix("ir.peyvand.")
        check("headers", name, properties.headers)
        check("payload", name, json.loads(body))
