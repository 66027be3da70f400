"""This process's own queue: notices that wake waiting callers, and the roll call that counts unacknowledged messages.

AMQP tells how many messages are ready in a queue and how many consumers it has, but not how many messages they hold.
So whoever wants to know asks all consumers over the notice exchange, and trusts the sum only when as many have answered
as the broker counts.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from broker.amqp_envelope import APP, TRANSIENT, Arrival, Properties
from broker.port import BrokerUnavailable, NoticeHandler
from broker.rabbitmq import Lane, Link
from broker.topology import NOTICE

log = structlog.get_logger(__name__)

LONGEST = 512
"""Bytes of a notice at most; it is an inquiry's id."""
ROLL = "roll."

Send = Callable[[str, bytes, Properties], None]


class Office:
    """`send` publishes to the notice exchange at once; `held` counts this process's unacknowledged messages."""

    def __init__(self, lease: str, *, send: Send, held: Callable[[str], int]) -> None:
        self._lease = lease
        self._send = send
        self._held = held
        self._handlers: dict[str, NoticeHandler] = {}
        self._rolled: set[str] = set()
        self._asked: dict[str, asyncio.Queue[int]] = {}
        self._lane: Lane | None = None
        self._queue = ""
        self._number = 0

    async def open(self, link: Link, time: int) -> None:
        """Make the queue on a fresh link. After a reconnect it takes another name: the old one may linger, locked."""
        self._queue = f"hub.notice.{self._lease}" + (f".{time}" if time else "")
        lane = await link.lane()
        await lane.declare_queue(self._queue, private=True)
        self._lane = lane
        for key in (self._lease, *self._handlers, *(ROLL + queue for queue in self._rolled)):
            await lane.bind(self._queue, NOTICE, key)
        await lane.consume(self._queue, self._arrived, acknowledged=False)

    def closed(self) -> None:
        """The link is gone, and the queue with it."""
        self._lane = None

    async def attend(self, lease: str, handler: NoticeHandler) -> None:
        """Hand notices to `lease` to the handler."""
        self._handlers[lease] = handler
        if self._lane is not None:
            await self._lane.bind(self._queue, NOTICE, lease)

    async def enrol(self, queue: str) -> None:
        """Answer roll calls for a queue that this process consumes."""
        self._rolled.add(queue)
        if self._lane is not None:
            await self._lane.bind(self._queue, NOTICE, ROLL + queue)

    def tell(self, lease: str, inquiry_id: str) -> None:
        """Send a notice."""
        self._send(lease, inquiry_id.encode(), _properties("notice"))

    async def call_roll(self, queue: str, consumers: int, seconds: float) -> int | None:
        """Add up what all consumers of a queue hold; None when not all of them answer within `seconds`."""
        if self._lane is None:
            raise BrokerUnavailable("this process has no queue of its own now")
        self._number += 1
        number = str(self._number)
        answers = self._asked[number] = asyncio.Queue()
        try:
            self._send(ROLL + queue, b"", _properties("roll.call", queue=queue, lease=self._lease, number=number))
            async with asyncio.timeout(seconds):
                return sum([await answers.get() for _ in range(consumers)])
        except TimeoutError:
            return None
        finally:
            del self._asked[number]

    def _arrived(self, arrival: Arrival) -> None:
        properties, headers = arrival.properties, arrival.properties.headers
        if properties.app != APP or len(arrival.body) > LONGEST:
            log.warning("notice.refused", bytes=len(arrival.body))
        elif properties.type == "notice":
            handler = self._handlers.get(arrival.key)
            if handler is not None:
                # Not from within pika's reading, which a fault of the handler would break.
                asyncio.get_running_loop().call_soon(handler, arrival.body.decode("ascii", "replace"))
        elif properties.type == "roll.call":
            self._answer(headers)
        elif properties.type == "roll.answer":
            asked = self._asked.get(str(headers.get("number")))
            count = headers.get("count")
            if asked is not None and isinstance(count, int):
                asked.put_nowait(count)

    def _answer(self, headers: Mapping[str, Any]) -> None:
        queue, lease, number = headers.get("queue"), headers.get("lease"), headers.get("number")
        if queue in self._rolled and isinstance(lease, str) and isinstance(number, str):
            self._send(lease, b"", _properties("roll.answer", number=number, count=self._held(str(queue))))


def _properties(kind: str, **headers: str | int) -> Properties:
    return Properties(app=APP, type=kind, mode=TRANSIENT, headers=headers)
