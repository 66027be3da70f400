"""How far a task has come, moved in the transaction that does the work: nothing is done twice and nothing left out."""

from sqlalchemy import select, update

from registry.portable import insert_new
from registry.process_tables import cursors
from registry.schema import Transaction

_BEGIN = insert_new(cursors, ["name", "position"])


def position(t: Transaction, name: str) -> int:
    """Return how far the task called `name` has come; 0 where it never began."""
    found = t.execute(select(cursors.c.position).where(cursors.c.name == name)).scalar_one_or_none()
    return int(found or 0)


def advance(t: Transaction, name: str, known: int, reached: int) -> bool:
    """Move the cursor from where it was known to be; False when another transaction has moved it meanwhile."""
    t.execute(_BEGIN, {"name": name, "position": 0})
    moved = update(cursors).where(cursors.c.name == name, cursors.c.position == known).values(position=reached)
    return t.execute(moved).rowcount == 1
