"""`python -m benchmarks [PART …]`: measure, print tables, keep JSON. `… table FILE …` renders what was kept."""

import argparse
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from benchmarks import machine, report, setup
from benchmarks.length import QUICK, Length
from benchmarks.parts import PARTS
from benchmarks.progress import Progress, say
from benchmarks.subjects.all import SUBJECTS
from benchmarks.subjects.ground import Subject
from benchmarks.subjects.node_red import NODE_RED, NODE_RED_TUNED
from benchmarks.subjects.peers import PEER_SUBJECTS
from benchmarks.tables import aligned


def _reader() -> argparse.ArgumentParser:
    reader = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    reader.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when none is named")
    reader.add_argument("--quick", action="store_true", help="one short round, to see that everything works")
    reader.add_argument("--subjects", default="", help=f"of {','.join(SUBJECTS)}; each part's own when left out")
    reader.add_argument("--rounds", type=int, help="interleaved rounds; medians are taken over them")
    reader.add_argument("--count", type=int, help="inquiries of one closed loop, and of the backlog")
    reader.add_argument("--no-install", action="store_true", help="leave out the peers that are not installed")
    reader.add_argument("--json", type=Path, help="where the numbers are kept too, after each part")
    return reader


def read(arguments: Sequence[str]) -> tuple[argparse.Namespace, Length, dict[str, list[str]]]:
    """What was asked for: options, length, and the subjects of each part. Ends the program on what it does not know."""
    reader = _reader()
    given = reader.parse_args(arguments)
    named = [name for name in given.subjects.split(",") if name]
    unknown = (set(given.parts) - set(PARTS)) | (set(named) - set(SUBJECTS))
    if unknown:
        reader.error(f"unknown: {', '.join(sorted(unknown))}")
    length = QUICK if given.quick else Length()
    if given.rounds:
        length = replace(length, rounds=given.rounds)
    if given.count:
        length = replace(length, count=given.count, backlog=given.count)
    parts = {part: named or list(PARTS[part].subjects) for part in given.parts or PARTS}
    return given, length, parts


def _present(names: Sequence[str]) -> tuple[dict[str, Subject], dict[str, str]]:
    """The subjects that can be measured here, and why the others cannot."""
    reasons = {name: SUBJECTS[name].available() for name in names}
    missing = {name: reason for name, reason in reasons.items() if reason is not None}
    for name, reason in missing.items():
        say(f"{name} is left out: {reason}")
    return {name: SUBJECTS[name] for name in names if name not in missing}, missing


def run(arguments: Sequence[str]) -> int:
    """Run the parts named, or all; 0 when every subject asked for could be measured."""
    given, length, parts = read(arguments)
    # Servers and subjects live in sessions of their own: they are ended by leaving their contexts, never by our end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # What runs inside this process (layers, growth, the backlog's filler) shall not write between the tables.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    names = list(dict.fromkeys(name for subjects in parts.values() for name in subjects))
    if not given.no_install and any(one.name in names for one in (*PEER_SUBJECTS, NODE_RED, NODE_RED_TUNED)):
        setup.install()
    here = machine.describe()
    print(aligned([["machine", ""], *([name, value] for name, value in here.items())]))
    present, missing = _present(names)
    results: dict[str, Any] = {
        "command": " ".join(["python -m benchmarks", *arguments]),
        "date": datetime.now(UTC).date().isoformat(),
        "quick": length.quick,
        "machine": here,
        "left_out": missing,
        "parts": {},
    }
    ahead = list(parts)
    for name, subjects in parts.items():
        part = PARTS[name]
        ahead.remove(name)
        after = 0.0 if length.quick else sum(PARTS[one].minutes for one in ahead)
        progress = Progress(name, minutes=part.minutes, after=after)
        found = part.measure([present[one] for one in subjects if one in present], length, progress)
        results["parts"][name] = {"minutes": round(progress.taken, 1), "found": found}
        print(f"\n{part.title} ({progress.taken:.1f} min)\n\n{aligned(part.show(found))}", flush=True)
        if given.json:
            given.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))
    return 1 if missing else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, or render what was measured."""
    told = list(sys.argv[1:] if arguments is None else arguments)
    return report.main(told[1:]) if told[:1] == ["table"] else run(told)


if __name__ == "__main__":
    raise SystemExit(main())
