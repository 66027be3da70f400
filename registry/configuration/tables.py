"""The tables of the configuration; the other tables are in `registry.schema`. All of them only grow."""

from sqlalchemy import Column, ForeignKey, Integer, Table, Text

from registry.columns import Instant, Json, metadata

changes = Table(
    "configuration_changes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("base", Integer, nullable=False),
    Column("document", Json, nullable=False),
    Column("hash", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_at", Instant, nullable=False),
)

decisions = Table(
    "configuration_decisions",
    metadata,
    Column("change", Text, ForeignKey("configuration_changes.id"), primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

revisions = Table(
    "configuration_revisions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", Json, nullable=False),
    Column("hash", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approved_by", Text),
    Column("change", Text, ForeignKey("configuration_changes.id"), unique=True),
    Column("restores", Integer),
    Column("applied_at", Instant, nullable=False),
)

kept_secrets = Table(
    "kept_secrets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("kept_at", Instant, nullable=False),
)

NAMES = tuple(table.name for table in (changes, decisions, revisions, kept_secrets))
