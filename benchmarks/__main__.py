"""`python -m benchmarks [PART …] [--quick] [--subjects a,b] [--json FILE]`: measure, print tables, keep JSON."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from benchmarks import growth, kills, layers, machine, mappings, setup
from benchmarks.runs import QUICK, Length, Rows, latency, say, throughput
from benchmarks.subjects.all import SUBJECTS
from benchmarks.subjects.ground import Subject
from benchmarks.subjects.node_red import NODE_RED, NODE_RED_TUNED
from benchmarks.subjects.peers import PEER_SUBJECTS
from benchmarks.tables import aligned, table

FLOOR = "floor-sqlite"
SLOW_DISK_MS = 2.0


def _throughput(subjects: Sequence[Subject], length: Length) -> Any:
    return _shown("Closed loop, 32 connections, inquiries of 1 KiB", throughput(subjects, length))


def _many(subjects: Sequence[Subject], length: Length) -> Any:
    return _shown("Closed loop, 128 connections", throughput(subjects, length, connections=128))


def _slow_disk(subjects: Sequence[Subject], length: Length) -> Any:
    rows = throughput(subjects, replace(length, count=length.count // 2), delay_ms=SLOW_DISK_MS)
    return _shown("32 connections, 2 ms added to every fsync of every process", rows)


def _latency(subjects: Sequence[Subject], length: Length) -> Any:
    return _shown(f"Fixed rate, {length.rate:.0f} inquiries a second", latency(subjects, length))


def _kills(subjects: Sequence[Subject], length: Length) -> Any:
    found = kills.every(subjects, length)
    print("\nkill -9 under load: what was lost, repeated, refused\n")
    print(kills.table(found))
    return found


def _layers(_: Sequence[Subject], length: Length) -> Any:
    found = layers.measure(quick=length.quick)
    print("\nThe hub's layers, each alone on one thread: CPU µs of one inquiry\n")
    print(aligned([["layer", "µs"], *([name, f"{cost:,.1f}"] for name, cost in found.items())]))
    return found


def _growth(_: Sequence[Subject], length: Length) -> Any:
    found = growth.measure(quick=length.quick)
    print("\nThe ledger's size: wall-clock µs of one act\n")
    lines = [["stored", "insert µs", "look-up µs", "file MiB"]]
    for one in found:
        lines.append([f"{one['stored']:,.0f}", *(f"{one[name]:,.1f}" for name in ("insert", "look_up", "file_mib"))])
    print(aligned(lines))
    return found


PARTS: dict[str, Callable[[Sequence[Subject], Length], Any]] = {
    "throughput": _throughput,
    "latency": _latency,
    "connections": _many,
    "slow-disk": _slow_disk,
    "kills": _kills,
    "layers": _layers,
    "growth": _growth,
    "mappings": lambda _, length: mappings.report(quick=length.quick),
}


def _shown(title: str, rows: Rows) -> Rows:
    print(f"\n{title}\n")
    print(table(rows, against=FLOOR))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts named, or all; 0 when every subject could be measured."""
    reader = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    reader.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when none is named")
    reader.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    reader.add_argument("--subjects", default="", help=f"of {','.join(SUBJECTS)}; all when left out")
    reader.add_argument("--rounds", type=int, help="interleaved rounds; medians are taken over them")
    reader.add_argument("--count", type=int, help="inquiries of one trial")
    reader.add_argument("--no-install", action="store_true", help="leave out the peers that are not installed")
    reader.add_argument("--json", type=Path, help="where the numbers are kept too")
    given = reader.parse_args(arguments)
    unknown = set(given.parts) - set(PARTS)
    names = [name for name in given.subjects.split(",") if name] or list(SUBJECTS)
    unknown |= set(names) - set(SUBJECTS)
    if unknown:
        reader.error(f"unknown: {', '.join(sorted(unknown))}")
    length = QUICK if given.quick else Length()
    if given.rounds:
        length = replace(length, rounds=given.rounds)
    if given.count:
        length = replace(length, count=given.count)
    if not given.no_install and any(one.name in names for one in (*PEER_SUBJECTS, NODE_RED, NODE_RED_TUNED)):
        setup.install()
    here = machine.describe()
    print(aligned([["machine", ""], *([name, value] for name, value in here.items())]))
    subjects, missing = [], {}
    for name in names:
        reason = SUBJECTS[name].available()
        if reason is None:
            subjects.append(SUBJECTS[name])
        else:
            missing[name] = reason
            say(f"{name} is left out: {reason}")
    results: dict[str, Any] = {"machine": here, "left_out": missing}
    for part in given.parts or PARTS:
        results[part] = PARTS[part](subjects, length)
    if given.json:
        given.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
