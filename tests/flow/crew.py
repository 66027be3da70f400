"""Two processes of every role on one database and one broker, kept alive as a service manager would."""

import asyncio
import os
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from connectors.serving import listen

ROOT = Path(__file__).parents[2]
ROLES = ("api", "relay", "worker", "delivery", "sealer")


class Member:
    """One process. Started again, on the same port, whenever it dies."""

    def __init__(self, role: str, number: int, folder: Path, settings: dict[str, str]) -> None:
        self.name = f"{role}-{number}"
        self.role = role
        door = listen("127.0.0.1", 0)
        self.port = door.getsockname()[1]
        door.close()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._settings = {**os.environ, **settings, "HUB_LISTEN": f"127.0.0.1:{self.port}"}
        self.process: asyncio.subprocess.Process | None = None
        self.starts = 0

    async def start(self) -> None:
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, str(ROOT / "hub.py"), "serve", "--role", self.role,
                cwd=self._folder, env=self._settings, stdout=log, stderr=log,
            )  # fmt: skip
        self.starts += 1

    def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()


class Crew:
    def __init__(self, folder: Path, settings: dict[str, str], each: int = 2) -> None:
        self.members = [Member(role, number, folder, settings) for role in ROLES for number in range(1, each + 1)]
        self._watch: list[asyncio.Task[None]] = []
        self.gates: Iterator[str] = cycle([member.url for member in self.members if member.role == "api"])

    async def start(self) -> None:
        for member in self.members:
            await member.start()
        self._watch = [asyncio.create_task(self._keep(member)) for member in self.members]

    async def _keep(self, member: Member) -> None:
        while True:
            await member.process.wait()
            await asyncio.sleep(0.2)
            await member.start()

    async def stop(self) -> list[int | None]:
        """Ask all to leave, and return how each did."""
        for task in self._watch:
            task.cancel()
        await asyncio.gather(*self._watch, return_exceptions=True)
        running = [member.process for member in self.members if member.process and member.process.returncode is None]
        for process in running:
            process.terminate()
        await asyncio.wait_for(asyncio.gather(*(process.wait() for process in running)), 40)
        return [process.returncode for process in running]
