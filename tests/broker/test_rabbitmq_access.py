"""Who may speak to the broker, and what of it the hub believes."""

import asyncio
import struct
from pathlib import Path

import pika
import pytest

from broker.amqp_address import read_address
from broker.amqp_envelope import LARGEST, Properties, wrap
from broker.amqp_errors import BrokerRefusesUs, LaneClosed
from broker.port import Message
from broker.rabbitmq import Link
from broker.topology import declare
from tests.broker.rabbit_tools import bury, collect, letter, until

GOOD = wrap(Message(1, "inquiry", "SYSTEM", "ref-1", 0, b""))


def forged(**changes):
    headers = {**GOOD.headers, **changes.pop("headers", {})}
    kept = {"app": GOOD.app, "type": GOOD.type, "id": GOOD.id, **changes}
    return Properties(**kept, headers={name: value for name, value in headers.items() if value is not None})


@pytest.mark.parametrize(
    ("properties", "body", "code"),
    [
        (Properties(), b"{}", "message.foreign"),
        (forged(headers={b"\xff": "x", "v": None}), b"{}", "message.version"),
        (forged(app="other"), b"{}", "message.foreign"),
        (forged(headers={"v": None}), b"{}", "message.version"),
        (forged(headers={"v": 2}), b"{}", "message.version"),
        (forged(headers={"v": "1"}), b"{}", "message.version"),
        (forged(), b"x" * (LARGEST + 1), "message.oversized"),
        (forged(type="shell"), b"{}", "message.kind"),
        (forged(type="delivery"), b"{}", "message.misrouted"),
        (forged(headers={"system": "elsewhere"}), b"{}", "message.misrouted"),
        (forged(headers={"row": -1}), b"{}", "message.malformed"),
        (forged(headers={"row": "1"}), b"{}", "message.malformed"),
        (forged(id="x" * 129), b"{}", "message.malformed"),
        (forged(id=None), b"{}", "message.malformed"),
        (forged(headers={"CC": ["hub.work.elsewhere"]}), b"{}", "message.forged"),
        (forged(headers={"x-death": [{"reason": "delivery_limit", "queue": "hub.delivery"}]}), b"{}", "message.forged"),
        (forged(reply_to="hub.delivery"), b"{}", "message.forged"),
    ],
    ids=lambda value: None if isinstance(value, bytes | Properties) else value,
)
async def test_a_forged_message_is_never_executed_and_never_lost(start, system, impatient_url, properties, body, code):
    refused, seen = [], []
    broker = await start(refused=lambda queue, refusal: refused.append((queue, refusal.code)))
    letters = await bury(broker, system)
    await collect(broker, system, seen)
    if properties.headers.get("system") == "SYSTEM":
        properties = Properties(
            properties.app, properties.type, properties.id, reply_to=properties.reply_to,
            headers={**properties.headers, "system": system},
        )  # fmt: skip
    link = await Link().open(read_address(impatient_url), "forger")
    lane = await link.lane()
    lane.publish("hub.work", f"hub.work.{system}", body, properties)
    await until(lambda: letters and refused)
    await link.close()
    assert refused == [(f"hub.work.{system}", code)]
    assert seen == []
    (found,) = letters
    assert (found.reason, found.size) == (code, len(body))
    assert found.body == body[:4096]


class OutOfTime(pika.BasicProperties):
    """A header whose time, far out of any calendar, pika cannot decode; RabbitMQ lets it pass."""

    def encode(self):
        text = b"S" + struct.pack(">I", 4) + b"ABCD"
        return [piece.replace(text, b"T" + struct.pack(">Q", 2**63)) for piece in [b"".join(super().encode())]]


async def test_a_header_that_cannot_be_decoded_costs_no_connection(start, system, impatient_url):
    broker, seen, letters = await start(), [], []

    async def keep(found):
        letters.append((found.reason, found.body))

    await broker.dead(keep)
    await collect(broker, system, seen)
    link = await Link().open(read_address(impatient_url), "forger")
    lane = await link.lane()
    lane._channel.basic_publish("hub.work", f"hub.work.{system}", b"odd one", OutOfTime(headers={"weight": "ABCD"}))
    await until(lambda: ("message.foreign", b"odd one") in letters)
    await broker.publish(letter(system, 2))
    await until(lambda: seen == [2])
    await link.close()
    assert broker._keeper.times == 1


async def test_a_client_certificate_opens_the_door(rabbit, start, system):
    await asyncio.to_thread(_admit, rabbit)
    broker, seen = await start(rabbit.tls_url("&auth_mechanism=external").replace("/?", "/impatient?")), []
    assert broker.trouble() is None
    await collect(broker, system, seen)
    await broker.publish(letter(system, 1))
    await until(lambda: seen == [1])


def _admit(rabbit):
    if "hub-tls" not in rabbit.ctl("list_users"):
        rabbit.ctl("add_user", "hub-tls", "never used")
        rabbit.ctl("clear_password", "hub-tls")
    rabbit.ctl("set_permissions", "-p", "impatient", "hub-tls", ".*", ".*", ".*")


async def test_a_broker_with_another_authority_is_not_spoken_to(rabbit, tmp_path, start):
    other = rabbit.tls_url("&auth_mechanism=external").split("&certfile")[1]
    strange = rabbit.folder / "client.pem"  # A certificate that is no authority.
    broker = await start(f"amqps://127.0.0.1:{rabbit.tls_port}/?cacertfile={strange}&certfile{other}")
    assert broker.trouble()


async def test_a_wrong_password_is_named_and_not_repeated(rabbit):
    with pytest.raises(BrokerRefusesUs) as refused:
        await Link().open(read_address(f"amqp://guest:s3cret-word@127.0.0.1:{rabbit.port}/"), "intruder")
    assert "s3cret-word" not in str(refused.value)


async def test_each_role_may_do_its_own_work_and_no_more(rabbit, start, definitions):
    await asyncio.to_thread(definitions, "hub-init", "hub-worker", "hub-api", "hub-delivery", "hub-relay")

    def url(user):
        return f"amqp://{user}:synthetic@127.0.0.1:{rabbit.port}/hub"

    await declare(url("hub-init"), ["portal"])
    seen, woken, letters = [], [], []
    worker, api, relay = [await start(url(f"hub-{role}")) for role in ("worker", "api", "relay")]
    await collect(worker, "portal", seen)
    await api.notices("api", woken.append)
    await relay.dead(letters.append)
    await api.publish(letter("portal", 1))
    await until(lambda: seen == [1])
    await worker.notice("api", "i-1")
    await until(lambda: woken == ["i-1"])
    assert await relay.idle("hub.work.portal")
    await collect(api, "portal", [])
    assert "hub.work.portal cannot be consumed: ACCESS_REFUSED" in api.trouble()
    await api.publish(letter("portal", 2))
    await until(lambda: seen == [1, 2])
    for exchange, key in (("", "hub.work.portal"), ("hub.dead", "")):
        link = await Link().open(read_address(url("hub-worker")), "worker")
        lane = await link.lane()
        lane.publish(exchange, key, b"{}", Properties())
        assert "ACCESS_REFUSED" in await asyncio.wait_for(link.lost, 10)
        await link.close()
    link = await Link().open(read_address(url("hub-worker")), "worker")
    with pytest.raises(LaneClosed, match="ACCESS_REFUSED"):
        await (await link.lane(expendable=True)).declare_queue("hub.work.mine")
    await link.close()


@pytest.fixture
def definitions(rabbit):
    """Import the file of `deploy/` and give some of its users a password for the test."""

    def bring(*users):
        file = Path(__file__).parents[2] / "deploy" / "rabbitmq" / "definitions.json"
        rabbit.ctl("import_definitions", str(file))
        for user in users:
            rabbit.ctl("change_password", user, "synthetic")

    return bring
