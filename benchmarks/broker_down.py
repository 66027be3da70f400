"""The broker is killed and stays away while inquiries go on arriving: what is accepted, and what becomes of it.

Every inquiry of the trial is posted while nobody listens on the broker's port. Then the broker is started again, and
everything accepted must be visible as answered.
"""

import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from benchmarks.kills import BROKER, RATE
from benchmarks.length import Length
from benchmarks.outside import resident_mb
from benchmarks.progress import Progress
from benchmarks.runs import stage
from benchmarks.subjects.ground import Subject
from benchmarks.tables import Lines
from benchmarks.trial import Stage, call, send, verified

PATIENCE = 90.0


@dataclass(frozen=True)
class Outage:
    """What one outage did. Memory of the process that takes callers, in megabytes; seconds until all was answered,
    counted from the moment at which the broker took connections again.
    """

    subject: str
    sent: int
    accepted: int
    answered: int
    repeated: int
    seconds: float
    memory_before: float
    memory_after: float


def measure(subjects: Sequence[Subject], length: Length, progress: Progress) -> list[dict[str, Any]]:
    """One outage for each subject that stands on a broker; `failed` says why one could not be measured."""
    progress.expect(len(subjects))
    found: list[dict[str, Any]] = []
    for subject in subjects:
        progress.step(f"no broker for {subject.name}")
        try:
            with stage() as ground:
                found.append(asdict(_outage(ground, subject, round(RATE * length.down_seconds), length.warming)))
        except Exception as fault:  # noqa: BLE001 - one subject's fault must not end the others' run.
            traceback.print_exc()
            found.append({"subject": subject.name, "failed": str(fault)})
    return found


def _outage(ground: Stage, subject: Subject, count: int, warming: int) -> Outage:
    with ground.standing(subject) as (given, standing):
        send(ground.order(given, standing, warming, prefix="warm", patience=30.0))
        ground.reset()
        gateway = standing.processes[0]
        before = resident_mb(gateway)
        ground.servers.of(BROKER)[0].kill()
        order = ground.order(given, standing, count, rate=RATE, sample=count + 1, finish=False)
        seen = send(order)
        after = resident_mb(gateway)
        ground.servers.start_broker()
        back = time.monotonic()
        answered = verified(order, seen.ids, patience=PATIENCE)
        seconds = time.monotonic() - back
        repeated = orjson.loads(call(ground.stub_port, "GET", "/counts"))["repeated"]
    return Outage(subject.name, count, seen.accepted, answered, repeated, round(seconds, 1), before, after)


def lines(found: Sequence[dict[str, Any]]) -> Lines:
    """A line for each subject."""
    table = [["", "posted", "accepted %", "answered later", "repeated", "all answered after s", "gateway MB"]]
    for one in found:
        if "failed" in one:
            table.append([one["subject"], "failed", *["–"] * 5])
            continue
        table.append([
            one["subject"], f"{one['sent']:,}", f"{100 * one['accepted'] / one['sent']:.1f}", f"{one['answered']:,}",
            str(one["repeated"]), f"{one['seconds']:.1f}",
            f"{one['memory_before']:.0f} → {one['memory_after']:.0f}",
        ])  # fmt: skip
    return table
