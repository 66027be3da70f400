"""Private RabbitMQ and PostgreSQL servers for one variation: started when first needed, ended by their own ids."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from benchmarks.fsyncs import Fsyncs
from benchmarks.processes import NotStarted, Running, free_port, start, until_listening

RABBIT = Path("/usr/lib/rabbitmq/bin")
BOOT = 180.0
"""Seconds; a broker that was killed with a million messages has much to read."""


@dataclass
class Servers:
    """The servers of one variation. Each trial gets a virtual host and a database of its own, of which `hosts` virtual
    ones are made at once.
    """

    folder: Path
    delay_ms: float = 0.0
    hosts: int = 1
    running: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._counter = Fsyncs(self.folder, "servers", delay_ms=self.delay_ms)
        self._rabbit: dict[str, str] = {}
        self._hosts: list[str] = []
        self._amqp_port = 0
        self._epmd_port = 0
        self._postgres_port = 0

    @property
    def fsyncs(self) -> int:
        return self._counter.count

    def of(self, role: str) -> list[Running]:
        return [process for process in self.running if process.role == role]

    def fresh(self, needs: Iterable[str]) -> tuple[str, str]:
        """(AMQP address of a new virtual host, address of a new database); empty where not needed."""
        amqp = self._virtual_host() if "rabbitmq" in needs else ""
        postgres = self._database(f"bench_{uuid.uuid4().hex[:12]}") if "postgres" in needs else ""
        return amqp, postgres

    def close(self) -> None:
        for process in reversed(self.running):
            if process.role == "broker":
                _stop_rabbit(process, self._epmd_port)
            else:
                process.stop()
        self.running.clear()

    def start_broker(self) -> Running:
        """Boot the node, or boot it again after a kill, on the same data."""
        folder = self.folder / "rabbit"
        folder.mkdir(exist_ok=True)
        if not self._rabbit:
            self._amqp_port = free_port()
            self._epmd_port = free_port()
            (folder / "plugins").write_text("[].\n")
            (folder / "conf").write_text("vm_memory_high_watermark.relative = 0.6\n")
            self._rabbit = {
                "HOME": str(folder),
                "RABBITMQ_NODENAME": f"bench{os.getpid()}@localhost",
                "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODE_PORT": str(self._amqp_port),
                "RABBITMQ_DIST_PORT": str(free_port()),
                "ERL_EPMD_PORT": str(self._epmd_port),
                "RABBITMQ_MNESIA_BASE": str(folder / "data"),
                "RABBITMQ_LOG_BASE": str(folder / "log"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
                "RABBITMQ_CONFIG_FILE": str(folder / "conf"),
                "RABBITMQ_CONF_ENV_FILE": str(folder / "absent"),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            }
        node = start(
            "broker", [RABBIT / "rabbitmq-server"], log=folder / "node.log", cwd=folder,
            env={**self._rabbit, **self._counter.environment},
        )  # fmt: skip
        self.running = [process for process in self.running if process.role != "broker"] + [node]
        until_listening(node, self._amqp_port, patience=BOOT)
        ends = time.monotonic() + BOOT
        while True:
            try:
                self.control("await_startup")
            except subprocess.CalledProcessError as fault:
                # After a kill the port mapper may still know the node that is gone.
                if not node.alive or time.monotonic() > ends:
                    raise NotStarted(f"the broker does not come up: {fault.stderr}") from fault
                time.sleep(0.5)
            else:
                return node

    def control(self, *arguments: str) -> str:
        """Run rabbitmqctl against the private node."""
        return subprocess.run(
            [RABBIT / "rabbitmqctl", "-q", *arguments],
            env={**os.environ, **self._rabbit}, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    def _virtual_host(self) -> str:
        """A virtual host nobody has used. `hosts` are made at once: each call of rabbitmqctl takes seconds."""
        if not self.of("broker"):
            self.start_broker()
        if not self._hosts:
            self._hosts = [f"bench_{uuid.uuid4().hex[:12]}" for _ in range(self.hosts)]
            everything = {"user": "guest", "configure": ".*", "write": ".*", "read": ".*"}
            definitions = self.folder / "rabbit" / "definitions.json"
            definitions.write_bytes(orjson.dumps({
                "vhosts": [{"name": name} for name in self._hosts],
                "permissions": [{"vhost": name, **everything} for name in self._hosts],
            }))  # fmt: skip
            self.control("import_definitions", str(definitions))
        name = self._hosts.pop()
        return f"amqp://guest:guest@127.0.0.1:{self._amqp_port}/{name}"

    def _database(self, name: str) -> str:
        if not self.of("database"):
            self.start_database()
        _as_postgres([_postgres("createdb"), "-h", "127.0.0.1", "-p", str(self._postgres_port), name])
        return f"postgresql://postgres@127.0.0.1:{self._postgres_port}/{name}"

    def start_database(self) -> Running:
        """Start the private cluster, or start it again after a kill, on the same data."""
        folder = self.folder / "postgres"
        if not folder.exists():
            folder.mkdir()
            self.folder.chmod(0o755)
            if os.geteuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
            _as_postgres([_postgres("initdb"), "-D", folder / "data", "-A", "trust", "-U", "postgres"])
            self._postgres_port = free_port()
        cluster = start(
            "database",
            [*_user(), _postgres("postgres"), "-D", folder / "data", "-p", str(self._postgres_port),
             "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}",
             "-c", "max_connections=200"],
            log=self.folder / "postgres.log", cwd=folder, env=self._counter.environment,
        )  # fmt: skip
        self.running = [process for process in self.running if process.role != "database"] + [cluster]
        until_listening(cluster, self._postgres_port)
        ends = time.monotonic() + BOOT
        ready: list[str | Path] = [_postgres("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._postgres_port)]
        while subprocess.run(ready, check=False).returncode != 0:
            if time.monotonic() > ends:
                raise NotStarted("the database does not answer")
            time.sleep(0.05)
        return cluster


def _stop_rabbit(node: Running, epmd_port: int) -> None:
    """SIGTERM belongs to the beam; the port mapper is a daemon of its own and is known by its private port."""
    for pid in node.tree():
        name = Path(f"/proc/{pid}/comm")
        if name.exists() and name.read_text().startswith("beam"):
            os.kill(pid, signal.SIGTERM)
    try:
        node.popen.wait(30)
    except subprocess.TimeoutExpired:
        node.kill()
    _end_epmd(epmd_port)


def _end_epmd(port: int) -> None:
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            mine = f"ERL_EPMD_PORT={port}\0".encode() in entry.read_bytes()
            if mine and "epmd" in (entry.parent / "comm").read_text():
                os.kill(int(entry.parent.name), signal.SIGTERM)
        except (OSError, ValueError):
            continue


def _postgres(program: str) -> Path:
    """The program of the newest PostgreSQL on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return found[-1] if found else Path(program)


def _user() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


def _as_postgres(command: list[str | Path]) -> None:
    subprocess.run([*_user(), *(str(part) for part in command)], check=True, capture_output=True, cwd="/tmp")  # noqa: S108 - any folder that the user may enter.
