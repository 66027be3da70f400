"""One queue's consumer: check, hand to the handler, acknowledge; it outlives the connections it consumes through."""

import asyncio
from collections.abc import Callable

import structlog

from broker.amqp_acks import Acks
from broker.amqp_envelope import Arrival, Refusal, times_given_back, unwrap
from broker.port import Handler, Message, breath
from broker.rabbitmq import Link
from registry.store import StoreUnavailable

log = structlog.get_logger(__name__)

Refused = Callable[[str, Refusal], None]
Claims = list[tuple[Acks, int]]


class Consumption:
    """At most one handler runs for a message in this process.

    After a lost connection the broker delivers again what this process still works on; the new delivery then joins the
    running handler and shares its end. Calling twice would put a `once` operation in doubt without need.
    """

    def __init__(self, queue: str, handler: Handler, *, prefetch: int, refused: Refused) -> None:
        self.queue = queue
        self._handler = handler
        self._prefetch = prefetch
        self._refused = refused
        self._claims: dict[tuple[int, int], Claims] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def subscribe(self, link: Link) -> None:
        """Consume through a link. Raises LaneClosed when the queue is missing or may not be read."""
        lane = await link.lane(expendable=True)
        acks = Acks(lane)
        await lane.consume(self.queue, lambda arrival: self._arrived(acks, arrival), prefetch=self._prefetch)
        lane.expendable = False  # From now on its end is the connection's end, and both begin anew.

    @property
    def unacknowledged(self) -> int:
        """Count what this process has and has not finished."""
        return len(self._claims)

    async def close(self) -> None:
        """Cancel what runs; nothing of it is acknowledged."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _arrived(self, acks: Acks, arrival: Arrival) -> None:
        found = unwrap(arrival, self.queue)
        if isinstance(found, Refusal):
            acks.refuse(arrival.tag)
            self._refused(self.queue, found)
            return
        key = (found.row, found.tries)
        running = self._claims.get(key)
        if running is not None:
            running.append((acks, arrival.tag))
            return
        claims = self._claims[key] = [(acks, arrival.tag)]
        task = asyncio.create_task(self._carry(found, times_given_back(arrival), key, claims))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, message: Message, given_back: int, key: tuple[int, int], claims: Claims) -> None:
        try:
            done = await self._handle(message, given_back)
        finally:
            del self._claims[key]
        for acks, tag in claims:
            if done:
                acks.ack(tag)
            else:
                acks.give_back(tag)

    async def _handle(self, message: Message, given_back: int) -> bool:
        waited = 0
        while True:
            try:
                await self._handler(message)
            except StoreUnavailable as away:
                # The message is innocent: it is kept here, so that the delivery limit is not spent on it.
                log.warning("message.kept", queue=self.queue, row=message.row, fault=str(away), times=waited + 1)
                await asyncio.sleep(breath(waited))
                waited += 1
            except Exception:
                log.exception("message.given_back", queue=self.queue, row=message.row, times=given_back + 1)
                await asyncio.sleep(breath(given_back))
                return False
            else:
                return True
