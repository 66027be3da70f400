"""Counts the fsyncs of other processes, and slows each one down as a real disk would, by a small preloaded library."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).parent / "native" / "fsyncs.c"


def build(folder: Path) -> Path:
    """Compile the library with the machine's C compiler."""
    library = folder / "fsyncs.so"
    if not library.exists():
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)  # noqa: S607 - gcc of the machine.
    return library


class Fsyncs:
    """The counter of one group of processes. `environment` goes into each of them."""

    def __init__(self, folder: Path, name: str, *, delay_ms: float = 0.0) -> None:
        self._count = folder / f"{name}.fsyncs"
        self._count.write_bytes(bytes(8))
        # A broker may run as another user.
        self._count.chmod(0o666)
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(build(folder)),
            "FSYNC_COUNT": str(self._count),
            "FSYNC_DELAY_US": str(round(delay_ms * 1000)),
        }

    @property
    def count(self) -> int:
        return int.from_bytes(self._count.read_bytes(), "little")
