"""What people do about stuck work: words on a cause, and runs that take up many inquiries one after another."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from registry.columns import Instant, Serial, metadata

cause_words = Table(
    "cause_words",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_cause_words_cause_id", "cause", "id"),
    sqlite_autoincrement=True,
)

replay_runs = Table(
    "replay_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("cause", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("begun_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("stopped_by", Text),
)

replay_items = Table(
    "replay_items",
    metadata,
    Column("run", Text, ForeignKey("replay_runs.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("inquiry_id", Text, nullable=False, index=True),
    Column("result", Text),
    Column("at", Instant),
)
