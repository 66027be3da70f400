"""What the processes of one hub share: nonces used once, and how each process sees the outside systems."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and the column beside the heartbeat."""
    op.create_table(
        "used_nonces",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "nonce", name="pk_used_nonces"),
    )
    op.create_index("ix_used_nonces_until", "used_nonces", ["until"])
    op.add_column("processes", sa.Column("systems", sa.Text()))
