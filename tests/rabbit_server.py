"""A private RabbitMQ for tests: on free ports, in a folder of its own, stopped by its own process ids."""

import os
import shutil
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from pki.certificates import create_authority

SCRIPTS = Path("/usr/lib/rabbitmq/bin")
BOOT_SECONDS = 90.0


class ServerMissing(Exception):
    """The server's program is not installed."""


def free_ports(count: int) -> list[int]:
    """Give ports of 127.0.0.1 that nobody uses now."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports


def open_port(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class RabbitNode:
    """One RabbitMQ node with an epmd of its own. It can be stopped, killed and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        epmd = shutil.which("epmd")
        if not (SCRIPTS / "rabbitmq-server").exists() or epmd is None:
            raise ServerMissing("RabbitMQ (Debian: apt-get install --no-install-recommends rabbitmq-server)")
        self.folder = folder
        self._epmd_program = epmd
        self.port, self.tls_port, self._dist, self._epmd_port = free_ports(4)
        self._process: subprocess.Popen | None = None
        self._epmd: subprocess.Popen | None = None
        # A short path: Erlang's cookie and sockets live in it.
        (folder / "home").mkdir(parents=True, exist_ok=True)
        (folder / "enabled_plugins").write_text("[rabbitmq_auth_mechanism_ssl].\n")
        self._enrol()
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}\n"
            f"ssl_options.cacertfile = {folder}/authority.pem\n"
            f"ssl_options.certfile = {folder}/server.pem\nssl_options.keyfile = {folder}/server.key\n"
            "ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n"
            "ssl_cert_login_from = common_name\n"
            "auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = EXTERNAL\n"
            "vm_memory_high_watermark.absolute = 2GB\ndisk_free_limit.absolute = 50MB\n"
            "log.console = false\nlog.file.level = warning\n"
        )
        self._environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder / "home"),
            "RABBITMQ_NODENAME": f"t{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "no-such-file"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
        }

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def virtual_host(self, name: str) -> str:
        """Make a virtual host of its own, and give its address."""
        self.ctl("add_vhost", name)
        self.ctl("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
        return self.url + name

    def tls_url(self, extra: str = "") -> str:
        """An address that proves us by the certificate of `hub-tls`; `extra` goes on the query."""
        here = self.folder
        return (
            f"amqps://127.0.0.1:{self.tls_port}/?cacertfile={here}/authority.pem&certfile={here}/client.pem"
            f"&keyfile={here}/client.key{extra}"
        )

    def _enrol(self) -> None:
        """Make an authority, and a certificate of the node and one of a client."""
        now = datetime.now(UTC)
        authority = create_authority("test broker authority", now=now, days=2)
        (self.folder / "authority.pem").write_bytes(authority.cert_pem)
        for name, owner, ips in (("server", "localhost", ("127.0.0.1",)), ("client", "hub-tls", ())):
            identity = authority.issue(owner, now=now, days=2, dns=(owner,), ips=ips)
            (self.folder / f"{name}.pem").write_bytes(identity.cert_pem)
            (self.folder / f"{name}.key").write_bytes(identity.key_pem)

    def start(self) -> None:
        if self._epmd is None:
            self._epmd = subprocess.Popen(
                [self._epmd_program], env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        with (self.folder / "console.log").open("ab") as log:
            self._process = subprocess.Popen(
                [SCRIPTS / "rabbitmq-server"], env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        self._wait(listening=True)

    def stop(self) -> None:
        """End in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End as a power cut does."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        if self._process is not None:
            self._end(signal.SIGTERM)
        if self._epmd is not None:
            self._epmd.terminate()
            self._epmd.wait(10)
            self._epmd = None

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl against this node."""
        done = subprocess.run(
            [SCRIPTS / "rabbitmqctl", "--silent", *arguments], env=self._environment, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        os.kill(self._beam(), how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
        self._process = None
        self._wait(listening=False)

    def _beam(self) -> int:
        """Find the Erlang process among the children of the start script."""
        waiting = [self._process.pid]
        while waiting:
            pid = waiting.pop()
            try:
                if Path(f"/proc/{pid}/comm").read_text().startswith("beam"):
                    return pid
                waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except FileNotFoundError:
                continue
        return self._process.pid

    def _wait(self, *, listening: bool) -> None:
        end = time.monotonic() + BOOT_SECONDS
        while open_port(self.port) is not listening:
            if listening and self._process.poll() is not None:
                raise RuntimeError(f"RabbitMQ did not start: {(self.folder / 'console.log').read_text()[-2000:]}")
            if time.monotonic() > end:
                raise RuntimeError(f"RabbitMQ is not {'up' if listening else 'down'} after {BOOT_SECONDS:.0f} s")
            time.sleep(0.1)
