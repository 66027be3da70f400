"""The pieces of the RabbitMQ broker that need no server."""

import asyncio
import ssl

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.amqp_acks import Acks
from broker.amqp_address import AddressDamaged, read_address
from broker.amqp_confirms import Confirms
from broker.amqp_dead import letter_of
from broker.amqp_envelope import Arrival, Properties, Refusal, times_given_back, unwrap, wrap
from broker.amqp_events import pack_event, unpack_event
from broker.memory import fits
from broker.port import BrokerUnavailable, Message, Unroutable

SENT = Message(7, "inquiry", "portal", "0193-ab", 2, b"{}")


class Frames:
    """Keeps a broker's account of what is outstanding, and refuses what RabbitMQ would refuse."""

    def __init__(self, delivered):
        self.outstanding = set(range(1, delivered + 1))
        self.sent = []

    def ack(self, tag, *, multiple):
        assert tag in self.outstanding, "unknown delivery tag"
        self.outstanding -= {held for held in self.outstanding if held == tag or (multiple and held < tag)}
        self.sent.append((tag, multiple))

    def nack(self, tag, *, requeue):
        assert tag in self.outstanding, "unknown delivery tag"
        self.outstanding.discard(tag)


async def test_acknowledgements_of_one_turn_go_as_one_frame():
    frames = Frames(5)
    acks = Acks(frames)
    for tag in (2, 1, 3, 5):
        acks.ack(tag)
    assert frames.sent == []
    await asyncio.sleep(0)
    assert frames.sent == [(3, True), (5, False)]
    acks.ack(4)
    await asyncio.sleep(0)
    assert (frames.sent[2:], frames.outstanding) == ([(4, True)], set())


@given(
    st.lists(st.tuples(st.sampled_from(["ack", "ack", "ack", "give_back", "refuse"]), st.booleans()), max_size=60),
    st.randoms(use_true_random=False),
)
async def test_whatever_the_order_each_message_is_settled_once_and_none_too_early(ends, random):
    frames, open_tags = Frames(len(ends)), set(range(1, len(ends) + 1))
    acks = Acks(frames)
    order = list(enumerate(ends, 1))
    random.shuffle(order)
    for tag, (end, flush) in order:
        getattr(acks, end)(tag)
        open_tags.discard(tag)
        if flush:
            acks.flush()
            assert frames.outstanding == open_tags
    acks.flush()
    assert frames.outstanding == set()


async def test_a_multiple_confirm_ends_all_before_it():
    confirms = Confirms()
    futures = [confirms.expect() for _ in range(5)]
    confirms.settle(2, multiple=False, taken=True)
    confirms.settle(4, multiple=True, taken=True)
    assert [future.done() for future in futures] == [True, True, True, True, False]
    assert len(confirms) == 1


async def test_a_return_comes_before_its_confirm_and_decides():
    confirms = Confirms()
    lost, taken = confirms.expect(), confirms.expect()
    confirms.returned(1, "no queue")
    assert not lost.done()
    confirms.settle(2, multiple=True, taken=True)
    with pytest.raises(Unroutable, match="no queue"):
        await lost
    assert await taken is None


async def test_a_negative_confirm_and_a_lost_connection_leave_the_message_owed():
    confirms = Confirms()
    refused, lost, left = confirms.expect(), confirms.expect(), confirms.expect()
    left.cancel()
    confirms.settle(1, multiple=False, taken=False)
    confirms.fail("gone")
    for future, words in ((refused, "refused"), (lost, "gone")):
        with pytest.raises(BrokerUnavailable, match=words):
            await future
    confirms.settle(3, multiple=True, taken=True)
    assert (len(confirms), confirms.oldest_since) == (0, None)


@given(
    st.builds(
        Message,
        st.integers(0, 2**63 - 1),
        st.sampled_from(["inquiry", "resolve", "delivery"]),
        st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True),
        st.uuids().map(str),
        st.integers(0, 1000),
        st.binary(max_size=100),
    )
)
def test_a_message_survives_its_envelope(message):
    assert unwrap(Arrival(1, message.queue, wrap(message), message.body), message.queue) == message


VALUES = st.none() | st.integers() | st.text(max_size=20) | st.booleans() | st.lists(st.integers(), max_size=3)
HEADERS = st.dictionaries(
    st.sampled_from(["v", "row", "system", "tries", "CC", "BCC", "x-death", "x-delivery-count", "other"]), VALUES
)
WORDS = st.none() | st.text(max_size=10) | st.sampled_from(["peyvand", "inquiry"])


@given(st.builds(Properties, WORDS, WORDS, WORDS, WORDS, WORDS, st.integers(1, 2), HEADERS), st.binary())
def test_anything_else_is_refused_with_a_code_and_never_raises(properties, body):
    arrival = Arrival(1, "hub.work.portal", properties, body)
    found = unwrap(arrival, "hub.work.portal")
    if isinstance(found, Refusal):
        assert found.code.startswith("message.")
    else:
        assert (properties.app, properties.headers["v"], found.system) == ("peyvand", 1, "portal")
    assert letter_of(arrival).size == len(body)
    assert times_given_back(arrival) >= 0


@pytest.mark.parametrize(
    ("deaths", "reason", "queue"),
    [
        ([{"reason": "delivery_limit", "queue": "hub.work.portal", "count": 1}], "delivery_limit", "hub.work.portal"),
        ([{"reason": "expired", "queue": "hub.work.portal"}, {"reason": "rejected"}], "expired", "hub.work.portal"),
        ([{"reason": "<script>", "queue": "elsewhere"}], "unknown", ""),
        ([{"reason": ["a"], "queue": 5}], "unknown", ""),
        ("rejected", "unknown", ""),
        ([], "unknown", ""),
        (None, "unknown", ""),
    ],
)
def test_the_reason_of_a_death_is_one_that_the_broker_writes(deaths, reason, queue):
    properties = wrap(SENT)
    arrival = Arrival(1, "", Properties(
        properties.app, properties.type, properties.id, headers={**properties.headers, "x-death": deaths}
    ), b"{}")  # fmt: skip
    letter = letter_of(arrival)
    assert (letter.reason, letter.queue, letter.message.row) == (reason, queue, 7)


def test_an_event_keeps_its_attributes_and_its_data():
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "subject": None, "data": {"title": "باز"}}
    properties, body = pack_event(event)
    assert properties.headers["cloudEvents_type"] == "t"
    assert "cloudEvents_subject" not in properties.headers
    assert orjson.loads(body) == {"title": "باز"}
    back = unpack_event(Arrival(1, "k", properties, body))
    assert back == {**{k: v for k, v in event.items() if v is not None}, "datacontenttype": "application/json"}
    assert unpack_event(Arrival(1, "k", properties, b"{")) is None
    assert unpack_event(Arrival(1, "k", Properties(headers=properties.headers), body)) is None
    assert unpack_event(Arrival(1, "k", Properties(app="peyvand"), body)) is None


@pytest.mark.parametrize(
    ("pattern", "key", "hit"),
    [
        ("a.*.c", "a.b.c", True), ("a.*", "a.b.c", False), ("a.#", "a", True), ("a.#", "a.b.c", True),
        ("#", "", True), ("#.c", "a.b.c", True), ("#.c", "a.b", False), ("*", "a.b", False), ("a", "a", True),
    ],
)  # fmt: skip
def test_patterns_fit_as_topic_exchanges_fit(pattern, key, hit):
    assert fits(pattern.split("."), key.split(".")) is hit


def test_an_address_is_read_whole():
    address = read_address("amqp://hub:p%40ss@mq.example:5673/city%2Fhub?heartbeat=30&connection_timeout=4")
    assert (address.host, address.port, address.virtual_host) == ("mq.example", 5673, "city/hub")
    assert (address.username, address.password, address.heartbeat) == ("hub", "p@ss", 30)
    assert (address.connection_timeout, address.tls, address.external) == (4.0, None, False)
    assert "p@ss" not in repr(address)
    assert address.place == "mq.example:5673/city/hub"
    assert read_address("amqp://mq.example").port == 5672
    secure = read_address("amqps://mq.example")
    assert (secure.port, secure.tls.verify_mode, secure.tls.check_hostname) == (5671, ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://mq.example", "amqp://host"),
        ("amqp:///hub", "amqp://host"),
        ("amqp://u:s3cret@h:notaport/", "cannot be read"),
        ("amqp://u:s3cret@h/?heartbeats=5", "unknown key: heartbeats"),
        ("amqp://u:s3cret@h/?heartbeat=never", "heartbeat is not a number"),
        ("amqp://u:s3cret@h/?heartbeat=0", "between 1 and 600"),
        ("amqps://u:s3cret@h/?verify=verify_none", "always verified"),
        ("amqps://u:s3cret@h/?cacertfile=/nowhere.pem", "cacertfile names no file"),
        ("amqps://u:s3cret@h/?auth_mechanism=external", "needs amqps and a certfile"),
    ],
)
def test_a_wrong_address_is_named_without_its_password(url, words):
    with pytest.raises(AddressDamaged, match=words) as damaged:
        read_address(url)
    assert "s3cret" not in str(damaged.value)
