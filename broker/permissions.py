"""Which of RabbitMQ's permissions a process needs for its roles, and how to find out without moving a message.

What is asked for is wrong on purpose, in a way that the broker only looks at once it has decided that we may ask:
403 means that we may not, 406 that we may. No message is published, none is taken.
"""

import secrets
from collections.abc import Awaitable, Collection, Iterable
from typing import Literal, NamedTuple

from broker.amqp_address import read_address
from broker.amqp_envelope import Properties
from broker.amqp_errors import LaneClosed
from broker.port import work_queue
from broker.rabbitmq import Lane, Link
from broker.roles import Role
from broker.topology import CONFLICT, DEAD, EVENTS, MISSING, NOTICE, REFUSED, WORK

_UNREADABLE_ROUTES = Properties(headers={"CC": "not a list"})
_UNREADABLE_PRIORITY = {"x-priority": "not a number"}
_WRITERS = frozenset({Role.API, Role.RELAY, Role.WORKER, Role.DELIVERY})


class Need(NamedTuple):
    """One permission on an exchange or queue of the hub."""

    verb: Literal["configure", "write", "read"]
    name: str


def needs(roles: Collection[Role], systems: Iterable[str]) -> list[Need]:
    """Name every permission that a process with these roles needs, whatever its lease."""
    found = [Need("write", NOTICE), Need("configure", f"{NOTICE}.doctor")]
    if _WRITERS.intersection(roles):
        found.append(Need("write", WORK))
    if Role.WORKER in roles:
        found += [Need("read", work_queue("inquiry", system)) for system in systems]
        found.append(Need("read", DEAD))
    if Role.DELIVERY in roles:
        found.append(Need("write", EVENTS))
        found.append(Need("read", work_queue("delivery", "")))
    return found


async def lacking(url: str, roles: Collection[Role], systems: Iterable[str]) -> list[Need]:
    """Return what this address's user needs and may not. A queue that is missing is not told here.

    Raises BrokerUnavailable.
    """
    link = await Link().open(read_address(url), "hub doctor")
    try:
        return [need for need in needs(roles, systems) if not await _granted(link, need)]
    finally:
        await link.close()


async def _granted(link: Link, need: Need) -> bool:
    lane = await link.lane(expendable=True)
    try:
        await _ask(lane, need)
    except LaneClosed as closed:
        if closed.code == REFUSED:
            return False
        if closed.code in {CONFLICT, MISSING}:
            return True
        raise
    lane.close()
    return True


def _ask(lane: Lane, need: Need) -> Awaitable[object]:
    if need.verb == "read":
        return lane.try_to_consume(need.name, _UNREADABLE_PRIORITY)
    if need.verb == "configure":
        return _own_queue(lane, f"{need.name}-{secrets.token_hex(4)}")
    lane.publish(need.name, "hub.doctor", b"", _UNREADABLE_ROUTES)
    # A publication has no answer; the broker takes what we say in turn, so the next answer tells.
    return lane.declare_exchange(need.name, "direct", passive=True)


async def _own_queue(lane: Lane, name: str) -> None:
    """Make the queue that every process has, bind and read it; it goes with the connection."""
    await lane.declare_queue(name, private=True)
    await lane.bind(name, NOTICE, name)
    await lane.consume(name, lambda _arrival: None, acknowledged=False)
