"""The tables of the processes of one hub; the other tables are in `registry.schema`."""

from sqlalchemy import Column, Table, Text

from registry.columns import Instant, metadata

processes = Table(
    "processes",
    metadata,
    Column("lease", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
)

claims = Table(
    "claims",
    metadata,
    Column("name", Text, primary_key=True),
    Column("lease", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
