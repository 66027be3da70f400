"""Processes of a subject: started in their own session, measured through /proc, ended by their own id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PATIENCE = 60.0


class NotStarted(Exception):
    """A process that did not come up; the message shows the end of its log."""


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@dataclass
class Running:
    """One process with whatever it starts. `role` groups its costs: gateway, worker, broker, database."""

    role: str
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def alive(self) -> bool:
        return self.popen.poll() is None

    def tree(self) -> list[int]:
        """Its own id and those of all its descendants."""
        found, ahead = [], [self.pid]
        while ahead:
            pid = ahead.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    ahead.extend(int(child) for child in children.read_text().split())
                except (FileNotFoundError, ProcessLookupError):
                    continue  # It ended while we looked.
        return found

    def cpu_seconds(self) -> float:
        """CPU time of the tree so far, children that ended and were waited for included."""
        ticks = 0
        for pid in self.tree():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICKS

    def memory(self) -> int:
        """Bytes of private and shared memory, shared pages divided by their users (PSS)."""
        total = 0
        for pid in self.tree():
            try:
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            total += next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)
        return total

    def kill(self) -> None:
        """SIGKILL to every process of the tree, at once, as when a machine dies."""
        for pid in self.tree():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.popen.wait()

    def stop(self, seconds: float = 20.0) -> None:
        """SIGTERM, and SIGKILL after so long."""
        if not self.alive:
            return
        self.popen.terminate()
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


def start(role: str, command: Sequence[str | Path], *, log: Path, cwd: Path, env: Mapping[str, str]) -> Running:
    """Start one process in a session of its own; what it prints goes to `log`."""
    with log.open("ab") as out:
        popen = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    return Running(role, popen, log)


def listens(port: int) -> bool:
    """Whether somebody accepts connections."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until_listening(running: Running, port: int, *, patience: float = PATIENCE) -> None:
    """Wait until the process accepts connections. Raises NotStarted."""
    ends = time.monotonic() + patience
    while not listens(port):
        if not running.alive or time.monotonic() > ends:
            tail = running.log.read_text(errors="replace")[-2000:]
            raise NotStarted(f"{running.role} does not listen on {port}:\n{tail}")
        time.sleep(0.05)
