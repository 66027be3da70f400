"""The table of clocks that run on cases; the other tables are in `registry.schema`."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from registry.columns import Instant, metadata

deadlines = Table(
    "deadlines",
    metadata,
    Column("case_id", Text, ForeignKey("cases.id"), primary_key=True),
    Column("system", Text, primary_key=True),
    Column("ends_at", Instant, nullable=False),
    Column("due_at", Instant),  # The next warning or the end; NULL while nothing is to happen.
    Column("warned", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("paused_at", Instant),
    Index("ix_deadlines_due_at", "due_at"),
)
