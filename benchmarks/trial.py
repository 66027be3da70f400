"""One trial: start a subject on fresh ground, warm it, send one order, and write down what it cost."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Any

import orjson

from benchmarks.fsyncs import Fsyncs
from benchmarks.load import Order, Seen
from benchmarks.processes import free_port, start, until_listening
from benchmarks.servers import Servers
from benchmarks.subjects.ground import LOAD, ROOT, Ground, Standing, Subject


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

    def numbers(self) -> dict[str, float]:
        """Everything that was counted, by name; CPU of each process as `cpu_<role>`."""
        found = {name: value for name, value in asdict(self).items() if name not in {"subject", "parts"}}
        return {**found, "lost": self.lost, **{f"cpu_{role}": cost for role, cost in self.parts.items()}}


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
        plain = Order(
            ground.port, ground.stub, count, headers=dict(standing.headers), case=standing.case, amqp=ground.amqp
        )
        return replace(plain, **more)

    def reset(self) -> None:
        """Let the far side forget."""
        call(self.stub_port, "POST", "/reset")

    def measure(self, subject: Subject, count: Callable[[float], int], *, warming: int, **more: Any) -> Cost:
        """Run one trial: `count` is told the rate at which the subject was warmed, and says how many are sent."""
        with self.standing(subject) as (ground, standing):
            self.reset()
            warm = self.order(ground, standing, warming, prefix="warm", patience=30.0)
            seen = send(warm, standing.generator)
            if seen.effects < warming:
                raise Stuck(f"{subject.name} did not finish {warming} inquiries:\n{standing.logs()}")
            asked = count(warming / (seen.finished_at - seen.started_at))
            self.reset()
            before = self._meters(ground, standing)
            order = self.order(ground, standing, asked, **more)
            seen = send(order, standing.generator)
            after = self._meters(ground, standing)
            memory = max((process.memory() for process in standing.processes), default=seen.memory)
            repeated = orjson.loads(call(self.stub_port, "GET", "/counts"))["repeated"]
            completed = verified(order, seen.ids) if standing.generator == LOAD else seen.completed
        done = max(seen.accepted, 1)
        spent = {name: (after[name] - before[name]) / done for name in after}
        return Cost(
            subject.name,
            seen.accepted,
            completed,
            seen.refused + seen.unanswered,
            seen.accepted / (seen.accepted_at - seen.started_at),
            completed / (seen.finished_at - seen.started_at),
            *_spread(seen.accept),
            *_spread(seen.end_to_end),
            sum((spent[process.role] for process in standing.processes), seen.cpu / done) * 1e6,
            spent["/servers"] * 1e6,
            spent["/fsyncs"] * 1000,
            memory / 2**20,
            repeated,
            {process.role: spent[process.role] * 1e6 for process in standing.processes},
        )

    def _meters(self, ground: Ground, standing: Standing) -> dict[str, float]:
        """CPU seconds of each process by its role, those of the servers, and the fsyncs of all, up to now."""
        return {
            **{process.role: process.cpu_seconds() for process in standing.processes},
            "/servers": sum(process.cpu_seconds() for process in self.servers.running),
            "/fsyncs": ground.fsyncs.count + self.servers.fsyncs,
        }


def _spread(seconds: list[float]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds; zeros where nothing was measured."""
    if len(seconds) < 2:
        return 0.0, 0.0
    cuts = quantiles(seconds, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000


def send(order: Order, generator: str = LOAD) -> Seen:
    """Let the load generator, a process of its own, carry out the order."""
    return Seen(**_generate(generator, "send", asdict(order)))


def verified(order: Order, ids: list[str], *, patience: float = 30.0, still: float = 30.0) -> int:
    """How many of these inquiries a GET shows as answered, `patience` seconds later at most.

    When nothing more has been answered for `still` seconds, what is missing by then counts as not answered.
    """
    told = {"order": asdict(order), "ids": ids, "patience": patience, "still": still}
    return int(_generate(LOAD, "verify", told)["completed"])


def call(port: int, method: str, path: str) -> bytes:
    """One request to the stub."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request(method, path)
        return line.getresponse().read()
    finally:
        line.close()


def _generate(generator: str, what: str, order: Mapping[str, object]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", generator, what],
        input=orjson.dumps(order), stdout=subprocess.PIPE, check=True, cwd=ROOT,
    )  # fmt: skip
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer
