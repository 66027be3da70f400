"""The calls of one day that a system grants: counted here, and brought together with what other processes count."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple


class Untold(NamedTuple):
    """Calls that the other processes have not been told of, and when their day ends."""

    calls: int
    day_ends: datetime


class DailyQuota:
    """At most `per_day` calls of one day in Tehran; None only counts them.

    Other processes are heard of every few seconds (`learn`), so that together they may go over by what they begin in
    that time: the system's own refusal ends that. What this process has not told when it dies is not counted.
    """

    def __init__(self, per_day: int | None, day_end: Callable[[datetime], datetime], now: datetime) -> None:
        self.per_day = per_day
        self._day_end = day_end
        self._ends = day_end(now)
        self._untold = 0
        self._told = 0

    def take(self, now: datetime) -> datetime | None:
        """Count one call; when the day's are used up count nothing, and return when the next day begins."""
        if self.per_day is not None and self.used(now) >= self.per_day:
            return self._ends
        self._turn(now)
        self._untold += 1
        return None

    def used(self, now: datetime) -> int:
        """Calls of today, as far as is known here."""
        self._turn(now)
        return self._untold + self._told

    def untold(self, now: datetime) -> Untold:
        """What the others are to be told."""
        self._turn(now)
        return Untold(self._untold, self._ends)

    def learn(self, told: Untold, used: int) -> None:
        """Take over the count of all processes, in which what was told is."""
        if told.day_ends == self._ends:
            self._untold -= told.calls
            self._told = used

    def _turn(self, now: datetime) -> None:
        if now >= self._ends:
            self._ends, self._untold, self._told = self._day_end(now), 0, 0
