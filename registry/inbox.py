"""The inbox: inquiries delivered to a unit that answers by hand, who has taken which, and until when an answer is due.

The inquiry itself stays in the ledger, as `sent`; an item is closed in the transaction that ends its inquiry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from registry.portable import insert_new
from registry.schema import Transaction, inbox_items, inquiries


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One inquiry in a unit's inbox. `notify` is the lease of the process whose caller waits, empty when nobody does.

    `claimed_by` is a participant, `clerk` whom it names; both are None while nobody has taken the item.
    """

    inquiry_id: str
    unit: str
    delivered_at: datetime
    deadline_at: datetime | None
    notify: str
    claimed_by: str | None = None
    clerk: str | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None


_COLUMNS = [inbox_items.c[name] for name in InboxItem.__dataclass_fields__]
_NEW = insert_new(inbox_items, [column.name for column in _COLUMNS])


def deliver(t: Transaction, item: InboxItem) -> bool:
    """Put an inquiry into the inbox; False when it is there already."""
    return t.execute(_NEW, {name: getattr(item, name) for name in InboxItem.__dataclass_fields__}).rowcount == 1


def get(t: Transaction, inquiry_id: str) -> InboxItem | None:
    """Return the item of an inquiry, or None."""
    row = t.execute(select(*_COLUMNS).where(inbox_items.c.inquiry_id == inquiry_id)).one_or_none()
    return None if row is None else InboxItem(*row)


def page(
    t: Transaction, units: Sequence[str], *, closed: bool, limit: int, after: str | None = None
) -> list[InboxItem]:
    """Return items of the units, the oldest inquiry first; `after` is the inquiry id of the last one seen."""
    query = select(*_COLUMNS).where(inbox_items.c.unit.in_(units)).order_by(inbox_items.c.inquiry_id).limit(limit)
    query = query.where(inbox_items.c.closed_at.is_not(None) if closed else inbox_items.c.closed_at.is_(None))
    if after is not None:
        query = query.where(inbox_items.c.inquiry_id > after)
    return [InboxItem(*row) for row in t.execute(query)]


def waiting(t: Transaction) -> dict[str, tuple[int, datetime]]:
    """Return how many questions wait for an answer, and since when the oldest, by service."""
    since = inbox_items.c.delivered_at
    query = (
        select(inquiries.c.service, func.count(), func.min(since, type_=since.type))
        .join(inbox_items, inbox_items.c.inquiry_id == inquiries.c.id)
        .where(inbox_items.c.closed_at.is_(None))
        .group_by(inquiries.c.service)
    )
    return {service: (count, oldest) for service, count, oldest in t.execute(query)}


def due(t: Transaction, before: datetime, limit: int) -> list[InboxItem]:
    """Return open items of all units whose answer is due before a time, the most urgent first."""
    query = select(*_COLUMNS).where(inbox_items.c.closed_at.is_(None), inbox_items.c.deadline_at < before)
    query = query.order_by(inbox_items.c.deadline_at, inbox_items.c.inquiry_id).limit(limit)
    return [InboxItem(*row) for row in t.execute(query)]


def claim(t: Transaction, inquiry_id: str, *, by: str | None, clerk: str | None, now: datetime) -> None:
    """Write down who has taken the item; None gives it back."""
    taken = {"claimed_by": by, "clerk": clerk if by else None, "claimed_at": now if by else None}
    t.execute(update(inbox_items).where(inbox_items.c.inquiry_id == inquiry_id).values(taken))


def close(t: Transaction, inquiry_id: str, *, now: datetime) -> None:
    """Take the item off the list of what is to be done; it stays to be looked up."""
    t.execute(update(inbox_items).where(inbox_items.c.inquiry_id == inquiry_id).values(closed_at=now))
