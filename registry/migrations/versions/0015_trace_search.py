"""Inquiries are found by the trace of the call that asked them."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_inquiries_trace_parent", "inquiries", ["trace_parent"])
