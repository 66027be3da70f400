"""Words on causes of stuck work, and runs of replays."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "cause_words",
        sa.Column("id", _SERIAL, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cause_words"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cause_words_cause_id", "cause_words", ["cause", "id"])
    op.create_table(
        "replay_runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("stopped_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_replay_runs"),
    )
    op.create_index("ix_replay_runs_state", "replay_runs", ["state"])
    op.create_table(
        "replay_items",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("run", "place", name="pk_replay_items"),
        sa.ForeignKeyConstraint(["run"], ["replay_runs.id"], name="fk_replay_items_run_replay_runs"),
    )
    op.create_index("ix_replay_items_inquiry_id", "replay_items", ["inquiry_id"])
    # `refuse_change()` stands in PostgreSQL since 0003.
    postgresql = op.get_bind().dialect.name == "postgresql"
    for act in ("UPDATE", "DELETE", *(("TRUNCATE",) if postgresql else ())):
        name = f"cause_words_refuses_{act.lower()}"
        refusal = (
            f"BEFORE {act} ON cause_words FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            if postgresql
            else f"BEFORE {act} ON cause_words BEGIN SELECT RAISE(ABORT, 'cause_words only grows'); END"
        )
        op.execute(f"CREATE TRIGGER {name} {refusal}")
