"""The table of mapping versions on their way into force; the other tables are in `registry.schema`."""

from sqlalchemy import Column, Index, Integer, Table, Text

from registry.columns import Instant, metadata

mapping_changes = Table(
    "mapping_changes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Column("applied_by", Text),
    Column("applied_at", Instant),
    Index("ix_mapping_changes_content_hash", "content_hash"),
)
