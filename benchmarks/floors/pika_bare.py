"""Bare pika alone: no HTTP, no database. One process publishes with pipelined confirms to a quorum queue and consumes.

It takes an order as the load generator does, from standard input, and prints what it saw: `accepted` are confirmed
messages, `completed` consumed and acknowledged ones. What it costs by itself is in `cpu` and `memory`.
"""

import asyncio
import resource
import sys
import time
from dataclasses import asdict

import orjson
import uvloop

from benchmarks.floors.bus import Publisher, consume, open_channel
from benchmarks.load import Order, Seen
from benchmarks.work import Asking

WINDOW = 500
"""Messages published and not yet confirmed, and consumed and not yet acknowledged."""


class Floor:
    """Carries out one order over two connections."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._seen = Seen()
        self._sent: dict[bytes, float] = {}
        self._all = asyncio.Event()

    async def run(self) -> Seen:
        """Publish everything and wait until it was consumed."""
        order, seen = self._order, self._seen
        bodies = [Asking(order.prefix).body(number) for number in range(order.count)]
        publisher = Publisher(await open_channel(order.amqp))
        await consume(await open_channel(order.amqp), self._consumed, prefetch=WINDOW)
        room = asyncio.Semaphore(WINDOW)
        spent, seen.started_at = _cpu(), time.monotonic()

        async def confirmed(body: bytes, since: float) -> None:
            await publisher.publish(body)
            seen.accept.append(time.monotonic() - since)
            seen.accepted += 1
            room.release()

        publishing = []
        for number, body in enumerate(bodies):
            due = seen.started_at + number / order.rate if order.rate else time.monotonic()
            if due > time.monotonic():
                await asyncio.sleep(due - time.monotonic())
            await room.acquire()
            self._sent[body] = due
            publishing.append(asyncio.ensure_future(confirmed(body, due)))
        await asyncio.gather(*publishing)
        seen.accepted_at = time.monotonic()
        async with asyncio.timeout(order.patience):
            await self._all.wait()
        seen.finished_at = time.monotonic()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        seen.cpu, seen.memory = _cpu() - spent, usage.ru_maxrss * 1024
        seen.effects = seen.completed
        return seen

    async def _consumed(self, body: bytes) -> None:
        since = self._sent.pop(body, None)
        if since is None:
            return  # A message of the warming that was given back when its connection ended.
        self._seen.end_to_end.append(time.monotonic() - since)
        self._seen.completed += 1
        if self._seen.completed == self._order.count:
            self._all.set()


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def main() -> None:
    """Carry out the order on standard input; `send` is the only thing this can be told."""
    order = Order(**orjson.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(orjson.dumps(asdict(await Floor(order).run())))


if __name__ == "__main__":
    uvloop.run(main())
