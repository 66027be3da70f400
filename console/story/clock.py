"""A clock that runs as the machine's does, from a day and hour of the story's own, and can be moved on."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

TEHRAN = ZoneInfo("Asia/Tehran")


class StoryClock:
    """Call it for the time. It never goes back."""

    def __init__(self, machine: Callable[[], datetime], *, starts: time) -> None:
        self._machine = machine
        now = machine()
        local = now.astimezone(TEHRAN)
        self._ahead = local.replace(hour=starts.hour, minute=starts.minute, second=0, microsecond=0) - local

    def __call__(self) -> datetime:
        """The time in the story."""
        return self._machine() + self._ahead

    def move_on_to(self, instant: datetime) -> None:
        """Let the time pass until `instant`; an instant that has passed changes nothing."""
        self._ahead += max(instant - self(), timedelta(0))
