"""When an outside system is open: office hours, closed weekdays, holidays and announced outages, on Tehran's clock."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.manifest import Hours

#: Days looked ahead for an open one. A calendar closed for longer is a mistake in the settings.
_HORIZON = 400
#: What closes a system.
Closing = Literal["outage", "holiday", "weekday", "hours"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class OfficeCalendar:
    """The opening times of one system. Without `hours` it is open around the clock, except on holidays.

    `outages` are (begin, end), aware: announced times in which the system is not asked.
    """

    def __init__(
        self, hours: Hours | None, holidays: Iterable[date] = (), outages: Iterable[tuple[datetime, datetime]] = ()
    ) -> None:
        self._hours = hours
        self._opens = hours.open if hours else time(0, 0)
        self._zone = ZoneInfo(hours.timezone if hours else "Asia/Tehran")
        self._closed_weekdays = hours.closed_weekdays if hours else ()
        self._holidays = frozenset(holidays)
        self._outages = tuple(sorted(outages))

    def is_open(self, now: datetime) -> bool:
        """Whether the system answers at this instant."""
        return self.closed_by(now) is None

    def closed_by(self, now: datetime) -> Closing | None:
        """What keeps the system closed at this instant; None while it is open."""
        if self._outage_ends(now) is not None:
            return "outage"
        here = now.astimezone(self._zone)
        if here.date() in self._holidays:
            return "holiday"
        if _WEEKDAYS[here.weekday()] in self._closed_weekdays:
            return "weekday"
        if self._hours is None or self._hours.open <= here.time() < self._hours.close:
            return None
        return "hours"

    def next_closing(self, now: datetime) -> tuple[datetime, Closing] | None:
        """When an open system closes next, aware UTC, and by what; None where no closing is known, or it is closed."""
        if not self.is_open(now):
            return None
        found: list[tuple[datetime, Closing]] = [(begin, "outage") for begin, _ in self._outages if begin > now]
        today = now.astimezone(self._zone).date()
        if self._hours is not None:
            found.append((datetime.combine(today, self._hours.close, self._zone), "hours"))
        elif (holiday := self.next_holiday(now)) is not None:
            found.append((datetime.combine(holiday, time(), self._zone), "holiday"))
        if not found:
            return None
        at, by = min(found)
        return at.astimezone(UTC), by

    def next_outage(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Begin and end of the announced outage that is on, or comes next."""
        return next(((begin, end) for begin, end in self._outages if end > now), None)

    def next_holiday(self, now: datetime) -> date | None:
        """The next holiday after today."""
        today = now.astimezone(self._zone).date()
        return min((day for day in self._holidays if day > today), default=None)

    def day_end(self, now: datetime) -> datetime:
        """The midnight that ends today on the system's clock. Aware UTC."""
        day = now.astimezone(self._zone).date() + timedelta(days=1)
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def next_opening(self, now: datetime) -> datetime:
        """The first instant from `now` on at which the system is open; `now` itself if it is. Aware UTC."""
        if (ends := self._outage_ends(now)) is not None:
            return self.next_opening(ends)
        if self.is_open(now):
            return now.astimezone(UTC)
        here = now.astimezone(self._zone)
        today = here.date()
        opening = self._opening_of(today)
        if not self._works_on(today) or here.time() >= self._opens:
            opening = self.next_open_day(now)
        return opening if self._outage_ends(opening) is None else self.next_opening(opening)

    def next_open_day(self, now: datetime) -> datetime:
        """The opening of the first working day after today. Aware UTC."""
        today = now.astimezone(self._zone).date()
        for ahead in range(1, _HORIZON):
            day = today + timedelta(days=ahead)
            if self._works_on(day):
                return self._opening_of(day)
        raise ValueError(f"no working day within {_HORIZON} days of {today}: look at the holidays in the settings")

    def tomorrow(self, now: datetime) -> datetime:
        """The first open instant of tomorrow or later: when a daily quota has begun anew. Aware UTC."""
        return self.next_opening(self.day_end(now))

    def _outage_ends(self, now: datetime) -> datetime | None:
        """When the outage of this instant ends; None where there is none."""
        return next((end for begin, end in self._outages if begin <= now < end), None)

    def _works_on(self, day: date) -> bool:
        return day not in self._holidays and _WEEKDAYS[day.weekday()] not in self._closed_weekdays

    def _opening_of(self, day: date) -> datetime:
        return datetime.combine(day, self._opens, self._zone).astimezone(UTC)
