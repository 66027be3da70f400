"""Bringing a database to the schema of this version, without any file but this package's own."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from registry import sqlite
from registry.lock import WriterLock


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made in memory."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str) -> None:
    """Create or upgrade the database in one transaction; does nothing where it is up to date.

    Takes the writer's lock: raises StoreBusy while another process writes, StoreUnavailable on a fault.
    """
    sqlite.require_version()
    path = sqlite.database_path(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(path)
    except OSError as error:
        raise sqlite.unavailable(error) from error
    engine = sqlite.writer_engine(path)
    try:
        with engine.begin() as connection:
            command.upgrade(configuration(connection), "head")
    except Exception as error:
        if sqlite.is_fault(error):
            raise sqlite.unavailable(error) from error
        raise
    finally:
        engine.dispose()
        lock.release()


def revision(connection: Connection) -> str | None:
    """Return the revision a database is at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """Return the revision this version of the program needs."""
    return ScriptDirectory.from_config(configuration()).get_current_head()
