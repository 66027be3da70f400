"""What a subject is given to stand on in one trial, and what it gives back."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fsyncs import Fsyncs
from benchmarks.processes import Running

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.executable)
LOAD = "benchmarks.load"
"""The module of the load generator."""
PEERS_PYTHON = ROOT / "benchmarks" / ".venv" / "bin" / "python"


@dataclass(frozen=True)
class Ground:
    """A fresh folder, the ports to use, and the preloaded counter of the subject's own processes."""

    folder: Path
    port: int
    stub: int
    fsyncs: Fsyncs
    amqp: str = ""
    postgres: str = ""


@dataclass
class Standing:
    """A subject that runs. `headers` go with every request; `restart` starts one role again after a kill.

    `generator` is the module that sends to it, where that is not the load generator of HTTP.
    """

    processes: list[Running]
    headers: Mapping[str, str] = field(default_factory=dict)
    case: str | None = None
    restart: Callable[[str], Running] | None = None
    generator: str = LOAD

    def of(self, role: str) -> list[Running]:
        return [process for process in self.processes if process.role == role]

    def logs(self, length: int = 1500) -> str:
        """The end of what each process printed."""
        return "\n".join(f"[{one.role}] {one.log.read_text(errors='replace')[-length:]}" for one in self.processes)

    def stop(self) -> None:
        for process in self.processes:
            if process.alive:
                process.popen.terminate()
        for process in self.processes:
            process.stop()


@dataclass(frozen=True)
class Subject:
    """`needs` names the servers it stands on: rabbitmq, postgres. `roles` are its processes."""

    name: str
    title: str
    start: Callable[[Ground], Standing]
    needs: frozenset[str] = frozenset()
    available: Callable[[], str | None] = lambda: None
    roles: tuple[str, ...] = ("gateway", "worker")
