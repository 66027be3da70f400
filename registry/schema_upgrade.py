"""Bringing a database to the schema of this version, without any file but this package's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from registry import postgresql, sqlite
from registry.faults import is_fault, unavailable
from registry.lock import WriterLock


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made in memory."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str) -> None:
    """Create or upgrade the database in one transaction; does nothing where it is up to date.

    Processes that start at once wait for each other on PostgreSQL. On SQLite it takes the writer's lock: raises
    StoreBusy while another process writes. Raises StoreUnavailable on a fault.
    """
    try:
        with alone(url) as connection:
            command.upgrade(configuration(connection), "head")
    except Exception as error:
        if is_fault(error):
            raise unavailable(error) from error
        raise


@contextmanager
def alone(url: str) -> Iterator[Connection]:
    """Give a transaction beside which no other process changes the schema; it is committed at the end."""
    if postgresql.is_postgresql(url):
        engine = postgresql.schema_engine(url)
        lock = None
    else:
        sqlite.require_version()
        path = sqlite.database_path(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(path)
        except OSError as error:
            raise unavailable(error) from error
        engine = sqlite.writer_engine(path)
    try:
        with engine.begin() as connection:
            if lock is None:
                postgresql.require_version(connection)
                connection.execute(select(func.pg_advisory_xact_lock(postgresql.MIGRATION_LOCK)))
            yield connection
    finally:
        engine.dispose()
        if lock is not None:
            lock.release()


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision this version of the program needs."""
    return ScriptDirectory.from_config(configuration()).get_current_head()
