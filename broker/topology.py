"""Every exchange and queue of the hub, as data; made by `declare` at deployment, only looked at afterwards.

    hub.work    direct  → hub.work.<system>, hub.delivery              (quorum, delivery limit, dead letters)
    hub.events  topic   → queues of subscribers                        (CloudEvents, binary mode)
    hub.notice  direct  → hub.notice.<lease>                           (exclusive, one for each process)
    hub.dead    fanout  → hub.dead                                     (quorum)

Nothing is declared while messages flow: a RabbitMQ node that dies within a second of declaring a quorum queue can lose
what it had confirmed there.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.amqp_address import read_address
from broker.amqp_errors import LaneClosed
from broker.port import DELIVERY_LIMIT, BrokerError, work_queue
from broker.rabbitmq import Link

VERSION = 1
NEWER = f"A newer hub than this one (topology {VERSION}) has declared this broker's queues."
WORK, EVENTS, NOTICE, DEAD = "hub.work", "hub.events", "hub.notice", "hub.dead"
SYSTEM = re.compile(r"[a-z][a-z0-9_]{0,62}")
REFUSED, MISSING, CONFLICT = 403, 404, 406
DIFFERENT = re.compile(r"inequivalent arg '([^']+)' for (\w+) '([^']+)'[^:]*: (.*)", re.DOTALL)


class TopologyConflict(BrokerError):
    """What is on the broker is not what the hub needs. `findings` holds one sentence for each thing."""

    def __init__(self, findings: Iterable[str]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(self.findings))


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue and the exchange that feeds it under `key`."""

    name: str
    arguments: Mapping[str, Any]
    exchange: str
    key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that must exist. Exchanges by name, with their kind."""

    exchanges: Mapping[str, str] = field(
        default_factory=lambda: {WORK: "direct", EVENTS: "topic", NOTICE: "direct", DEAD: "fanout"}
    )
    queues: tuple[Queue, ...] = ()


def plan(systems: Iterable[str], *, delivery_limit: int = DELIVERY_LIMIT) -> Plan:
    """Lay out the topology for these systems."""
    names = sorted(set(systems))
    if odd := [name for name in names if not SYSTEM.fullmatch(name)]:
        raise ValueError(f"not a system's name: {', '.join(odd)}")
    work: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": delivery_limit,
        # At-least-once dead-lettering needs these three together; without one of them it silently is at-most-once.
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    # A limit so high that none is reached: from RabbitMQ 4.0 on no limit at all would mean twenty.
    dead = {"x-queue-type": "quorum", "x-delivery-limit": 1_000_000}
    queues = [*(work_queue("inquiry", name) for name in names), work_queue("delivery", "")]
    return Plan(queues=(Queue(DEAD, dead, DEAD, ""), *(Queue(name, work, WORK, name) for name in queues)))


async def declare(url: str, systems: Iterable[str], *, delivery_limit: int = DELIVERY_LIMIT) -> tuple[str, ...]:
    """Make what is missing and return the names of all queues. Safe to repeat.

    Raises TopologyConflict when something of another shape is in the way or a newer hub was here, BrokerUnavailable.
    """
    wanted = plan(systems, delivery_limit=delivery_limit)
    link = await Link().open(read_address(url), "hub init")
    try:
        if await _newer(link):
            raise TopologyConflict([NEWER])
        findings = [found for name, kind in wanted.exchanges.items() if (found := await _exchange(link, name, kind))]
        if not findings:
            findings = [found for queue in wanted.queues if (found := await _queue(link, queue))]
        if findings:
            raise TopologyConflict(findings)
        lane = await link.lane()
        for queue in wanted.queues:
            await lane.bind(queue.name, queue.exchange, queue.key)
        await lane.declare_exchange(_marker(VERSION), "fanout", internal=True)
    finally:
        await link.close()
    return tuple(queue.name for queue in wanted.queues)


async def check(url: str, systems: Iterable[str], *, delivery_limit: int = DELIVERY_LIMIT) -> list[str]:
    """Compare the broker with the plan and change nothing; one sentence for each difference. Raises BrokerUnavailable.

    Arguments can be compared only by a user who may configure; for others only what is missing is told.
    """
    wanted = plan(systems, delivery_limit=delivery_limit)
    link = await Link().open(read_address(url), "hub check")
    try:
        findings = [
            f"Exchange {name} is missing: run `hub init`."
            for name in wanted.exchanges
            if not await _there(link, exchange=name)
        ]
        for queue in wanted.queues:
            if not await _there(link, queue=queue.name):
                findings.append(f"Queue {queue.name} is missing: run `hub init`.")
            elif found := await _queue(link, queue, may_be_refused=True):
                findings.append(found)
        if await _newer(link):
            findings.append(NEWER)
    finally:
        await link.close()
    return findings


def _marker(version: int) -> str:
    return f"hub.topology.v{version}"


async def _newer(link: Link) -> bool:
    """Each version leaves its marker and the markers before it, so the next one tells of all later ones."""
    return await _there(link, exchange=_marker(VERSION + 1))


async def _there(link: Link, *, exchange: str = "", queue: str = "") -> bool:
    lane = await link.lane(expendable=True)
    try:
        if exchange:
            await lane.declare_exchange(exchange, "direct", passive=True)
        else:
            await lane.declare_queue(queue, passive=True)
    except LaneClosed as closed:
        if closed.code == MISSING:
            return False
        raise
    lane.close()
    return True


async def _exchange(link: Link, name: str, kind: str) -> str | None:
    lane = await link.lane(expendable=True)
    try:
        await lane.declare_exchange(name, kind)
    except LaneClosed as closed:
        return _sentence(closed, f"Exchange {name}")
    lane.close()
    return None


async def _queue(link: Link, queue: Queue, *, may_be_refused: bool = False) -> str | None:
    lane = await link.lane(expendable=True)
    try:
        await lane.declare_queue(queue.name, arguments=queue.arguments)
    except LaneClosed as closed:
        return None if may_be_refused and closed.code == REFUSED else _sentence(closed, f"Queue {queue.name}")
    lane.close()
    return None


def _sentence(closed: LaneClosed, thing: str) -> str:
    found = DIFFERENT.search(closed.text)
    if closed.code == CONFLICT and found:
        argument, _, _, difference = found.groups()
        return (
            f"{thing} exists with another {argument}: {difference.strip().rstrip('.')}. "
            "The hub changes nothing that exists; empty and delete it, then run `hub init` again."
        )
    return f"{thing} cannot be declared ({closed.code}): {closed.text}"
