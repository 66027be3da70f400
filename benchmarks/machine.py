"""Describes the machine that a table was measured on, so that nobody compares tables of two machines."""

import os
import platform
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median


def describe() -> dict[str, str]:
    """Processor, memory, kernel, versions, and what an fsync costs here."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "rabbitmq": _package("rabbitmq-server"),
        "postgresql": _package("postgresql"),
        "node": _output("node", "--version"),
        "fsync": f"{fsync_microseconds():.0f} µs",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def fsync_microseconds(times: int = 200) -> float:
    """Median of writing and syncing 4 KiB in the folder for temporary files."""
    taken = []
    with tempfile.TemporaryFile() as file:
        for _ in range(times):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1e6)
    return median(taken)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _package(name: str) -> str:
    return _output("dpkg-query", "-W", "-f", "${Version}", name)


def _output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "absent"
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "absent"
