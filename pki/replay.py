"""What has been seen already, kept as long as it could be sent again."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class ReplayStore(Protocol):
    """A set of keys; a plain `set`, a `ReplayWindow`, or something that other processes share."""

    def __contains__(self, key: object, /) -> bool:
        """Whether `key` was added."""
        ...

    def add(self, key: str, /) -> None:
        """Remember `key`."""
        ...


class ReplayWindow:
    """A set in memory that forgets what was added more than `keep` ago; every step costs the same."""

    def __init__(self, clock: Callable[[], datetime], keep: timedelta) -> None:
        self._clock = clock
        self._keep = keep
        self._seen: set[str] = set()
        self._order: deque[tuple[datetime, str]] = deque()

    def __contains__(self, key: object) -> bool:
        self._forget()
        return key in self._seen

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, key: str) -> None:
        """Remember `key` from now on; adding it again does not prolong it."""
        self._forget()
        if key not in self._seen:
            self._seen.add(key)
            self._order.append((self._clock(), key))

    def _forget(self) -> None:
        limit = self._clock() - self._keep
        while self._order and self._order[0][0] < limit:
            self._seen.discard(self._order.popleft()[1])
