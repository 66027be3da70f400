"""What a look at a whole deployment asks of its database; nothing else needs it, and nothing is changed."""

from datetime import datetime
from typing import Literal

from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from registry import schema_upgrade
from registry.schema import Transaction, journal_leaves, journal_positions, outbox, subjects

SchemaState = Literal["current", "empty", "behind", "ahead"]


def schema_state(t: Transaction) -> SchemaState:
    """Tell how the database's schema stands to what this version of the program needs."""
    found = schema_upgrade.revision(t)
    if found is None:
        return "empty"
    if found == schema_upgrade.newest():
        return "current"
    scripts = ScriptDirectory.from_config(schema_upgrade.configuration())
    return "behind" if found in {script.revision for script in scripts.walk_revisions()} else "ahead"


def clock(t: Transaction) -> datetime | None:
    """Return the database server's time, aware; None for SQLite, which has only the machine's own."""
    if t.dialect.name != "postgresql":
        return None
    now: datetime = t.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return now


def holders(t: Transaction) -> dict[str, int]:
    """Count the outbox rows that each lease holds."""
    query = select(outbox.c.lease, func.count()).where(outbox.c.lease != "").group_by(outbox.c.lease)
    return {row[0]: row[1] for row in t.execute(query)}


def oldest_unsealed(t: Transaction) -> datetime | None:
    """Return since when a journal leaf waits for the sealer; None when none does."""
    sealed = select(journal_positions.c.leaf_id).where(journal_positions.c.leaf_id == journal_leaves.c.id).exists()
    oldest: datetime | None = t.execute(select(func.min(journal_leaves.c.at)).where(~sealed)).scalar_one()
    return oldest


def site_key(t: Transaction) -> bytes | None:
    """Return the site's own wrapped key, by which a master key is known to be the right one; None before a start."""
    query = select(subjects.c.wrapped_key).where(subjects.c.fingerprint == "site")
    key: bytes | None = t.execute(query).scalar_one_or_none()
    return key
