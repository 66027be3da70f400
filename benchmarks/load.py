"""The load generator, a process of its own: reads one order as JSON from standard input, prints what it saw as JSON.

Closed loop: each connection sends its next inquiry when the last is answered. Fixed rate: inquiries leave at their
time whether or not earlier ones were answered, and latency counts from that time.
"""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import orjson
import uvloop

from benchmarks.wire import Broken, Wire, connect, request
from benchmarks.work import SERVICE, Asking

LONGEST_ANSWER = 15.0
"""Seconds after which a caller gives up."""


@dataclass(frozen=True)
class Order:
    """What to send. `rate` per second makes a fixed rate, 0 a closed loop. `sample`: one in so many is watched."""

    port: int
    stub: int
    count: int
    connections: int = 32
    rate: float = 0.0
    sample: int = 5
    headers: dict[str, str] = field(default_factory=dict)
    case: str | None = None
    service: str = SERVICE
    prefix: str = "a"
    first: int = 0
    amqp: str = ""
    patience: float = 120.0
    finish: bool = True


@dataclass
class Seen:
    """What came of it. Times in seconds; `finished_at` and `started_at` on the monotonic clock."""

    started_at: float = 0.0
    accepted_at: float = 0.0
    finished_at: float = 0.0
    accepted: int = 0
    refused: int = 0
    completed: int = 0
    unanswered: int = 0
    effects: int = 0
    accept: list[float] = field(default_factory=list)
    end_to_end: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    cpu: float = 0.0
    """Seconds of CPU of a subject that is its own generator."""
    memory: int = 0
    """Bytes of it."""


class Generator:
    """Sends one order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.seen = Seen()
        self._asking = Asking(order.prefix, order.case, order.service)
        self._bodies = [
            request("POST", "/v1/inquiries", headers=order.headers, body=self._asking.body(order.first + number))
            for number in range(order.count)
        ]
        self._next = 0
        self._watches: list[asyncio.Task[None]] = []

    async def run(self) -> Seen:
        """Send everything, then wait until everything is visible as answered, or patience ends."""
        order, seen = self.order, self.seen
        wires = [await connect(order.port) for _ in range(order.connections)]
        watchers = [await connect(order.port) for _ in range(8 if order.rate else 0)]
        seen.started_at = time.monotonic()
        if order.rate:
            await self._at_rate(wires, watchers)
        else:
            await asyncio.gather(*(self._closed(wire) for wire in wires))
        seen.accepted_at = time.monotonic()
        await asyncio.gather(*self._watches)
        if order.finish:
            await self._finish()
        for wire in (*wires, *watchers):
            wire.close()
        return seen

    async def _post(self, wire: Wire, number: int, since: float) -> str | None:
        try:
            if not wire.open:
                await wire.again(self.order.port)
            async with asyncio.timeout(LONGEST_ANSWER):
                status, body = await wire.ask(self._bodies[number])
        except (Broken, TimeoutError):
            self.seen.unanswered += 1
            wire.close()
            return None
        if status >= 300:
            self.seen.refused += 1
            return None
        self.seen.accept.append(time.monotonic() - since)
        self.seen.accepted += 1
        inquiry_id: str = orjson.loads(body)["inquiry_id"]
        self.seen.ids.append(inquiry_id)
        return inquiry_id

    async def _closed(self, wire: Wire) -> None:
        while self._next < self.order.count:
            number = self._next
            self._next += 1
            await self._post(wire, number, time.monotonic())

    async def _at_rate(self, wires: Sequence[Wire], watchers: Sequence[Wire]) -> None:
        free: asyncio.Queue[Wire] = asyncio.Queue()
        for wire in wires:
            free.put_nowait(wire)
        looking: asyncio.Queue[Wire] = asyncio.Queue()
        for wire in watchers:
            looking.put_nowait(wire)
        sending = []

        async def one(number: int, due: float) -> None:
            wire = await free.get()
            inquiry_id = await self._post(wire, number, due)
            free.put_nowait(wire)
            if inquiry_id is not None and number % self.order.sample == 0:
                self._watches.append(asyncio.ensure_future(self._watch(looking, inquiry_id, due)))

        began = time.monotonic()
        for number in range(self.order.count):
            due = began + number / self.order.rate
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            sending.append(asyncio.ensure_future(one(number, due)))
        await asyncio.gather(*sending)

    async def _watch(self, looking: "asyncio.Queue[Wire]", inquiry_id: str, since: float) -> None:
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            wire = await looking.get()
            try:
                done = await self.visible(wire, inquiry_id)
            except Broken:
                done = False
            finally:
                looking.put_nowait(wire)
            if done:
                self.seen.end_to_end.append(time.monotonic() - since)
                return
            await asyncio.sleep(0.002)
        self.seen.end_to_end.append(10.0)

    async def visible(self, wire: Wire, inquiry_id: str) -> bool:
        """Whether a GET shows the inquiry answered. Raises Broken."""
        if not wire.open:
            await wire.again(self.order.port)
        status, body = await wire.ask(request("GET", f"/v1/inquiries/{inquiry_id}", headers=self.order.headers))
        return status == 200 and orjson.loads(body).get("state") == "answered"

    async def _finish(self) -> None:
        """Watch the far side's count, which costs the subject nothing; then look at every inquiry itself."""
        stub = await connect(self.order.stub)
        ends = time.monotonic() + self.order.patience
        while time.monotonic() < ends:
            _, counts = await stub.ask(request("GET", "/counts"))
            self.seen.effects = orjson.loads(counts)["distinct"]
            if self.seen.effects >= self.seen.accepted:
                break
            await asyncio.sleep(0.005)
        stub.close()
        wire = await connect(self.order.port)  # An idle one may have been closed meanwhile.
        tail = self.seen.ids[-64:]
        while tail and time.monotonic() < ends:
            tail = [one for one in tail if not await self.visible(wire, one)]
            if tail:
                await asyncio.sleep(0.002)
        wire.close()
        self.seen.finished_at = time.monotonic()


async def verify(order: Order, ids: Sequence[str], seconds: float, still: float) -> int:
    """Count the inquiries that are visible as answered; those still under way get `seconds` to arrive, unless none has
    arrived for `still` seconds.
    """
    generator = Generator(replace(order, count=0))
    waiting, ends, moved = list(ids), time.monotonic() + seconds, time.monotonic()
    while waiting:
        todo, left = iter(waiting), list[str]()

        async def look(todo: Iterator[str], left: list[str]) -> None:
            wire = await connect(order.port)
            for one in todo:
                if not await generator.visible(wire, one):
                    left.append(one)
            wire.close()

        await asyncio.gather(*(look(todo, left) for _ in range(8)))
        if len(left) < len(waiting):
            moved = time.monotonic()
        waiting = left
        if time.monotonic() > min(ends, moved + still):
            break
        if waiting:
            await asyncio.sleep(0.2)
    return len(ids) - len(waiting)


async def main(what: str) -> None:
    """Carry out what standard input says: `send` an order, or `verify` inquiries sent before."""
    told = orjson.loads(sys.stdin.buffer.read())
    if what == "verify":
        completed = await verify(Order(**told["order"]), told["ids"], told["patience"], told["still"])
        sys.stdout.buffer.write(orjson.dumps({"completed": completed}))
        return
    sys.stdout.buffer.write(orjson.dumps(asdict(await Generator(Order(**told)).run())))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
