"""What the size of the ledger does to it: accepting one inquiry and looking one up, small and large.

SQLite and PostgreSQL, in this process, wall-clock microseconds of one act inside a transaction of two hundred; medians
of fifteen. The ledger is filled in bulk with copies of inquiries that the hub's own intake has accepted.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import hub
from benchmarks.bulk import Template, fill, opened
from benchmarks.layers import TRACE, resting
from benchmarks.length import Length
from benchmarks.progress import Progress
from benchmarks.runs import stage
from benchmarks.subjects.ground import Subject
from benchmarks.tables import Lines
from benchmarks.work import Asking
from gateway.admission import admit
from gateway.authentication import identify
from gateway.bodies import InquiryRequest
from registry import inquiries, outbox
from registry.store import Transaction

BATCH = 200
ROUNDS = 15
UNCOUNTED = 3
"""Rounds before those that count: the first pay for plans and caches."""
TEMPLATES = 50
KNOWN = 0.02
"""The share of inquiries that are looked up later."""
TABLES = ("subjects", "cases", "inquiries", "status_events", "journal_leaves")
SHAPES = ("sqlite", "postgres")


class Growing:
    """A ledger that the hub's own intake writes to; its outbox rows are settled, as they are once answered."""

    def __init__(self, running: hub.Hub, orders: list[Any], database: str) -> None:
        self._store = running.store
        self._intake: Any = running.flow.exchange._intake
        self._orders = orders
        self._database = database
        self._known: list[str] = []
        self._accepted: list[str] = []
        self.size = 0

    def grow(self, size: int) -> None:
        """Store so many."""
        if not self._accepted:
            self.insert()
        with opened(self._database) as ledger:
            templates = [Template(ledger, one, TABLES) for one in self._accepted[:TEMPLATES]]
            for ids in fill(ledger, templates, size - self.size, lambda _, __: None):
                self.size += len(ids)
                self._known.extend(one for one in ids if random.random() < KNOWN)

    def insert(self) -> float:
        """Accept a batch; microseconds for each."""

        def act(t: Transaction) -> tuple[float, list[str]]:
            began = time.perf_counter()
            owed: list[Any] = []
            accepted = [self._intake.accept(t, owed, order).inquiry_id for order in self._orders]
            taken = time.perf_counter() - began
            outbox.settle_many(t, [row.id for row in owed])
            return taken * 1e6 / len(self._orders), accepted

        taken, self._accepted = self._store.write_now(act)
        self._known.extend(one for one in self._accepted if random.random() < KNOWN)
        self.size += len(self._orders)
        return taken

    def look_up(self) -> float:
        """Read inquiries from all over the ledger; microseconds for each."""

        def act(t: Transaction) -> float:
            wanted = random.choices(self._known, k=BATCH)
            began = time.perf_counter()
            found = [inquiries.get(t, one) for one in wanted]
            taken = time.perf_counter() - began
            if None in found:
                raise LookupError("an inquiry that was stored is not found")
            return taken * 1e6 / BATCH

        return self._store.read_now(act)


async def _measure(
    folder: Path, shape: str, postgres: str, sizes: Sequence[int], progress: Progress
) -> list[dict[str, Any]]:
    found = []
    async with resting(folder, postgres) as (running, key, _):
        parts = running.app.state.parts
        caller = await identify(f"Bearer {key}", parts)
        asking = Asking("growth")
        orders = [
            admit(
                parts,
                caller,
                InquiryRequest.model_validate_json(asking.body(number)),
                trace_parent=TRACE,
                idempotency=None,
            )
            for number in range(BATCH)
        ]
        growing = Growing(running, orders, postgres or f"sqlite:///{folder}/hub.db")
        for size in sizes:
            progress.step(f"{shape}: {size:,} stored")
            growing.grow(size)
            found.append({
                "database": shape,
                "stored": size,
                "insert": _settled(growing.insert),
                "look_up": _settled(growing.look_up),
            })  # fmt: skip
    return found


def _settled(act: Callable[[], float]) -> float:
    return median([act() for _ in range(UNCOUNTED + ROUNDS)][UNCOUNTED:])


def measure(_: Sequence[Subject], length: Length, progress: Progress) -> list[dict[str, Any]]:
    """One entry for each database and size of the ledger."""
    progress.expect(len(SHAPES) * len(length.stored))
    found = []
    for shape in SHAPES:
        with stage() as ground, tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
            _amqp, postgres = ground.servers.fresh({"postgres"} if shape == "postgres" else ())
            found.extend(asyncio.run(_measure(Path(name), shape, postgres, length.stored, progress)))
    return found


def lines(found: list[dict[str, Any]]) -> Lines:
    """A line for each database and size, the larger one with its ratio to the smaller."""
    table = [["database", "stored", "insert µs", "look-up µs", "insert ×", "look-up ×"]]
    for one in found:
        small = next(other for other in found if other["database"] == one["database"])
        ratios = [f"{one[name] / small[name]:.2f}" for name in ("insert", "look_up")]
        table.append(
            [one["database"], f"{one['stored']:,}", f"{one['insert']:,.1f}", f"{one['look_up']:,.1f}", *ratios]
        )
    return table
