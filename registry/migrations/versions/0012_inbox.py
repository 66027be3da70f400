"""Inquiries that a unit without a system of its own answers by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "inbox_items",
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=False),
        sa.Column("deadline_at", sa.BigInteger()),
        sa.Column("notify", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("clerk", sa.Text()),
        sa.Column("claimed_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("inquiry_id", name="pk_inbox_items"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_inbox_items_inquiry_id_inquiries"),
    )
    op.create_index("ix_inbox_items_unit_closed_at_inquiry_id", "inbox_items", ["unit", "closed_at", "inquiry_id"])
