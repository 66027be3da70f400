"""How much lies in the outbox, told in a time that does not grow with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from registry.schema import Transaction, outbox


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is in the outbox, as far as was counted: `rows` by system and state of the oldest rows.

    There are no more rows than `at_most`; with `whole` every one was counted.
    """

    rows: Mapping[str, Mapping[str, int]]
    whole: bool
    at_most: int


def count(t: Transaction, limit: int) -> Backlog:
    """Count the oldest rows, `limit` of them at most: it costs the same however long the outbox is."""
    oldest = select(outbox.c.system, outbox.c.state).order_by(outbox.c.id).limit(limit).subquery()
    query = select(oldest.c.system, oldest.c.state, func.count()).group_by(oldest.c.system, oldest.c.state)
    found: dict[str, dict[str, int]] = {}
    counted = 0
    for system, state, number in t.execute(query):
        found.setdefault(system, {"owed": 0, "queued": 0})[state] = number
        counted += number
    # Numbers only rise, so between the first and the last there are no more rows than numbers. Two look-ups by key:
    # both in one SELECT would read the whole table in SQLite.
    first, last = (t.execute(select(edge(outbox.c.id))).scalar() or 0 for edge in (func.min, func.max))
    whole = counted < limit
    return Backlog(found, whole, counted if whole else last - first + 1)
