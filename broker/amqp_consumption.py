"""One queue's consumer: check, hand to the handler, acknowledge; it outlives the connections it consumes through."""

import asyncio
from collections.abc import Callable

import structlog

from broker.amqp_acks import Acks
from broker.amqp_envelope import Arrival, Refusal, times_given_back, unwrap
from broker.port import DELIVERY_LIMIT, Handler, Message, breath
from broker.rabbitmq import Lane, Link
from registry.store import StoreUnavailable

log = structlog.get_logger(__name__)

Refused = Callable[[str, Refusal], None]
Claims = list[tuple[Acks, int]]
Key = tuple[int, int]
"""Row and tries: what makes a message the same one."""
REMEMBERED = 10_000
"""Messages whose returns are counted here at most; the oldest are forgotten."""


class Consumption:
    """At most one handler runs for a message in this process.

    After a lost connection the broker delivers again what this process still works on; the new delivery then joins the
    running handler and shares its end. Calling twice would put a `once` operation in doubt without need.
    """

    def __init__(
        self, queue: str, handler: Handler, *, prefetch: int, refused: Refused, limit: int = DELIVERY_LIMIT
    ) -> None:
        self.queue = queue
        self._handler = handler
        self._prefetch = prefetch
        self._refused = refused
        self._limit = limit
        self._lane: Lane | None = None
        self._claims: dict[Key, Claims] = {}
        self._returns: dict[Key, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def subscribe(self, link: Link) -> None:
        """Consume through a link. Raises LaneClosed when the queue is missing or may not be read."""
        lane = await link.lane(expendable=True)
        acks = Acks(lane)
        await lane.consume(self.queue, lambda arrival: self._arrived(acks, arrival), prefetch=self._prefetch)
        self._lane = lane
        lane.expendable = False  # From now on its end is the connection's end, and both begin anew.

    @property
    def unacknowledged(self) -> int:
        """Count what this process has and has not finished."""
        return len(self._claims)

    def quiesce(self) -> None:
        """Take nothing more; what runs goes on, and is acknowledged at its end."""
        if self._lane is not None:
            self._lane.stop()

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

    async def _carry(self, message: Message, given_back: int, key: Key, claims: Claims) -> None:
        try:
            done = await self._handle(message, max(given_back, self._returns.get(key, 0)))
        finally:
            del self._claims[key]
        exhausted = not done and self._exhausted(key)
        for acks, tag in claims:
            if done:
                acks.ack(tag)
            elif exhausted:
                acks.refuse(tag)
            else:
                acks.give_back(tag)
        if done or exhausted:
            self._returns.pop(key, None)

    def _exhausted(self, key: Key) -> bool:
        """Count a return. The broker counts too, but not every version counts what a consumer gives back by itself."""
        self._returns[key] = self._returns.get(key, 0) + 1
        if len(self._returns) > REMEMBERED:
            del self._returns[next(iter(self._returns))]
        return self._returns.get(key, 0) > self._limit

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
