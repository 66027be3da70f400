"""What has been seen already, kept as long as it could be sent again."""

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class ReplayStore(Protocol):
    """What remembers keys: a `ReplayWindow`, or something that other processes share."""

    def first(self, key: str, /) -> bool:
        """Remember `key`; False when it is remembered already. Two callers at once never both hear True."""
        ...


class ReplayWindow:
    """A memory of this process alone that forgets after `keep`; every step costs the same. For any thread."""

    def __init__(self, clock: Callable[[], datetime], keep: timedelta) -> None:
        self._clock = clock
        self._keep = keep
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._order: deque[tuple[datetime, str]] = deque()

    def __len__(self) -> int:
        return len(self._seen)

    def first(self, key: str) -> bool:
        """Remember `key` from now on; showing it again does not prolong it."""
        with self._lock:
            self._forget()
            if key in self._seen:
                return False
            self._seen.add(key)
            self._order.append((self._clock(), key))
            return True

    def _forget(self) -> None:
        limit = self._clock() - self._keep
        while self._order and self._order[0][0] < limit:
            self._seen.discard(self._order.popleft()[1])
