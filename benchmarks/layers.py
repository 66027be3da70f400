"""What each layer of the hub costs by itself: microseconds of CPU for one inquiry, on one thread, without the others.

The sum is what an inquiry costs where nothing waits for anything. What a running hub costs beyond it goes to threads
that hand over to one another, to the server's sockets and to the garbage collector.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import hub
from benchmarks.fsyncs import Fsyncs
from benchmarks.length import Length
from benchmarks.processes import free_port, start, until_listening
from benchmarks.progress import Progress
from benchmarks.subjects.ground import PYTHON, ROOT, Ground, Subject
from benchmarks.subjects.hub_site import CALLER, CONNECTORS, prepare, settings_of
from benchmarks.tables import Lines
from benchmarks.work import Asking
from broker.ended import Ended
from broker.orders import Accepted, InquiryOrder
from broker.port import Message
from broker.stages import ACCEPTED
from broker.wire import InquiryMessage
from connectors.catalogue import PACKAGE, discover
from connectors.port import Answer, Call
from connectors.reach import ConnectorSettings
from gateway.admission import admit
from gateway.authentication import identify
from gateway.bodies import InquiryRequest
from gateway.settings import Settings
from registry import inquiries, journal, marks
from registry.store import Transaction

ROUNDS = 5
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
Times = dict[str, float]


class Layers:
    """The hub's own objects on a fresh SQLite site, each called in a loop by itself."""

    def __init__(self, running: hub.Hub, key: str, stub: int, count: int) -> None:
        self.hub, self.key, self.stub, self.count = running, key, stub, count
        self.parts = running.app.state.parts
        self.exchange: Any = running.flow.exchange
        self.worker: Any = running.flow._worker
        self.raw = [Asking("layer").body(number) for number in range(count)]

    async def round(self) -> Times:
        """One pass over every layer."""
        times: Times = {}
        caller = await identify(f"Bearer {self.key}", self.parts)
        times["gateway: authentication"] = await self._each(lambda _: identify(f"Bearer {self.key}", self.parts))
        bodies = [InquiryRequest.model_validate_json(raw) for raw in self.raw]
        times["gateway: body into its model"] = self._loop(lambda n: InquiryRequest.model_validate_json(self.raw[n]))

        def order(number: int) -> InquiryOrder:
            return admit(self.parts, caller, bodies[number], trace_parent=TRACE, idempotency=None)

        times["gateway: right, service, canonical validation"] = self._loop(order)
        orders = [order(number) for number in range(self.count)]
        times["gateway: whole request, nothing stored"] = await self._requests()
        accepted = self._accept(orders, times)
        messages = self._relay(accepted, times)
        answers = await self._call(messages, times)
        self._record(messages, answers, times)
        self._event(messages, times)
        self._journal(times)
        return times

    def _loop(self, act: Callable[[int], object]) -> float:
        began = time.thread_time()
        for number in range(self.count):
            act(number)
        return (time.thread_time() - began) * 1e6 / self.count

    async def _each(self, act: Callable[[int], Awaitable[object]]) -> float:
        began = time.thread_time()
        for number in range(self.count):
            await act(number)
        return (time.thread_time() - began) * 1e6 / self.count

    async def _requests(self) -> float:
        """The ASGI application with an exchange that only says yes: layers, routing, reply."""
        real = self.exchange.accept
        answer = Accepted("0190", "05000112345678901234", "accepted", datetime.now(UTC))

        async def yes(_: InquiryOrder) -> Accepted:
            return answer

        async def quiet(_: Any) -> None:
            return None

        headers = [
            (b"authorization", f"Bearer {self.key}".encode()), (b"content-type", b"application/json"),
            (b"host", b"127.0.0.1"), (b"content-length", str(len(self.raw[0])).encode()),
        ]  # fmt: skip

        async def one(number: int) -> None:
            async def receive() -> Any:
                return {"type": "http.request", "body": self.raw[number], "more_body": False}

            scope = {
                "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
                "path": "/v1/inquiries", "raw_path": b"/v1/inquiries", "query_string": b"", "root_path": "",
                "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
            }  # fmt: skip
            await self.hub.app(scope, receive, quiet)

        self.exchange.accept = yes
        try:
            await one(0)
            return await self._each(one)
        finally:
            self.exchange.accept = real

    def _accept(self, orders: list[InquiryOrder], times: Times) -> list[tuple[Accepted, Any]]:
        made: list[tuple[Accepted, Any]] = []

        def act(t: Transaction) -> float:
            def one(number: int) -> None:
                owed: list[Any] = []
                taken = self.exchange._intake.accept(t, owed, orders[number])
                made.append((taken, owed[-1] if owed else None))

            return self._loop(one)

        times["intake: case, inquiry, outbox row, 2 events, 2 leaves (SQL)"] = self.hub.store.write_now(act)
        return made

    def _relay(self, accepted: list[tuple[Accepted, Any]], times: Times) -> list[Message]:
        rows = [row for _, row in accepted]

        def act(t: Transaction) -> float:
            began, lease = time.thread_time(), self.hub.flow._parts.lease
            for first in range(0, len(rows), 32):
                ids = [row.id for row in rows[first : first + 32]]
                marks.mark(t, ids, held_by=lease, lease=lease, now=datetime.now(UTC))
            return (time.thread_time() - began) * 1e6 / self.count

        times["relay: mark as queued, 32 at once (SQL)"] = self.hub.store.write_now(act)
        return [Message(row.id, row.kind, row.system, row.ref, row.tries, row.body) for row in rows]

    async def _call(self, messages: list[Message], times: Times) -> list[Ended]:
        opened = [InquiryMessage.unpack(message.body) for message in messages]
        times["worker: message unpacked, payload opened"] = self._loop(
            lambda n: self.worker._make_call(messages[n], InquiryMessage.unpack(messages[n].body))
        )
        times["worker: intent (SQL)"] = self.hub.store.write_now(
            lambda t: self._loop(lambda n: self.worker._intend(t, [], messages[n], opened[n]))
        )
        calls = [self.worker._make_call(message, one) for message, one in zip(messages, opened, strict=True)]
        document = self.hub.site.catalogue["bench_register"].mappings["deliver"]
        system = self.hub.systems.get("bench_register")
        context = [system._context(call) for call in calls]
        native = [document.to_native(call.payload, known) for call, known in zip(calls, context, strict=True)]
        times["mapping: to native"] = self._loop(lambda n: document.to_native(calls[n].payload, context[n]))
        connector: Any = system._guarded._connector
        reply = await connector.exchange("deliver", native[0], call=calls[0], timeout=5.0)
        times["mapping: outcome and from native"] = self._loop(
            lambda _: (document.outcome(reply, 200), document.from_native(reply))
        )
        times["connector: HTTP exchange"] = await self._each(
            lambda n: connector.exchange("deliver", native[n], call=calls[n], timeout=5.0)
        )
        fresh = [_later(call) for call in calls]
        answers: list[Answer] = []

        async def ask(number: int) -> None:
            answers.append(await system.ask(fresh[number]))

        times["connector: whole ask (mapping, guards, HTTP, verdict)"] = await self._each(ask)
        began = datetime.now(UTC)
        return [
            Ended(message, one, began, answer=answer)
            for message, one, answer in zip(messages, opened, answers, strict=True)
        ]

    def _record(self, messages: list[Message], ended: list[Ended], times: Times) -> None:
        outcomes = self.worker._outcomes
        times["worker: outcome, event, leaf, outbox row's end (SQL)"] = self.hub.store.write_now(
            lambda t: self._loop(lambda n: outcomes.record(t, [], ended[n]))
        )
        times["look-up by id (SQL)"] = self.hub.store.read_now(
            lambda t: self._loop(lambda n: inquiries.get(t, messages[n].ref))
        )

    def _event(self, messages: list[Message], times: Times) -> None:
        now, chronicle = datetime.now(UTC), self.exchange._intake._chronicle
        asked = [InquiryMessage.unpack(message.body) for message in messages]

        def one(t: Transaction, inquiry: InquiryMessage) -> None:
            chronicle.tell(
                t, [], case_id=inquiry.case_id, code=inquiry.tracking_code, text=ACCEPTED, service=inquiry.service,
                now=now, inquiry_id=inquiry.inquiry_id,
            )  # fmt: skip

        times["  of which one status event"] = self.hub.store.write_now(
            lambda t: self._loop(lambda n: one(t, asked[n]))
        )

    def _journal(self, times: Times) -> None:
        now = datetime.now(UTC)
        statement = {"v": 1, "kind": "bench", "at": now.isoformat(), "case": "05000112345678901234", "caller": CALLER}
        times["  of which one journal leaf"] = self.hub.store.write_now(
            lambda t: self._loop(
                lambda _: journal.append(t, kind="bench", statement=statement, case_id=None, inquiry_id=None, now=now)
            )
        )
        sealer: Any = self.hub.flow.sealer
        waiting = self.hub.store.read_now(
            lambda t: int(t.exec_driver_sql(
                "SELECT (SELECT count(*) FROM journal_leaves) - (SELECT count(*) FROM journal_positions)"
            ).scalar_one())
        )  # fmt: skip

        def seal(t: Transaction) -> float:
            began = time.thread_time()
            journal.seal(t, sealer._tree, sealer._signer, now=now)
            return (time.thread_time() - began) * 1e6

        sealed = self.hub.store.write_now(seal)
        times["sealer: 3 leaves of an inquiry"] = 3 * sealed / max(waiting, 1)


def _later(call: Call) -> Call:
    return Call(
        inquiry_id=call.inquiry_id, tracking_code=call.tracking_code, reference=call.reference,
        operation=call.operation, payload=call.payload, deadline=datetime.now(UTC) + timedelta(seconds=60),
        attempt=1, trace_parent=call.trace_parent,
    )  # fmt: skip


@asynccontextmanager
async def resting(folder: Path, postgres: str = "") -> AsyncIterator[tuple[hub.Hub, str, int]]:
    """A fresh site whose relay, sealer and worker stand still: (hub, API key, the stub's port).

    On SQLite in that folder, unless the address of an empty PostgreSQL database is given.
    """
    stub_port = free_port()
    stub = start(
        "stub", [PYTHON, "-m", "benchmarks.stub", str(stub_port)], log=folder / "stub.log", cwd=ROOT, env={}
    )  # fmt: skip
    try:
        until_listening(stub, stub_port)
        ground = Ground(folder, free_port(), stub_port, Fsyncs(folder, "layers"), postgres=postgres)
        environment = settings_of(ground)
        key = await asyncio.to_thread(prepare, environment)
        settings = Settings(
            database=environment["HUB_DATABASE"],
            state=folder,
            systems={"bench_register": ConnectorSettings(address=f"http://127.0.0.1:{stub_port}")},
        )
        site = hub.WiredSite(settings)
        site.catalogue = discover(PACKAGE, CONNECTORS)
        async with site.running("http://127.0.0.1:1") as running:
            for task in running.flow._tasks:
                task.cancel()
            await asyncio.gather(*running.flow._tasks, return_exceptions=True)
            yield running, key, stub_port
    finally:
        stub.stop()


async def _measure(folder: Path, count: int, rounds: int) -> Times:
    async with resting(folder) as (running, key, stub_port):
        found = [await Layers(running, key, stub_port, count).round() for _ in range(rounds)]
    return {name: median(one[name] for one in found) for name in found[0]}


def measure(_: Sequence[Subject], length: Length, progress: Progress) -> Times:
    """Microseconds of CPU by layer, medians of the rounds."""
    progress.expect(1)
    progress.step("every layer in a loop")
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        return asyncio.run(_measure(Path(name), 200 if length.quick else 1000, 3 if length.quick else ROUNDS))


def lines(found: Times) -> Lines:
    """A line for each layer."""
    return [["layer", "µs"], *([name, f"{cost:,.1f}"] for name, cost in found.items())]
