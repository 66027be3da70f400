"""One trial: start a subject on fresh ground, warm it, send one order, and write down what it cost."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson

from benchmarks.fsyncs import Fsyncs
from benchmarks.load import Order, Seen
from benchmarks.processes import Running, free_port, start, until_listening
from benchmarks.servers import Servers
from benchmarks.subjects.ground import ROOT, Ground, Standing, Subject

WARMING = 300


class Stuck(Exception):
    """A subject that does not do its work; the message shows the ends of its logs."""


@dataclass(frozen=True)
class Cost:
    """What one trial cost. Rates per second, latencies in milliseconds, CPU in microseconds of each inquiry."""

    subject: str
    accepted: int
    completed: int
    refused: int
    accepted_rate: float
    completed_rate: float
    accept_p50: float
    accept_p99: float
    end_p50: float
    end_p99: float
    cpu: float
    cpu_servers: float
    fsyncs: float
    memory: float
    effects_repeated: int
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Accepted, but not visible as answered."""
        return self.accepted - self.completed


class Stage:
    """A stub, the servers and a folder for the trials of one variation (a delay added to every fsync)."""

    def __init__(self, folder: Path, servers: Servers, *, delay_ms: float = 0.0) -> None:
        self.folder = folder
        self.servers = servers
        self.delay_ms = delay_ms
        self.stub_port = free_port()
        self.stub = start(
            "stub",
            [sys.executable, "-m", "benchmarks.stub", str(self.stub_port)],
            log=folder / "stub.log",
            cwd=ROOT,
            env={},
        )
        until_listening(self.stub, self.stub_port)
        self._trials = 0

    def close(self) -> None:
        self.stub.stop()

    @contextmanager
    def standing(self, subject: Subject) -> Iterator[tuple[Ground, Standing]]:
        """Give a subject that runs on fresh ground."""
        self._trials += 1
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"{self._trials}-{subject.name}-") as name:
            folder = Path(name)
            folder.chmod(0o755)
            amqp, postgres = self.servers.fresh(subject.needs)
            ground = Ground(
                folder,
                free_port(),
                self.stub_port,
                Fsyncs(self.folder, f"trial-{self._trials}", delay_ms=self.delay_ms),
                amqp,
                postgres,
            )
            standing = subject.start(ground)
            try:
                yield ground, standing
            finally:
                standing.stop()

    def order(self, ground: Ground, standing: Standing, count: int, **more: Any) -> Order:
        """An order for that subject."""
        plain = Order(ground.port, ground.stub, count, headers=dict(standing.headers), case=standing.case)
        return replace(plain, **more)

    def reset(self) -> None:
        """Let the far side forget."""
        call(self.stub_port, "POST", "/reset")

    def measure(self, subject: Subject, count: int, **more: Any) -> Cost:
        """Run one trial."""
        with self.standing(subject) as (ground, standing):
            self.reset()
            warm = self.order(ground, standing, WARMING, prefix="warm", patience=30.0)
            if send(warm).effects < WARMING:
                raise Stuck(f"{subject.name} did not finish {WARMING} inquiries:\n{standing.logs()}")
            self.reset()
            before = _cpu(standing.processes), _cpu(self.servers.running), self._fsyncs(ground)
            parts = {process.role: process.cpu_seconds() for process in standing.processes}
            order = self.order(ground, standing, count, **more)
            seen = send(order)
            after = _cpu(standing.processes), _cpu(self.servers.running), self._fsyncs(ground)
            parts = {p.role: (p.cpu_seconds() - parts[p.role]) * 1e6 / count for p in standing.processes}
            memory = max(process.memory() for process in standing.processes)
            counts = orjson.loads(call(self.stub_port, "GET", "/counts"))
            completed = verified(order, seen.ids)
        done = max(seen.accepted, 1)
        return Cost(
            subject.name,
            seen.accepted,
            completed,
            seen.refused + seen.unanswered,
            seen.accepted / (seen.accepted_at - seen.started_at),
            completed / (seen.finished_at - seen.started_at),
            *_spread(seen.accept),
            *_spread(seen.end_to_end),
            (after[0] - before[0]) * 1e6 / done,
            (after[1] - before[1]) * 1e6 / done,
            (after[2] - before[2]) * 1000 / done,
            memory / 2**20,
            counts["repeated"],
            parts,
        )

    def _fsyncs(self, ground: Ground) -> int:
        return ground.fsyncs.count + self.servers.fsyncs


def _cpu(processes: list[Running]) -> float:
    return sum(process.cpu_seconds() for process in processes)


def _spread(seconds: list[float]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds; zeros where nothing was measured."""
    if len(seconds) < 2:
        return 0.0, 0.0
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000


def send(order: Order) -> Seen:
    """Let the load generator, a process of its own, carry out the order."""
    return Seen(**_generator("send", asdict(order)))


def verified(order: Order, ids: list[str], *, patience: float = 30.0) -> int:
    """How many of these inquiries a GET shows as answered, after `patience` seconds at most."""
    told = {"order": asdict(order), "ids": ids, "patience": patience}
    return int(_generator("verify", told)["completed"])


def call(port: int, method: str, path: str) -> bytes:
    """One request to the stub."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request(method, path)
        return line.getresponse().read()
    finally:
        line.close()


def _generator(what: str, order: Mapping[str, object]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", what],
        input=orjson.dumps(order), stdout=subprocess.PIPE, check=True, cwd=ROOT,
    )  # fmt: skip
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer
