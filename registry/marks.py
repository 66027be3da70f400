"""Marking what the broker has confirmed, without crossing the workers.

A worker changes an inquiry first and settles its outbox row last; a mark that took the same rows the other way round
would deadlock with it (PostgreSQL notices after a second, for which nothing is written). So a mark touches only what
nobody has in hand, inquiries first, and leaves the rest for later: most of that is settled by then. SQLite has one
writer, which nobody crosses.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from registry import inquiries
from registry.schema import Transaction, outbox
from registry.schema import inquiries as asked

_THESE = outbox.c.id.in_(bindparam("ids", expanding=True))
_OURS = (outbox.c.state == "owed") & (outbox.c.lease == bindparam("held_by"))
_LEFT = select(outbox.c.id, outbox.c.kind, outbox.c.ref).where(_THESE, _OURS)
_FREE_INQUIRIES = (
    select(asked.c.id).where(asked.c.id.in_(bindparam("refs", expanding=True))).with_for_update(skip_locked=True)
)
_FREE_ROWS = select(outbox.c.id).where(_THESE, _OURS).with_for_update(skip_locked=True)
_MARK = update(outbox).where(_THESE).values(state="queued", lease=bindparam("new_lease"))


def mark(t: Transaction, ids: Sequence[int], *, held_by: str, lease: str, now: datetime) -> list[int]:
    """Mark rows that `held_by` has published as queued and held by `lease`, and their inquiries as queued.

    A worker may be ahead of the confirm: what it has postponed, taken over or settled meanwhile stays as it is. Returns
    the rows that somebody has in hand right now; they are to be marked later.
    """
    left = {row.id: row for row in t.execute(_LEFT, {"ids": ids, "held_by": held_by})}
    refs = [row.ref for row in left.values() if row.kind == "inquiry"]
    free = set(t.execute(_FREE_INQUIRIES, {"refs": refs}).scalars()) if refs else set()
    wanted = [row.id for row in left.values() if row.kind != "inquiry" or row.ref in free]
    marked = list(t.execute(_FREE_ROWS, {"ids": wanted, "held_by": held_by}).scalars()) if wanted else []
    if marked:
        t.execute(_MARK, {"ids": marked, "new_lease": lease})
        queued = [left[number].ref for number in marked if left[number].kind == "inquiry"]
        if queued:
            inquiries.enqueue_many(t, queued, now)
    return sorted(left.keys() - set(marked))
