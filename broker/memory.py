"""The complete in-process broker: the default on one machine."""

import asyncio
from collections import deque

import structlog

from broker.port import BrokerUnavailable, Handler, Message, Unroutable

log = structlog.get_logger(__name__)

LONGEST_BREATH = 5.0
"""Seconds at most between two tries of a message that its handler gives back (the database is away, say)."""


class _Queue:
    def __init__(self, handler: Handler, prefetch: int) -> None:
        self.handler = handler
        self.prefetch = prefetch
        self.ready: deque[tuple[Message, int]] = deque()
        self.busy: set[asyncio.Task[None]] = set()


class MemoryBroker:
    """Queues of this process. Messages die with it, their outbox rows do not.

    Filled structurally to `broker.port.Broker`.
    """

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._closed = False

    async def publish(self, message: Message) -> None:
        """Take the message at once; it is fed to the queue's handler as soon as there is room."""
        if self._closed:
            raise BrokerUnavailable("the in-process broker is closed")
        queue = self._queues.get(message.queue)
        if queue is None:
            raise Unroutable(f"no consumer for {message.queue}")
        queue.ready.append((message, 0))
        self._feed(queue)

    async def consume(self, queue: str, handler: Handler, *, prefetch: int) -> None:
        """Create the queue and feed `handler` from it. A queue has one consumer."""
        if queue in self._queues:
            raise ValueError(f"{queue} is consumed already")
        self._queues[queue] = _Queue(handler, prefetch)

    def idle(self, queue: str) -> bool:
        """Tell whether the queue is empty and its handler rests."""
        found = self._queues.get(queue)
        return found is None or not (found.ready or found.busy)

    async def close(self) -> None:
        """Stop: what is being handled is cancelled, what is ready is forgotten; the ledger owes it still."""
        self._closed = True
        tasks = [task for queue in self._queues.values() for task in queue.busy]
        for queue in self._queues.values():
            queue.ready.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def drain(self) -> None:
        """Wait until nothing is ready and nothing is being handled."""
        while busy := [task for queue in self._queues.values() for task in queue.busy]:
            await asyncio.wait(busy)

    def _feed(self, queue: _Queue) -> None:
        while queue.ready and len(queue.busy) < queue.prefetch and not self._closed:
            message, given_back = queue.ready.popleft()
            task = asyncio.create_task(self._handle(queue, message, given_back))
            queue.busy.add(task)

    async def _handle(self, queue: _Queue, message: Message, given_back: int) -> None:
        try:
            await queue.handler(message)
        except Exception:
            log.exception("message.given_back", queue=message.queue, row=message.row, times=given_back + 1)
            # A breath between tries keeps a handler that fails at once from filling the loop.
            await asyncio.sleep(min(0.05 * 2 ** min(given_back, 10), LONGEST_BREATH))
            queue.ready.append((message, given_back + 1))
        finally:
            task = asyncio.current_task()
            if task is not None:
                queue.busy.discard(task)
            self._feed(queue)
