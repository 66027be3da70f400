"""The tables of services that do not exist yet at the exchange centre; the other tables are in `registry.schema`."""

from sqlalchemy import Column, Date, ForeignKey, Integer, Table, Text

from registry.columns import Instant, Json, metadata

APPEND_ONLY = ("missing_services", "missing_service_steps")
"""Both only grow."""

missing_services = Table(
    "missing_services",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("owner", Text, ForeignKey("participants.identifier"), nullable=False, index=True),
    Column("title_fa", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("record", Json, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Text, nullable=False),
)

missing_service_steps = Table(
    "missing_service_steps",
    metadata,
    Column("service", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("due_on", Date),
    Column("detail", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
)
