"""A clock that runs as the machine's does, from a day and hour of the story's own, and can be moved on."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")


class StoryClock:
    """Call it for the time. It never goes back.

    It begins at the hour `starts` of today, or of `days_ago`; without `starts` at this moment of that day.
    """

    def __init__(self, machine: Callable[[], datetime], *, starts: time | None = None, days_ago: int = 0) -> None:
        self._machine = machine
        local = machine().astimezone(TEHRAN)
        begins = local.replace(hour=starts.hour, minute=starts.minute, second=0, microsecond=0) if starts else local
        self._ahead = begins - local - timedelta(days=days_ago)

    def __call__(self) -> datetime:
        """The time in the story."""
        return self._machine() + self._ahead

    def move_on_to(self, instant: datetime) -> None:
        """Let the time pass until `instant`; an instant that has passed changes nothing."""
        self._ahead += max(instant - self(), timedelta(0))

    def arrive(self) -> None:
        """Let the time pass until the machine's own, and run with it from now on."""
        self._ahead = max(self._ahead, timedelta(0))
