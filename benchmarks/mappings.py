"""The mapping language against written code and other people's languages; loading many documents; growth of memory.

Every subject translates the same record of forty fields, interleaved round by round in one process; what is told is
the median of the CPU time, and the median of its ratio to the hand-written code of the same round. The check of a
reply by its canonical model is the same call for everybody, so it is left out of the comparison and told by itself.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import mappings_written as written
from benchmarks.length import Length
from benchmarks.mappings_peers import Translate, peers
from benchmarks.mappings_record import APPLICATION, NATIVE, Application, document_text
from benchmarks.progress import Progress
from benchmarks.subjects.ground import Subject
from benchmarks.tables import Lines, aligned
from mappings.compiler import Mapping, compile_document
from mappings.document import load_document

_MODELS = {"Application": Application}
_STATUS = Path("/proc/self/statm")
_PAGE = 4096
HAND = "hand-written Python"


def _compiled(number: int = 0) -> Mapping:
    return compile_document(load_document(document_text(number).encode(), name="application.yaml", models=_MODELS))


def _micros(translate: Translate, message: Any, count: int) -> float:
    started = time.thread_time()
    for _ in range(count):
        translate(message)
    return (time.thread_time() - started) / count * 1e6


def _race(subjects: dict[str, Translate], message: Any, *, rounds: int, count: int) -> list[dict[str, Any]]:
    for translate in subjects.values():
        _micros(translate, message, max(count // 10, 1))
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, translate in subjects.items():
            found[name].append(_micros(translate, message, count))
    hand = found[HAND]
    return [
        {
            "subject": name,
            "micros": statistics.median(times),
            "ratio": statistics.median(one / other for one, other in zip(times, hand, strict=True)),
        }
        for name, times in found.items()
    ]


def _direction(name: str, mapping: Mapping, *, quick: bool) -> tuple[list[dict[str, Any]], dict[str, str]]:
    document = mapping.document
    there = name == "to_native"
    fields = (document.to_native if there else document.from_native) or {}
    subjects: dict[str, Translate] = {
        HAND: written.to_native if there else written.from_native,
        "mapping document": mapping.to_native if there else mapping.fields_from_native,
    }
    message: Any = APPLICATION if there else NATIVE
    if subjects[HAND](message) != subjects["mapping document"](message):
        raise ValueError(f"{name}: the two translations differ")
    absent = {}
    for peer, translate in peers(fields, document.tables).items():
        if isinstance(translate, str):
            absent[peer] = translate
        else:
            subjects[peer] = translate
    return _race(subjects, message, rounds=3 if quick else 25, count=20 if quick else 200), absent


def _loading(count: int, text: bytes) -> dict[str, Any]:
    """Seconds for loading and compiling `count` documents, all of which are kept."""
    kept = []
    gc.collect()
    started = time.perf_counter()
    cpu = time.process_time()
    for number in range(count):
        raw = text + b"\n# %d\n" % number
        kept.append(compile_document(load_document(raw, name="many.yaml", models=_MODELS)))
    return {
        "documents": len(kept),
        "bytes": len(text),
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - cpu,
    }


def _resident() -> float:
    return int(_STATUS.read_text().split()[1]) * _PAGE / 2**20


def _memory(mapping: Mapping, count: int) -> list[dict[str, Any]]:
    """MiB resident after each tenth of `count` mappings, both ways by turns."""
    found = []
    for tenth in range(11):
        if tenth:
            for _ in range(count // 20):
                mapping.to_native(APPLICATION)
                mapping.fields_from_native(NATIVE)
        found.append({"mappings": tenth * (count // 10), "mib": _resident()})
    return found


_SMALL = """\
id: benchmark.small
version: 1
title: {fa: نمونه, en: Small}
canonical: {request: Application}
grade: assumed
tables: {kind: {new: "1", repair: "2", rebuild: "3"}}
to_native:
  Ref: {path: /request_number}
  User: {path: /$context/credential_username}
  Kind: [{path: /kind}, {lookup: {table: kind}}]
  Day: [{path: /requested_on}, {date: {in: iso, out: "jalali:%Y/%m/%d"}}]
  Owner/Name: {path: /owner/given_name}
  Owner/Family: {path: /owner/family_name}
  Owner/Code: [{path: /owner/national_id}, integer]
  Note: [{path: /note}, {default: "-"}]
outcome:
  code: [{path: /Result}, text]
  table: {"1": answered, "2": {refused: benchmark.no}}
"""


def measure(*, quick: bool, count: int | None = None) -> dict[str, Any]:
    """Run everything, or a short form of it. `count` is for how many messages the memory is watched."""
    mapping = _compiled()
    result: dict[str, Any] = {}
    for name in ("to_native", "from_native"):
        result[name], result["left_out"] = _direction(name, mapping, quick=quick)
    result["whole_reply_micros"] = _micros(mapping.from_native, NATIVE, 20 if quick else 2000)
    result["memory"] = _memory(mapping, count or (20_000 if quick else 10_000_000))
    many = 200 if quick else 10_000
    result["loading"] = [_loading(many, text.encode()) for text in (_SMALL, document_text())]
    return result


def part(_subjects: Sequence[Subject], length: Length, _progress: Progress) -> dict[str, Any]:
    """This part of a whole run; memory is watched for a shorter while."""
    return measure(quick=length.quick, count=None if length.quick else 200_000)


def lines(found: dict[str, Any]) -> Lines:
    """What was measured, as a table."""
    rows = [["what", "subject", "measured", "to hand-written"]]
    for name in ("to_native", "from_native"):
        for row in found[name]:
            rows.append([f"forty fields, {name}", row["subject"], f"{row['micros']:,.1f} µs", f"{row['ratio']:.2f}"])
    for peer, reason in found["left_out"].items():
        rows.append(["left out", peer, reason, ""])
    rows.append(["with the canonical model's check", "mapping document", f"{found['whole_reply_micros']:,.1f} µs", ""])
    for row in found["loading"]:
        what = f"{row['documents']:,} documents of {row['bytes']:,} bytes loaded"
        rows.append([what, "", f"{row['seconds']:.1f} s ({row['cpu_seconds']:.1f} s CPU)", ""])
    for row in found["memory"]:
        rows.append([f"resident after {row['mappings']:,} mappings", "", f"{row['mib']:.1f} MiB", ""])
    return rows


def main() -> int:
    """`python -m benchmarks.mappings [--quick] [--count N]`: this part alone."""
    reader = argparse.ArgumentParser(prog="benchmarks.mappings", description=__doc__)
    reader.add_argument("--quick", action="store_true", help="one short round")
    reader.add_argument("--count", type=int, help="mappings during which the memory is watched; 10,000,000")
    given = reader.parse_args()
    print(aligned(lines(measure(quick=given.quick, count=given.count))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
