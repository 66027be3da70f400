"""A message as the broker carries it, and the check of everything that comes back from there.

Whoever may write to the broker may write anything, so a message is taken for ours only when all of it is in order;
headers that steer routing or replies (`CC`, `BCC`, `x-death`, `reply_to`) are never obeyed and never sent by the hub.
Nothing personal is in properties or headers: bodies hold it sealed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.port import KINDS, Message

APP = "peyvand"
VERSION = 1
LARGEST = 2 * 1024 * 1024
"""Bytes of a body: the largest request that the gateway takes, sealed and in Base64, with room."""
STEERING = frozenset({"CC", "BCC"})
FORGED = "it carries headers that steer routing or replies, or tell of a death that was none"
DEAD_REASONS = frozenset({"rejected", "expired", "maxlen", "delivery_limit"})
PERSISTENT, TRANSIENT = 2, 1
HIGHEST_ROW = 2**63 - 1
NAME = re.compile(r"[A-Za-z0-9_.-]{0,64}")
REF = re.compile(r"[A-Za-z0-9:._-]{1,128}")


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of AMQP 0-9-1 that the hub uses."""

    app: str | None = None
    type: str | None = None
    id: str | None = None
    content_type: str | None = None
    reply_to: str | None = None
    mode: int = PERSISTENT
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery, unchecked. `tag` is its number on its channel."""

    tag: int
    key: str
    properties: Properties
    body: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an arrival is not executed: a stable code and a sentence without anything that the sender wrote."""

    code: str
    text: str


def wrap(message: Message) -> Properties:
    """Give the properties of a message of ours."""
    return Properties(
        app=APP,
        type=message.kind,
        id=message.ref,
        content_type="application/json",
        headers={"v": VERSION, "row": message.row, "system": message.system, "tries": message.tries},
    )


def unwrap(arrival: Arrival, queue: str) -> Message | Refusal:
    """Check an arrival from `queue` and read it."""
    if steers(arrival) or "x-death" in arrival.properties.headers:
        return Refusal("message.forged", FORGED)
    return read(arrival, queue)


def read(arrival: Arrival, queue: str | None) -> Message | Refusal:
    """Read an arrival whatever its routing headers are; with `queue`, only one that belongs there."""
    fault = _fault_of_origin(arrival)
    if fault is not None:
        return fault
    properties, headers = arrival.properties, arrival.properties.headers
    kind, ref, system = properties.type, properties.id, headers.get("system")
    row, tries = headers.get("row"), headers.get("tries")
    if kind not in KINDS:
        return Refusal("message.kind", "its kind is unknown")
    if not (_text(ref, REF) and _text(system, NAME) and _number(row) and _number(tries)):
        return Refusal("message.malformed", "its row, reference, system or number of tries cannot be read")
    message = Message(row, kind, system, ref, tries, arrival.body)  # type: ignore[arg-type] # Checked above.
    if queue is not None and message.queue != queue:
        return Refusal("message.misrouted", f"it belongs to another queue than {queue}")
    return message


def _fault_of_origin(arrival: Arrival) -> Refusal | None:
    if arrival.properties.app != APP:
        return Refusal("message.foreign", "it was not sent by a hub")
    if arrival.properties.headers.get("v") != VERSION:
        return Refusal("message.version", f"its version is not {VERSION}")
    if len(arrival.body) > LARGEST:
        return Refusal("message.oversized", f"its body has {len(arrival.body)} bytes; {LARGEST} are the most")
    return None


def steers(arrival: Arrival) -> bool:
    """Tell whether the sender tried to steer routing or replies, or wrote deaths that the broker added to."""
    properties = arrival.properties
    deaths = properties.headers.get("x-death")
    invented = isinstance(deaths, list) and len(deaths) > 1
    return bool(invented or properties.reply_to is not None or STEERING.intersection(properties.headers))


def times_given_back(arrival: Arrival) -> int:
    """Read RabbitMQ's own count for quorum queues; only the breath between two tries depends on it."""
    count = arrival.properties.headers.get("x-delivery-count")
    return count if isinstance(count, int) and 0 <= count <= 1_000 else 0  # noqa: PLR2004 - beyond any limit of ours.


def death_of(arrival: Arrival) -> tuple[str, str]:
    """Read from which queue and for which reason the broker moved a message to the dead letters, as far as known.

    Only the latest entry of `x-death` counts, and only values that RabbitMQ itself may write.
    """
    deaths = arrival.properties.headers.get("x-death")
    latest = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], Mapping) else {}
    reason, queue = latest.get("reason"), latest.get("queue")
    return (
        queue if isinstance(queue, str) and queue.startswith("hub.") else "",
        reason if isinstance(reason, str) and reason in DEAD_REASONS else "unknown",
    )


def _text(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= HIGHEST_ROW
