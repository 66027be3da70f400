"""The register of services that do not exist yet at the exchange centre: what is needed, and every step taken."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ONLY_GROW = ("missing_services", "missing_service_steps")


def upgrade() -> None:
    """Create the tables, guarded as those of all facts."""
    op.create_table(
        "missing_services",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("title_fa", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_missing_services"),
        sa.ForeignKeyConstraint(["owner"], ["participants.identifier"], name="fk_missing_services_owner_participants"),
    )
    op.create_index("ix_missing_services_owner", "missing_services", ["owner"])
    op.create_table(
        "missing_service_steps",
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("service", "number", name="pk_missing_service_steps"),
    )
    # `refuse_change()` stands in PostgreSQL since 0003.
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in _ONLY_GROW:
        for act in ("UPDATE", "DELETE", *(("TRUNCATE",) if postgresql else ())):
            name = f"{table}_refuses_{act.lower()}"
            refusal = (
                f"BEFORE {act} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
                if postgresql
                else f"BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
            op.execute(f"CREATE TRIGGER {name} {refusal}")
