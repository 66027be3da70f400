"""Officers who act for units: the clerks of the inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "officer_units",
        sa.Column("officer", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("officer", "unit", name="pk_officer_units"),
        sa.ForeignKeyConstraint(["officer"], ["officers.id"], name="fk_officer_units_officer_officers"),
        sa.ForeignKeyConstraint(["unit"], ["participants.identifier"], name="fk_officer_units_unit_participants"),
    )
