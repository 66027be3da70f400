"""The parts of a run that compare subjects: interleaved rounds, then medians."""

import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import Servers
from benchmarks.subjects.ground import Subject
from benchmarks.tables import medians
from benchmarks.trial import Cost, Stage

Rows = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Length:
    """How long a run is: inquiries of one trial, rounds, seconds at a fixed rate."""

    count: int = 10_000
    rounds: int = 3
    seconds: int = 20
    rate: float = 250.0
    quick: bool = False

    @property
    def at_rate(self) -> int:
        return round(self.rate * self.seconds)


QUICK = Length(count=1_000, rounds=1, seconds=4, quick=True)


@contextmanager
def stage(*, delay_ms: float = 0.0) -> Iterator[Stage]:
    """A stub and servers of their own, ended whatever happens."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        servers = Servers(folder, delay_ms)
        made = Stage(folder, servers, delay_ms=delay_ms)
        try:
            yield made
        finally:
            made.close()
            servers.close()


def compare(
    subjects: Sequence[Subject], length: Length, measure: Callable[[Stage, Subject], Cost], *, delay_ms: float = 0.0
) -> Rows:
    """Interleaved rounds over the subjects; a subject that fails is told on standard error and left out."""
    found: dict[str, list[Cost]] = {}
    with stage(delay_ms=delay_ms) as ground:
        for number in range(length.rounds):
            for subject in subjects:
                say(f"round {number + 1}/{length.rounds}: {subject.name}")
                try:
                    found.setdefault(subject.name, []).append(measure(ground, subject))
                except Exception:  # noqa: BLE001 - one subject's fault must not end the others' run.
                    traceback.print_exc()
    return {name: medians(costs) for name, costs in found.items() if costs}


def throughput(subjects: Sequence[Subject], length: Length, *, delay_ms: float = 0.0, **more: Any) -> Rows:
    """Closed loop at 32 connections."""
    return compare(subjects, length, lambda ground, one: ground.measure(one, length.count, **more), delay_ms=delay_ms)


def latency(subjects: Sequence[Subject], length: Length) -> Rows:
    """The same rate for all."""
    return compare(subjects, length, lambda ground, one: ground.measure(one, length.at_rate, rate=length.rate))


def say(sentence: str) -> None:
    """Progress, away from the results."""
    print(sentence, file=sys.stderr, flush=True)
