"""What the size of the ledger does to it: accepting one inquiry and looking one up, at ten thousand and at a million.

SQLite, in this process, wall-clock microseconds of one act inside a transaction of five hundred; medians of nine.
"""

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import hub
from benchmarks.layers import resting
from benchmarks.runs import say
from benchmarks.work import Asking
from gateway.admission import admit
from gateway.authentication import identify
from gateway.bodies import InquiryRequest
from registry import inquiries, outbox
from registry.store import Transaction

BATCH = 500
ROUNDS = 9
SIZES = (10_000, 1_000_000)
QUICK_SIZES = (1_000, 5_000)


class Growing:
    """A ledger that is filled by the hub's own intake; its outbox rows are settled, as they are once answered."""

    def __init__(self, running: hub.Hub, orders: list[Any]) -> None:
        self._store = running.store
        self._intake: Any = running.flow.exchange._intake
        self._orders = orders
        self._known: list[str] = []
        self.size = 0

    def grow(self, size: int) -> None:
        """Accept until so many are stored."""
        while self.size < size:
            self.insert()

    def insert(self) -> float:
        """Accept a batch; microseconds for each."""

        def act(t: Transaction) -> float:
            began = time.perf_counter()
            rows: list[int] = []
            for order in self._orders:
                owed: list[Any] = []
                accepted = self._intake.accept(t, owed, order)
                rows.extend(row.id for row in owed)
                if random.random() < 0.01:
                    self._known.append(accepted.inquiry_id)
            taken = time.perf_counter() - began
            outbox.settle_many(t, rows)
            return taken * 1e6 / len(self._orders)

        taken = self._store.write_now(act)
        self.size += len(self._orders)
        return taken

    def look_up(self) -> float:
        """Read inquiries from all over the ledger; microseconds for each."""

        def act(t: Transaction) -> float:
            wanted = random.choices(self._known, k=BATCH)
            began = time.perf_counter()
            for one in wanted:
                inquiries.get(t, one)
            return (time.perf_counter() - began) * 1e6 / BATCH

        return self._store.read_now(act)


async def _measure(folder: Path, sizes: tuple[int, ...]) -> list[dict[str, float]]:
    found = []
    async with resting(folder) as (running, key, _):
        parts = running.app.state.parts
        caller = await identify(f"Bearer {key}", parts)
        trace = f"00-{'a' * 32}-{'b' * 16}-01"
        orders = [
            admit(
                parts,
                caller,
                InquiryRequest.model_validate_json(Asking("growth").body(number)),
                trace_parent=trace,
                idempotency=None,
            )
            for number in range(BATCH)
        ]
        growing = Growing(running, orders)
        for size in sizes:
            began = datetime.now(UTC)
            growing.grow(size)
            say(f"{size:,} stored after {(datetime.now(UTC) - began).total_seconds():.0f} s")
            found.append({
                "stored": size,
                "insert": median(growing.insert() for _ in range(ROUNDS)),
                "look_up": median(growing.look_up() for _ in range(ROUNDS)),
                "file_mib": _size(folder) / 2**20,
            })  # fmt: skip
    return found


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("hub.db*"))


def measure(*, quick: bool) -> list[dict[str, float]]:
    """One entry for each size of the ledger."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        return asyncio.run(_measure(Path(name), QUICK_SIZES if quick else SIZES))
