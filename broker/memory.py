"""The complete in-process broker: the default on one machine."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog

from broker.port import (
    DEAD_BODY,
    DELIVERY_LIMIT,
    BrokerUnavailable,
    DeadHandler,
    DeadLetter,
    EventHandler,
    Handler,
    Message,
    NoticeHandler,
    Unroutable,
    breath,
)
from registry.store import StoreUnavailable

log = structlog.get_logger(__name__)


class _Queue:
    def __init__(self, handler: Handler, prefetch: int) -> None:
        self.handler = handler
        self.prefetch = prefetch
        self.ready: deque[tuple[Message, int]] = deque()
        self.busy: set[asyncio.Task[None]] = set()


class MemoryBroker:
    """Queues of this process. Messages die with it, their outbox rows do not.

    Filled structurally to `broker.port.Broker`. Without a handler of dead letters nothing is ever one: a message that
    its handler gives back is then tried for as long as the process lives.
    """

    def __init__(self, *, delivery_limit: int = DELIVERY_LIMIT) -> None:
        self._queues: dict[str, _Queue] = {}
        self._closed = False
        self._quiescent = False
        self._limit = delivery_limit
        self._dead: DeadHandler | None = None
        self._notices: dict[str, NoticeHandler] = {}
        self._listeners: list[tuple[list[str], EventHandler]] = []

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

    async def dead(self, handler: DeadHandler) -> None:
        """Hand over what was given back too often."""
        if self._dead is not None:
            raise ValueError("the dead letters are consumed already")
        self._dead = handler

    async def notice(self, lease: str, inquiry_id: str) -> None:
        """Wake whoever attends to `lease` in this process; there is no other."""
        handler = self._notices.get(lease)
        if handler is not None and not self._closed:
            asyncio.get_running_loop().call_soon(handler, inquiry_id)

    async def notices(self, lease: str, handler: NoticeHandler) -> None:
        """Attend to notices."""
        self._notices[lease] = handler

    async def emit(self, event: Mapping[str, Any], routing_key: str) -> None:
        """Tell the listeners of this process."""
        if self._closed:
            raise BrokerUnavailable("the in-process broker is closed")
        words = routing_key.split(".")
        for pattern, handler in self._listeners:
            if fits(pattern, words):
                asyncio.get_running_loop().call_soon(handler, dict(event))

    async def listen(self, pattern: str, handler: EventHandler) -> None:
        """Listen to events of this process."""
        self._listeners.append((pattern.split("."), handler))

    async def depth(self, queue: str) -> int | None:
        """Count what waits."""
        found = self._queues.get(queue)
        return None if found is None else len(found.ready)

    async def idle(self, queue: str) -> bool:
        """Tell whether the queue is empty and its handler rests."""
        found = self._queues.get(queue)
        return found is None or not (found.ready or found.busy)

    def trouble(self) -> str | None:
        """Nothing but its end can trouble it."""
        return "the in-process broker is closed" if self._closed else None

    def quiesce(self) -> None:
        """Feed no more; what is being handled goes on."""
        self._quiescent = True

    async def close(self) -> None:
        """Stop: what is being handled is cancelled, what is ready is forgotten; the ledger owes it still."""
        self._closed = True
        tasks = [task for queue in self._queues.values() for task in queue.busy]
        for queue in self._queues.values():
            queue.ready.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _feed(self, queue: _Queue) -> None:
        while queue.ready and len(queue.busy) < queue.prefetch and not (self._closed or self._quiescent):
            message, given_back = queue.ready.popleft()
            task = asyncio.create_task(self._handle(queue, message, given_back))
            queue.busy.add(task)

    async def _handle(self, queue: _Queue, message: Message, given_back: int) -> None:
        try:
            await queue.handler(message)
        except StoreUnavailable as away:
            # The message is innocent: its tries are not counted.
            log.warning("message.kept", queue=message.queue, row=message.row, fault=str(away))
            await asyncio.sleep(breath(given_back))
            queue.ready.append((message, given_back))
        except Exception:
            log.exception("message.given_back", queue=message.queue, row=message.row, times=given_back + 1)
            # A breath between tries keeps a handler that fails at once from filling the loop.
            await asyncio.sleep(breath(given_back))
            if given_back < self._limit or not await self._bury(message):
                queue.ready.append((message, given_back + 1))
        finally:
            task = asyncio.current_task()
            if task is not None:
                queue.busy.discard(task)
            self._feed(queue)

    async def _bury(self, message: Message) -> bool:
        if self._dead is None:
            return False
        text = f"it was given back {self._limit} times"
        letter = DeadLetter("delivery_limit", text, message.queue, message, len(message.body), message.body[:DEAD_BODY])
        try:
            await self._dead(letter)
        except Exception:
            log.exception("dead_letter.kept", queue=message.queue, row=message.row)
            return False
        return True


def fits(pattern: list[str], words: list[str]) -> bool:
    """Match a routing key as topic exchanges do: `*` stands for one word, `#` for any number of words."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(fits(pattern[1:], words[skip:]) for skip in range(len(words) + 1))
    return bool(words) and pattern[0] in {"*", words[0]} and fits(pattern[1:], words[1:])
