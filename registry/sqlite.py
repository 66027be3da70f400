"""How this room speaks to SQLite: the only file that knows its pragmas, file addresses and fault codes.

SQLite before 3.51.3 can lose committed rows when two connections write or checkpoint a WAL database at once. So exactly
one connection does: `WriterLock` keeps other processes out, `Store` owns the one, and readers are opened `mode=ro`.
"""

import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool, QueuePool

from registry.faults import StoreUnavailable

_OLDEST = (3, 35, 0)  # RETURNING
_RACE_FIXED = (3, 51, 3)
_BUSY_MILLISECONDS = 5_000
_READERS = 5  # One for each of the store's threads, and the one at hand.


def database_path(url: str) -> Path:
    """Return the file of a `sqlite:///…` address. Raises ValueError for anything else."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise ValueError(f"HUB_DATABASE must name a file (sqlite:///path/to/hub.db), not {parsed.render_as_string()}")
    return Path(parsed.database).absolute()


def require_version(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> None:
    """Raise StoreUnavailable when the linked SQLite is too old."""
    if version < _OLDEST:
        raise StoreUnavailable(f"SQLite {_dotted(version)} is too old; {_dotted(_OLDEST)} or later is needed")


def caution(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> str | None:
    """Return a sentence for the operator when the linked SQLite has the WAL-reset race, else None."""
    if version >= _RACE_FIXED:
        return None
    return (
        f"SQLite {_dotted(version)} can lose rows when two connections write (mended in {_dotted(_RACE_FIXED)}). "
        "The hub writes through one connection only; never open its database for writing with another tool."
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def writer_engine(path: Path) -> Engine:
    """Return the engine of the one connection that writes and checkpoints."""

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        raw.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def reader_engine(path: Path) -> Engine:
    """Return an engine whose connections cannot write, not even a checkpoint."""

    def connect() -> sqlite3.Connection:
        address = f"file:{quote(str(path))}?mode=ro"
        raw = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        raw.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        raw.execute("PRAGMA query_only=ON")
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=_READERS, max_overflow=0)
    event.listen(engine, "begin", _begin_once)
    return engine


def _begin_once(connection: Connection) -> None:
    """Begin for SQLAlchemy, unless whoever owns the connection has begun already."""
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        driver.execute("BEGIN")
