"""The parts of a run: what each measures, whom, about how long it takes, and how its results are shown.

A new part is a function that takes the subjects, the length and the progress, returns what JSON can hold, and stands
in PARTS with another that turns this into lines of a table.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from benchmarks import backlog, broker_down, growth, kills, layers
from benchmarks.length import Length
from benchmarks.progress import Progress
from benchmarks.runs import latency, throughput
from benchmarks.subjects.all import SUBJECTS
from benchmarks.subjects.ground import Subject
from benchmarks.tables import CLOSED, TIMES, Lines, table

SLOW_DISK_MS = 2.0
EVERYONE = tuple(SUBJECTS)
HUBS = ("hub-sqlite", "hub-rabbitmq")
FLOORS = ("floor-pika", "floor-sqlite", "floor-rabbitmq")
TUNED = tuple(name for name in EVERYONE if name.endswith("-tuned"))

Measure = Callable[[Sequence[Subject], Length, Progress], Any]


class Part(NamedTuple):
    """`subjects` are measured when none are named, about `minutes` long in three rounds; `show` makes the table."""

    title: str
    minutes: float
    subjects: tuple[str, ...]
    measure: Measure
    show: Callable[[Any], Lines]


def _closed(found: Any) -> Lines:
    return table(found, CLOSED, against="hub-rabbitmq")


def _timed(found: Any) -> Lines:
    return table(found, TIMES)


PARTS: dict[str, Part] = {
    "throughput": Part("Closed loop, 32 connections, inquiries of 1 KiB", 9, EVERYONE, throughput, _closed),
    "connections": Part(
        "Closed loop, 128 connections", 4, (*FLOORS, *HUBS, "faststream-tuned"),
        lambda subjects, length, progress: throughput(subjects, length, progress, connections=128), _closed,
    ),
    "slow-disk": Part(
        "Closed loop, 32 connections, 2 ms added to every fsync of every process", 6, (*FLOORS, *HUBS, *TUNED),
        lambda subjects, length, progress: throughput(subjects, length, progress, delay_ms=SLOW_DISK_MS), _closed,
    ),
    "latency": Part(
        "Fixed rate, 250 inquiries a second", 6, (*FLOORS, *HUBS, "faststream", *TUNED), latency, _timed
    ),
    "kills": Part(
        "kill -9 under load: what was lost, repeated, refused", 6, (*HUBS, *TUNED), kills.every, kills.lines
    ),
    "broker-down": Part(
        "The broker is away under load", 1, ("hub-rabbitmq",), broker_down.measure, broker_down.lines
    ),
    "backlog": Part(
        "A growing backlog, RabbitMQ and PostgreSQL", 7, ("hub-rabbitmq",), backlog.measure, backlog.lines
    ),
    "growth": Part("The ledger's size: wall-clock µs of one act", 4, (), growth.measure, growth.lines),
    "layers": Part("The hub's layers, each alone on one thread: CPU µs of one inquiry", 1, (), layers.measure,
                   layers.lines),
}  # fmt: skip
