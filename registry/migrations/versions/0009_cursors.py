"""How far the status events have been told; until now each had an outbox row of its own."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BATCH = 1_000


def upgrade() -> None:
    """Create the table, begin before the oldest event that is still owed, and forget the rows that owed them."""
    op.create_table(
        "cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cursors"),
    )
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT COALESCE(MAX(position), 0) FROM status_events")).scalar_one()
    position = min((found - 1 for found in _owed(connection)), default=last)
    connection.execute(
        sa.text("INSERT INTO cursors (name, position) VALUES ('events', :position)"), {"position": position}
    )
    connection.execute(sa.text("DELETE FROM outbox WHERE kind = 'event'"))


def _owed(connection: sa.Connection) -> list[int]:
    """Return the positions of the events whose rows are left."""
    rows = connection.execute(sa.text("SELECT body FROM outbox WHERE kind = 'event'"))
    ids = [json.loads(bytes(row[0]))["event"] for row in rows]
    query = sa.text("SELECT position FROM status_events WHERE id IN :ids").bindparams(
        sa.bindparam("ids", expanding=True)
    )
    found: list[int] = []
    for start in range(0, len(ids), _BATCH):
        found += connection.execute(query, {"ids": ids[start : start + _BATCH]}).scalars()
    return found
