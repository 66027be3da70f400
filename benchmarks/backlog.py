"""A million inquiries queued: the worker's rate at the start against the end, restart after `kill -9`, and memory.

The hub on RabbitMQ and PostgreSQL, its worker stopped and started again around each measurement. A hundredth of the
backlog is posted over HTTP. The rest is written in bulk, as copies of those in the ledger (case, inquiry, status
events, outbox row; the journal's leaves are left out) and through the hub's own publisher into the queue: a million
POSTs would take an hour of a machine this size.
"""

import asyncio
import random
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.backlog_filler import Filler
from benchmarks.kills import BROKER
from benchmarks.length import Length
from benchmarks.outside import effects, resident_mb, until_effects
from benchmarks.progress import Progress
from benchmarks.runs import stage
from benchmarks.subjects.ground import Ground, Standing, Subject
from benchmarks.tables import Lines
from benchmarks.trial import Stage, send

STEPS = (100, 10, 1)
"""The backlog is measured at these parts of it."""
SETTLING = 2.0
"""Seconds of a worker that has just started, or of a broker that has just died, that are not counted."""
BEGUN, NEARLY = 0.2, 0.8
"""Shares of a queue between which a rate is that of a queue; the first ends the settling of a worker early."""
BACK = 180.0
TEMPLATES = 50
WARM = 5
"""So many times the usual warming: memory without a backlog shall be that of processes that have worked."""


class Backlog:
    """One hub with a queue that grows."""

    def __init__(self, ground: Stage, given: Ground, standing: Standing, length: Length) -> None:
        self._ground, self._given, self._standing, self._length = ground, given, standing, length
        self._ids: list[str] = []
        self._filled = 0
        self._filler: Filler | None = None
        self._order = replace(ground.order(given, standing, 0), finish=False)

    def worker(self, *, on: bool) -> None:
        """Start the worker, or let it end what it does and stop."""
        standing = self._standing
        for process in standing.of("worker"):
            process.stop()
        standing.processes = [one for one in standing.processes if one.role != "worker"]
        if on and standing.restart is not None:
            standing.processes.append(standing.restart("worker"))

    def memory(self, role: str) -> float:
        """Megabytes of the process of that role."""
        return resident_mb(self._standing.of(role)[0])

    def post(self, count: int, prefix: str) -> float:
        """Post inquiries; accepted per second."""
        seen = send(replace(self._order, count=count, prefix=prefix))
        if seen.accepted < count:
            raise RuntimeError(f"{count - seen.accepted} of {count} inquiries were not accepted")
        self._ids.extend(seen.ids)
        return seen.accepted / (seen.accepted_at - seen.started_at)

    def fill(self, size: int) -> float:
        """Queue until so many are waiting; queued per second."""
        if self._filler is None:
            self._filler = Filler(self._given, self._ids[-TEMPLATES:], random.Random(size))
        missing, began = size - self.waiting(), time.monotonic()
        if missing <= 0:
            return 0.0
        asyncio.run(self._filler.run(missing))
        self._filled += missing
        return missing / (time.monotonic() - began)

    def waiting(self) -> int:
        """How many are queued."""
        return len(self._ids) + self._filled - effects(self._ground.stub_port)

    def drain(self) -> tuple[float, float]:
        """Let the worker work for a while: (inquiries per second, its megabytes at the end)."""
        stub, queued = self._ground.stub_port, self.waiting()
        self.worker(on=True)
        before = effects(stub)
        until_effects(stub, before + 1, patience=BACK)
        _until(lambda: effects(stub) - before >= queued * BEGUN, SETTLING)
        began, first = time.monotonic(), effects(stub)
        _until(lambda: effects(stub) - before >= queued * NEARLY, self._length.window)
        rate = (effects(stub) - first) / (time.monotonic() - began)
        return rate, self.memory("worker")

    def restart(self) -> float:
        """Kill the broker, start it again at once; seconds from the kill until the worker has got something to do.

        Effects of the first seconds belong to messages that the worker held when the broker died.
        """
        stub, servers = self._ground.stub_port, self._ground.servers
        killed = time.monotonic()
        servers.of(BROKER)[0].kill()
        booting = threading.Thread(target=servers.start_broker)
        booting.start()
        time.sleep(SETTLING)
        back = until_effects(stub, effects(stub) + 1, patience=BACK) - killed
        booting.join()
        return back


def _until(done: Callable[[], bool], seconds: float) -> None:
    """Wait until it is done, so many seconds at most."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not done():
        time.sleep(0.1)


def measure(subjects: Sequence[Subject], length: Length, progress: Progress) -> dict[str, Any]:
    """The numbers of one growing backlog; `failed` says why it could not be measured."""
    progress.expect(len(STEPS) + 2)
    found: dict[str, Any] = {"count": length.backlog, "steps": []}
    try:
        for subject in subjects[:1]:
            found["subject"] = subject.name
            with stage() as ground, ground.standing(subject) as (given, standing):
                _grow(Backlog(ground, given, standing, length), ground, length, progress, found)
    except Exception as fault:  # noqa: BLE001 - one part's fault must not end the others' run.
        traceback.print_exc()
        found["failed"] = str(fault)
    return found


def _grow(hub: Backlog, ground: Stage, length: Length, progress: Progress, found: dict[str, Any]) -> None:
    steps = found["steps"]
    progress.step("no backlog")
    hub.post(WARM * length.warming, "warm")
    until_effects(ground.stub_port, WARM * length.warming, patience=BACK)
    steps.append({"backlog": 0, "gateway": hub.memory("gateway"), "worker": hub.memory("worker")})
    hub.worker(on=False)
    for part in STEPS:
        size = length.backlog // part
        progress.step(f"{size:,} queued")
        if part == STEPS[0]:
            found["accepted_start"] = hub.post(size, f"part-{part}")
        filled = hub.fill(size)
        if part == STEPS[-1]:
            found["accepted_end"] = hub.post(max(size // 1000, 300), "late")
            found["filled"] = filled
        rate, worker = hub.drain()
        steps.append({"backlog": size, "gateway": hub.memory("gateway"), "worker": worker, "rate": rate})
        if part != STEPS[-1]:
            hub.worker(on=False)
    progress.step("kill -9 of the broker")
    found["restart"] = hub.restart()


def lines(found: dict[str, Any]) -> Lines:
    """A line for each size of the backlog."""
    table = [["queued", "completed/s", "gateway MB", "worker MB"]]
    for one in found["steps"]:
        rate = f"{one['rate']:,.0f}" if "rate" in one else "–"
        table.append([f"{one['backlog']:,}", rate, f"{one['gateway']:.0f}", f"{one['worker']:.0f}"])
    return table
