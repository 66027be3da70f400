"""The parts of a run that compare subjects: interleaved rounds, then medians and spread."""

import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.length import Length, Pace
from benchmarks.progress import Progress
from benchmarks.rounds import Rows, summed_up
from benchmarks.servers import Servers
from benchmarks.subjects.ground import Subject
from benchmarks.trial import Cost, Stage


@contextmanager
def stage(*, delay_ms: float = 0.0, hosts: int = 1) -> Iterator[Stage]:
    """A stub and servers of their own, ended whatever happens."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        servers = Servers(folder, delay_ms, hosts)
        made = Stage(folder, servers, delay_ms=delay_ms)
        try:
            yield made
        finally:
            made.close()
            servers.close()


def compare(
    subjects: Sequence[Subject],
    length: Length,
    progress: Progress,
    measure: Callable[[Stage, Subject], Cost],
    *,
    delay_ms: float = 0.0,
) -> Rows:
    """Interleaved rounds over the subjects. A round that fails is told on standard error and is missing in `rounds`."""
    found: dict[str, list[Cost]] = {}
    progress.expect(length.rounds * len(subjects))
    on_rabbit = sum("rabbitmq" in subject.needs for subject in subjects)
    with stage(delay_ms=delay_ms, hosts=max(1, length.rounds * on_rabbit)) as ground:
        for number in range(length.rounds):
            for subject in subjects:
                progress.step(f"round {number + 1}/{length.rounds}: {subject.name}")
                try:
                    found.setdefault(subject.name, []).append(measure(ground, subject))
                except Exception:  # noqa: BLE001 - one subject's fault must not end the others' run.
                    traceback.print_exc()
    return {name: summed_up([cost.numbers() for cost in costs]) for name, costs in found.items() if costs}


def throughput(
    subjects: Sequence[Subject], length: Length, progress: Progress, *, delay_ms: float = 0.0, **more: Any
) -> Rows:
    """Closed loop, of about as many seconds for every subject."""
    pace = Pace(length)

    def measure(ground: Stage, subject: Subject) -> Cost:
        cost = ground.measure(
            subject, lambda warm_rate: pace.count(subject.name, warm_rate), warming=length.warming, **more
        )  # fmt: skip
        pace.learn(subject.name, cost.completed_rate)
        return cost

    return compare(subjects, length, progress, measure, delay_ms=delay_ms)


def latency(subjects: Sequence[Subject], length: Length, progress: Progress) -> Rows:
    """The same rate for all."""

    def measure(ground: Stage, subject: Subject) -> Cost:
        return ground.measure(subject, lambda _: length.at_rate, warming=length.warming, rate=length.rate)

    return compare(subjects, length, progress, measure)
