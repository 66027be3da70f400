"""The configuration in revisions. What was switched off until now is so in the first revision."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_APPEND_ONLY = ("configuration_changes", "configuration_decisions", "configuration_revisions", "kept_secrets")


def upgrade() -> None:
    """Create the tables, and take the switches over."""
    op.create_table(
        "configuration_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_configuration_changes"),
    )
    op.create_table(
        "configuration_decisions",
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["configuration_changes.id"], name="fk_configuration_decisions_change"),
        sa.PrimaryKeyConstraint("change", name="pk_configuration_decisions"),
    )
    op.create_table(
        "configuration_revisions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text()),
        sa.Column("change", sa.Text()),
        sa.Column("restores", sa.Integer()),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["change"], ["configuration_changes.id"], name="fk_configuration_revisions_change"),
        sa.PrimaryKeyConstraint("number", name="pk_configuration_revisions"),
        sa.UniqueConstraint("change", name="uq_configuration_revisions_change"),
    )
    op.create_table(
        "kept_secrets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_secrets"),
    )
    _take_over_switches()
    op.drop_table("switches")
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in _APPEND_ONLY:
        for act in ("UPDATE", "DELETE", *(("TRUNCATE",) if postgresql else ())):
            op.execute(_guard(table, act, postgresql=postgresql))


def _take_over_switches() -> None:
    rows = op.get_bind().execute(sa.text("SELECT system, enabled, changed_at FROM switches ORDER BY system")).all()
    if not rows:
        return
    states = {row.system: {"connector": row.system, "state": "enabled" if row.enabled else "disabled"} for row in rows}
    text = json.dumps(
        {"format": "peyvand.site/1", "connectors": states}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    op.get_bind().execute(
        sa.text(
            "INSERT INTO configuration_revisions (number, document, hash, author, reason, applied_at)"
            " VALUES (1, :document, :hash, 'upgrade', 'switches taken over', :at)"
        ),
        {
            "document": text,
            "hash": hashlib.sha256(text.encode()).hexdigest(),
            "at": max(row.changed_at for row in rows),
        },
    )


def _guard(table: str, act: str, *, postgresql: bool) -> str:
    name = f"{table}_refuses_{act.lower()}"
    if postgresql:
        return f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
