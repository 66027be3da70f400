"""kill -9 under load: of each process of a subject and of the broker; then everything is looked at from outside.

Inquiries leave at a fixed rate. After two seconds the victim is killed with all its children and started again. `lost`
was accepted and is not answered a minute later, `repeated` took effect at the far side more than once, `refused` was
answered with an error or not at all. The hub is sent an operation whose effect must not happen twice; the peers
know no such difference.
"""

import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from benchmarks.length import Length
from benchmarks.load import Order, Seen
from benchmarks.processes import until_listening
from benchmarks.progress import Progress
from benchmarks.runs import stage
from benchmarks.subjects.ground import ROOT, Ground, Standing, Subject
from benchmarks.tables import Lines
from benchmarks.trial import Stage, call, verified
from benchmarks.work import ONCE, SERVICE

RATE = 150.0
BEFORE = 2.0
BROKER = "broker"
TAKES_CALLERS = frozenset({"hub", "gateway"})


@dataclass(frozen=True)
class Killed:
    """What one kill did. `sent` were tried, `back` seconds passed until the subject stood again."""

    subject: str
    victim: str
    sent: int
    accepted: int
    refused: int
    lost: int
    repeated: int
    back: float


def every(subjects: Sequence[Subject], length: Length, progress: Progress) -> list[dict[str, Any]]:
    """Kill every process of every subject, one trial each; `failed` says why one could not be measured."""
    progress.expect(sum(len(victims(subject)) for subject in subjects))
    found: list[dict[str, Any]] = []
    for subject in subjects:
        with stage() as ground:
            for victim in victims(subject):
                progress.step(f"kill -9: {victim} of {subject.name}")
                try:
                    found.append(asdict(trial(ground, subject, victim, round(RATE * length.kill_seconds))))
                except Exception as fault:  # noqa: BLE001 - one subject's fault must not end the others' run.
                    traceback.print_exc()
                    found.append({"subject": subject.name, "victim": victim, "failed": str(fault)})
    return found


def victims(subject: Subject) -> list[str]:
    """The processes that a subject has, and the broker if it stands on one."""
    return [*subject.roles, BROKER] if "rabbitmq" in subject.needs else list(subject.roles)


def trial(ground: Stage, subject: Subject, victim: str, count: int) -> Killed:
    """One kill under load."""
    with ground.standing(subject) as (given, standing):
        ground.reset()
        order = ground.order(
            given, standing, count, rate=RATE, sample=count + 1, finish=False,
            service=ONCE if subject.name.startswith("hub") else SERVICE,
        )  # fmt: skip
        sending = _begin(order)
        time.sleep(BEFORE)
        began = time.monotonic()
        _kill(ground, given, standing, victim)
        back = time.monotonic() - began
        out, _ = sending.communicate()
        seen = Seen(**orjson.loads(out))
        completed = verified(order, seen.ids, patience=60.0)
        repeated = orjson.loads(call(ground.stub_port, "GET", "/counts"))["repeated"]
    return Killed(
        subject.name,
        victim,
        count,
        seen.accepted,
        seen.refused + seen.unanswered,
        seen.accepted - completed,
        repeated,
        round(back, 2),
    )


def _begin(order: Order) -> "subprocess.Popen[bytes]":
    sending = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load", "send"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )  # fmt: skip
    assert sending.stdin is not None
    sending.stdin.write(orjson.dumps(asdict(order)))
    sending.stdin.close()
    sending.stdin = None
    return sending


def _kill(ground: Stage, given: Ground, standing: Standing, victim: str) -> None:
    """SIGKILL, and the same command again, as a service supervisor would; returns when it takes connections."""
    if victim == BROKER:
        ground.servers.of(BROKER)[0].kill()
        ground.servers.start_broker()
        return
    for process in standing.of(victim):
        process.kill()
    if standing.restart is not None:
        standing.processes = [one for one in standing.processes if one.role != victim]
        again = standing.restart(victim)
        standing.processes.append(again)
        if victim in TAKES_CALLERS:
            until_listening(again, given.port)


def lines(found: Sequence[dict[str, Any]]) -> Lines:
    """A line for each kill."""
    heads = ["", "victim", "sent", "accepted", "refused", "lost", "repeated", "back after s"]
    names = ("subject", "victim", "sent", "accepted", "refused", "lost", "repeated", "back")
    return [heads, *([str(one.get(name, "failed")) for name in names] for one in found)]
