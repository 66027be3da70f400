"""How one system fares as one process sees it: what that process writes beside its heartbeat."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from connectors.calendar import Closing
from connectors.resilience import BreakerState


@dataclass(frozen=True, slots=True)
class Status:
    """One process's view of one system at one instant.

    `probe_at` is when an open breaker lets the next call try. `opens_at` is when a closed system opens (None while it
    is open), `closed_by` what closes it; `closes_at` and `closes_by` the next closing. `calls` are under way, of
    `concurrency` at most, and `waiting` wait for a place. `begun` of `rate_per_second` were begun in the last second.
    `asked_today` counts the day in Tehran over all processes, against `quota` where there is one. `told_until` and
    `told_code`: until when the system itself said not to ask, and how it put it.
    """

    breaker: BreakerState
    probe_at: datetime | None
    last_error: str
    last_error_at: datetime | None
    last_reply_at: datetime | None
    enabled: bool
    paused: bool
    opens_at: datetime | None
    closed_by: Closing | None
    closes_at: datetime | None
    closes_by: Closing | None
    next_outage: tuple[datetime, datetime] | None
    next_holiday: date | None
    calls: int
    concurrency: int
    waiting: int
    begun: int
    rate_per_second: float
    asked_today: int
    quota: int | None
    quota_resets_at: datetime
    told_code: str = ""
    told_until: datetime | None = None

    def as_data(self) -> dict[str, Any]:
        """As JSON can hold it; times are RFC 3339."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
