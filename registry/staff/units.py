"""Which units an officer acts for: a clerk answers the inquiries in the inboxes of these and sees no other."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from registry.schema import Transaction
from registry.staff.tables import officer_units


def of(t: Transaction, officer: str) -> tuple[str, ...]:
    """Return the identifiers of the units, sorted."""
    query = select(officer_units.c.unit).where(officer_units.c.officer == officer).order_by(officer_units.c.unit)
    return tuple(t.execute(query).scalars())


def put(t: Transaction, officer: str, units: Iterable[str], now: datetime) -> None:
    """Let an officer act for these units and no others."""
    t.execute(delete(officer_units).where(officer_units.c.officer == officer))
    rows = [{"officer": officer, "unit": unit, "since": now} for unit in sorted(set(units))]
    if rows:
        t.execute(officer_units.insert(), rows)
