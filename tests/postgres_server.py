"""A private PostgreSQL server for the tests: own cluster, own socket, fsync on, gone afterwards.

Without PostgreSQL a laptop run says what it skipped; with `CI=true` that is a failure.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"])
"""For tests of what only SQLite has."""
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"])

_OWNER = "hub"
_START_SECONDS = 60.0


class PostgresServer:
    """One cluster in a temporary folder, reached through a socket in it, ended by its own process id."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # PostgreSQL refuses to run as root; the folder's path must be short enough for a socket's name.
        self._user = "postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="hub-pg-", dir="/tmp"))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count()
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        try:
            subprocess.run(
                [programs / "initdb", "-D", "data", "-A", "trust", "-U", _OWNER, "-E", "UTF8", "--no-locale"],
                cwd=self.folder,
                user=self._user,
                stdout=subprocess.DEVNULL,
                check=True,
            )
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "200"}
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", "data", *settings],
                cwd=self.folder,
                user=self._user,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT cuts its clients off and shuts down, SIGQUIT leaves recovery to the next start."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the server and remove all it wrote."""
        self.stop()
        shutil.rmtree(self.folder)

    def database(self, template: str | None = None) -> str:
        """Make a database, empty or like the template, and return its name."""
        name = f"hub_{next(self._numbers)}"
        like = "" if template is None else f" TEMPLATE {template}"
        self.execute(f"CREATE DATABASE {name}{like}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{_OWNER}@/{name}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as an administrator would."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user=_OWNER, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        import psycopg

        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL, None where there is none (or no driver for it)."""
    try:
        import psycopg  # noqa: F401 - asked for, not used.
    except ImportError:
        return None
    found = [Path(path).resolve().parent for path in (shutil.which("initdb"),) if path]
    # Debian keeps initdb out of PATH, in a folder for each version.
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    return next((path for path in found if (path / "postgres").exists() and (path / "initdb").exists()), None)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Give a running server; skip loudly where there is none, fail with `CI=true`."""
    programs = find_programs()
    if programs is None:
        text = "PostgreSQL (initdb, postgres) or psycopg is not installed: nothing was tested on PostgreSQL"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    server = PostgresServer(programs)
    try:
        yield server
    finally:
        server.close()
