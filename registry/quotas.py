"""Daily quotas: of access rights, one counter per participant, service and day of Tehran; and of outside systems.

The count of a right is part of the accepting transaction: what is not accepted is not counted, and a restart forgets
nothing. What the hub itself asks of a system stands under the participant `hub`, added by each process in its time.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Integer, Text, bindparam, delete, select, text

from registry.prepared import Prepared
from registry.schema import Transaction, quota_uses

_ZONE = ZoneInfo("Asia/Tehran")
HUB = "hub"
"""Who asks the outside systems; no participant is called so."""


class QuotaExhausted(Exception):
    """The right's calls of today are used up. `resets_at` is the next midnight of Tehran, aware UTC."""

    def __init__(self, service: str, quota: int, now: datetime) -> None:
        self.resets_at = resets_at(now)
        super().__init__(f"the daily quota of {quota} for {service} is used up until {self.resets_at.isoformat()}")
        self.service = service
        self.quota = quota
        self.wait = self.resets_at - now


# Looking and counting are one statement, so that two callers at once cannot both have the last place.
_USE = Prepared(
    text(
        "INSERT INTO quota_uses (participant, service, day, used) VALUES (:participant, :service, :day, 1) "
        "ON CONFLICT (participant, service, day) DO UPDATE SET used = quota_uses.used + 1 "
        "WHERE quota_uses.used < :quota"
    ).bindparams(
        bindparam("participant", type_=Text()),
        bindparam("service", type_=Text()),
        bindparam("day", type_=Date()),
        bindparam("quota", type_=Integer()),
    )
)


_SPEND = Prepared(
    text(
        "INSERT INTO quota_uses (participant, service, day, used) VALUES (:participant, :service, :day, :calls) "
        "ON CONFLICT (participant, service, day) DO UPDATE SET used = quota_uses.used + :calls"
    ).bindparams(
        bindparam("participant", type_=Text()),
        bindparam("service", type_=Text()),
        bindparam("day", type_=Date()),
        bindparam("calls", type_=Integer()),
    )
)


def day_of(now: datetime) -> date:
    """The day in Tehran."""
    return now.astimezone(_ZONE).date()


def resets_at(now: datetime) -> datetime:
    """When the counters begin anew: the next midnight of Tehran, aware UTC."""
    return datetime.combine(day_of(now) + timedelta(days=1), time(), _ZONE).astimezone(UTC)


def use(t: Transaction, participant: str, service: str, quota: int, *, now: datetime) -> None:
    """Count one call. Raises QuotaExhausted when all of today's are used."""
    row = {"participant": participant, "service": service, "day": day_of(now), "quota": quota}
    if quota < 1 or _USE.count(t, row) == 0:
        raise QuotaExhausted(service, quota, now)


def used(t: Transaction, participant: str, service: str, *, now: datetime) -> int:
    """How many calls of today are used."""
    query = select(quota_uses.c.used).where(
        quota_uses.c.participant == participant, quota_uses.c.service == service, quota_uses.c.day == day_of(now)
    )
    return t.execute(query).scalar() or 0


def spend(t: Transaction, calls: Mapping[str, int], *, now: datetime) -> dict[str, int]:
    """Add calls made to systems; return how many calls all processes have made today, by system."""
    for system, made in calls.items():
        if made:
            _SPEND.count(t, {"participant": HUB, "service": system, "day": day_of(now), "calls": made})
    query = select(quota_uses.c.service, quota_uses.c.used).where(
        quota_uses.c.participant == HUB, quota_uses.c.day == day_of(now)
    )
    return {row.service: row.used for row in t.execute(query)}


def forget(t: Transaction, before: date) -> int:
    """Remove counters of earlier days; return how many."""
    return t.execute(delete(quota_uses).where(quota_uses.c.day < before)).rowcount
