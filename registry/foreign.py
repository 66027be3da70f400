"""Messages found in the hub's queues that are not the hub's: kept for a person, never executed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from registry.schema import Transaction, foreign_messages


@dataclass(frozen=True, slots=True)
class ForeignMessage:
    """One such message. `body` is its beginning, `size` its whole length in bytes."""

    queue: str
    reason: str
    text: str
    size: int
    body: bytes
    found_at: datetime


_COLUMNS = [foreign_messages.c[name] for name in ForeignMessage.__dataclass_fields__]


def keep(t: Transaction, *, queue: str, reason: str, text: str, size: int, body: bytes, now: datetime) -> None:
    """Write one down."""
    row = ForeignMessage(queue, reason, text, size, body, now)
    t.execute(foreign_messages.insert(), {name: getattr(row, name) for name in ForeignMessage.__dataclass_fields__})


def every(t: Transaction, limit: int = 100) -> list[ForeignMessage]:
    """Return those found, the newest first."""
    query = select(*_COLUMNS).order_by(foreign_messages.c.id.desc()).limit(limit)
    return [ForeignMessage(*row) for row in t.execute(query)]
