"""The table of inquiries that a unit answers by hand."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text

from registry.columns import Instant, metadata

inbox_items = Table(
    "inbox_items",
    metadata,
    Column("inquiry_id", Text, ForeignKey("inquiries.id"), primary_key=True),
    Column("unit", Text, nullable=False),
    Column("delivered_at", Instant, nullable=False),
    Column("deadline_at", Instant),
    Column("notify", Text, nullable=False),
    Column("claimed_by", Text),
    Column("clerk", Text),
    Column("claimed_at", Instant),
    Column("closed_at", Instant),
    Index("ix_inbox_items_unit_closed_at_inquiry_id", "unit", "closed_at", "inquiry_id"),
)
