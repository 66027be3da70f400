"""The live state of each system: what every running process last wrote of it, and what the ledger holds for it.

Processes that make calls write how they see the systems beside their heartbeat, every five seconds. So the state reads
the same whether the hub is one process or many, from any of them, and from the command line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from registry import drifts, processes, stuck
from registry.processes import Sighting
from registry.schema import Transaction

#: From good to bad: where two processes differ, the worse of the two is told.
_BREAKERS = ("closed", "half_open", "open")
_TIMES = ("probe_at", "last_error_at", "last_reply_at", "opens_at", "closes_at", "quota_resets_at", "told_until")
_SUMS = ("calls", "concurrency", "waiting", "begun", "rate_per_second")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSystem:
    """How a system fares now, over all processes that reach it.

    `seen_at` is when the newest of the `processes` wrote; None with 0 of them: nobody reaches the system, and only what
    the ledger holds is known. The breaker is the worst of theirs (`closed` lets calls through), `probe_at` when it lets
    the next call try. `calls` of `concurrency` are under way, `waiting` wait for a place, `begun` of `rate_per_second`
    were begun in the last second. `asked_today` counts against `quota` (None: none known), anew at `quota_resets_at`.
    `told_until` and `told_code`: the system itself said not to ask before then. `closed_by` and `closes_by` are
    `outage`, `holiday`, `weekday` or `hours`. `waits`, `in_doubt` and `parked` are inquiries in the ledger, `drift`
    differences to the contract that were seen. Times are aware UTC.
    """

    system: str
    processes: int
    seen_at: datetime | None
    enabled: bool = True
    paused: bool = False
    breaker: str = "closed"
    probe_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    last_reply_at: datetime | None = None
    opens_at: datetime | None = None
    closed_by: str | None = None
    closes_at: datetime | None = None
    closes_by: str | None = None
    next_outage: tuple[datetime, datetime] | None = None
    next_holiday: date | None = None
    calls: int = 0
    concurrency: int = 0
    waiting: int = 0
    begun: int = 0
    rate_per_second: float = 0.0
    asked_today: int = 0
    quota: int | None = None
    quota_resets_at: datetime | None = None
    told_code: str = ""
    told_until: datetime | None = None
    waits: int = 0
    in_doubt: int = 0
    parked: int = 0
    drift: int = 0

    @property
    def quota_left(self) -> int | None:
        """Calls of today that are left; None where no quota is known."""
        return None if self.quota is None else max(0, self.quota - self.asked_today)

    def standing(self, now: datetime) -> str:
        """The one word for a list: what keeps calls from being made, else `good`, `failing` after an error.

        `unreached` (no process), `disabled`, `paused`, `closed`, `quota_used`, `open` (the breaker), `told` (the system
        itself said not to ask), `failing`, `good`.
        """
        told = self.told_until is not None and self.told_until > now
        failing = self.last_error_at and (self.last_reply_at is None or self.last_error_at > self.last_reply_at)
        so = {
            "unreached": self.seen_at is None,
            "disabled": not self.enabled,
            "paused": self.paused,
            "closed": self.opens_at is not None,
            "quota_used": self.quota_left == 0,
            "open": self.breaker != "closed",
            "told": told,
            "failing": bool(failing),
        }
        return next((word for word, is_so in so.items() if is_so), "good")

    def as_data(self, now: datetime) -> dict[str, Any]:
        """As JSON can hold it, with `standing` and `quota_left`; times are RFC 3339."""
        written = {name: _written(value) for name, value in asdict(self).items()}
        return {"standing": self.standing(now), **written, "quota_left": self.quota_left}


def live_systems(t: Transaction, now: datetime, names: Iterable[str] = ()) -> dict[str, LiveSystem]:
    """The live state of every system that a running process reaches or the ledger holds something for, by name.

    Each of `names` is there in any case. Figures are five seconds old at most, where processes live.
    """
    seen = processes.sightings(t, now)
    held = stuck.by_system(t)
    drifted: dict[str, int] = {}
    for one in drifts.every(t):
        drifted[one.system] = drifted.get(one.system, 0) + 1
    every = {*names, *held, *drifted, *(name for sighting in seen for name in sighting.systems)}
    return {name: _live(name, seen, held.get(name, {}), drifted.get(name, 0)) for name in sorted(every)}


def _live(name: str, seen: list[Sighting], held: Mapping[str, int], drift: int) -> LiveSystem:
    mine = [(one.at, one.systems[name]) for one in seen if name in one.systems]
    ledger: dict[str, Any] = {
        "waits": held.get("waiting", 0),
        "in_doubt": held.get("in_doubt", 0),
        "parked": held.get("parked", 0),
    }
    if not mine:
        return LiveSystem(system=name, processes=0, seen_at=None, **ledger, drift=drift)
    merged: dict[str, Any] = dict(mine[-1][1])
    rows = [row for _, row in mine]
    merged |= {key: sum(row[key] for row in rows) for key in _SUMS}
    worst = max(rows, key=lambda row: _BREAKERS.index(row["breaker"]))
    failed = max(rows, key=lambda row: row["last_error_at"] or "")
    told = max(rows, key=lambda row: row["told_until"] or "")
    merged |= {key: worst[key] for key in ("breaker", "probe_at")}
    merged |= {key: failed[key] for key in ("last_error", "last_error_at")}
    merged |= {key: told[key] for key in ("told_code", "told_until")}
    merged["last_reply_at"] = max((row["last_reply_at"] for row in rows if row["last_reply_at"]), default=None)
    merged["asked_today"] = max(row["asked_today"] for row in rows)  # Each knows what all have asked, and its own.
    merged |= {key: datetime.fromisoformat(merged[key]) for key in _TIMES if merged[key]}
    if merged["next_outage"]:
        begins, ends = merged["next_outage"]
        merged["next_outage"] = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    if merged["next_holiday"]:
        merged["next_holiday"] = date.fromisoformat(merged["next_holiday"])
    return LiveSystem(system=name, processes=len(mine), seen_at=mine[-1][0], **merged, **ledger, drift=drift)


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
