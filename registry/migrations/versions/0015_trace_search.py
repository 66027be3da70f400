"""Inquiries are found by the trace of the call that asked them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_inquiries_trace_id", "inquiries", [sa.text("substr(trace_parent, 4, 32)")])
