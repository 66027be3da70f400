"""The tables about outside systems and quotas; the other tables are in `registry.schema`."""

from sqlalchemy import Column, Date, Integer, Table, Text

from registry.columns import Instant, metadata

quota_uses = Table(
    "quota_uses",
    metadata,
    Column("participant", Text, primary_key=True),
    Column("service", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
)

drifts = Table(
    "drifts",
    metadata,
    Column("system", Text, primary_key=True),
    Column("operation", Text, primary_key=True),
    Column("pointer", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("inquiry_id", Text, nullable=False),
)
