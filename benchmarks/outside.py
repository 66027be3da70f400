"""What a part sees of a subject from outside while it works: what took effect at the far side, and memory."""

import time
from pathlib import Path

import orjson

from benchmarks.processes import PAGE, Running
from benchmarks.trial import call


def effects(stub_port: int) -> int:
    """How many inquiries have reached the far side."""
    return int(orjson.loads(call(stub_port, "GET", "/counts"))["distinct"])


def until_effects(stub_port: int, wanted: int, *, patience: float) -> float:
    """Wait until so many have; returns the moment. Raises TimeoutError."""
    ends = time.monotonic() + patience
    while effects(stub_port) < wanted:
        if time.monotonic() > ends:
            raise TimeoutError(f"{effects(stub_port):,} of {wanted:,} inquiries took effect in {patience:.0f} s")
        time.sleep(0.05)
    return time.monotonic()


def resident_mb(process: Running) -> float:
    """Megabytes (10⁶ bytes) of resident memory of a process and its children, shared pages included."""
    pages = 0
    for pid in process.tree():
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended while we looked.
    return pages * PAGE / 1e6
