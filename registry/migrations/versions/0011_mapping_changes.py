"""Mapping versions on their way into force; and recorded replies may be forgotten, though their attempts may not."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_FACTS = "id, inquiry_id, number, started_at, ended_at, outcome, code, text, mapping_hash"


def upgrade() -> None:
    """Create the table and make the guard of attempts exact."""
    op.create_table(
        "mapping_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("applied_by", sa.Text()),
        sa.Column("applied_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_mapping_changes"),
    )
    op.create_index("ix_mapping_changes_content_hash", "mapping_changes", ["content_hash"])
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


_POSTGRESQL = (
    "DROP TRIGGER attempts_refuses_update ON attempts",
    (
        f"CREATE TRIGGER attempts_refuses_update BEFORE UPDATE OF {_FACTS} ON attempts "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE TRIGGER attempts_keeps_reply BEFORE UPDATE OF sample_sealed ON attempts "
        "FOR EACH ROW WHEN (NEW.sample_sealed IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    ),
)
_SQLITE = (
    "DROP TRIGGER attempts_refuses_update",
    (
        f"CREATE TRIGGER attempts_refuses_update BEFORE UPDATE OF {_FACTS} ON attempts "
        "BEGIN SELECT RAISE(ABORT, 'attempts only grows'); END"
    ),
    (
        "CREATE TRIGGER attempts_keeps_reply BEFORE UPDATE OF sample_sealed ON attempts "
        "WHEN NEW.sample_sealed IS NOT NULL BEGIN SELECT RAISE(ABORT, 'attempts only grows'); END"
    ),
)
