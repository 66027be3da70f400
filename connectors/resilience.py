"""What stands between a slow or broken system and everybody else: a limiter and a circuit breaker."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.faults import Clock
from connectors.manifest import BreakerSpec, Limits

Sleep = Callable[[float], Awaitable[None]]


class LimitReached(Exception):
    """No place within the time there was. `after` in seconds is when to ask again."""

    def __init__(self, after: float) -> None:
        super().__init__(f"no place for {after:.1f} s")
        self.after = after


class Limiter:
    """At most so many calls at once, and so many begun a second, evenly spaced after a burst of one second's worth.

    `tick` is a monotonic clock in seconds.
    """

    def __init__(self, limits: Limits, *, tick: Callable[[], float], sleep: Sleep) -> None:
        self._places = asyncio.Semaphore(limits.concurrency)
        self.busy = 0
        self.waiting = 0
        self._spacing = 1.0 / limits.rate_per_second
        self._tick = tick
        self._sleep = sleep
        self._next = 0.0

    @property
    def begun(self) -> int:
        """How many calls of the last second's rate are taken; more than a second's worth while some wait for a turn."""
        return max(0, round((self._next - self._tick() + 1.0) / self._spacing))

    def place(self, patience: float) -> "_Place":
        """Hold one of the places. Waits up to `patience` seconds for it. Raises LimitReached."""
        return _Place(self, patience)

    async def _enter(self, patience: float) -> None:
        if self._places.locked():
            self.waiting += 1
            try:
                async with asyncio.timeout(patience):
                    await self._places.acquire()
            except TimeoutError as full:
                raise LimitReached(1.0) from full
            finally:
                self.waiting -= 1
        else:
            await self._places.acquire()  # Without waiting: a place is free and nobody is before us.
        try:
            self.busy += 1
            await self._turn(patience)
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        self.busy -= 1
        self._places.release()

    async def _turn(self, patience: float) -> None:
        now = self._tick()
        # The schedule may lag a second behind: that is the burst an idle system takes.
        due = max(self._next, now - 1.0)
        wait = due - now
        if wait > patience:
            raise LimitReached(wait)
        self._next = due + self._spacing
        if wait > 0:
            await self._sleep(wait)


class _Place:
    """A place in a limiter while the context lasts."""

    __slots__ = ("_limiter", "_patience")

    def __init__(self, limiter: Limiter, patience: float) -> None:
        self._limiter = limiter
        self._patience = patience

    async def __aenter__(self) -> None:
        await self._limiter._enter(self._patience)  # noqa: SLF001 - the two are one thing.

    async def __aexit__(self, *_: object) -> None:
        self._limiter._leave()  # noqa: SLF001 - the two are one thing.


class BreakerState(StrEnum):
    """Closed lets calls through, open none, half-open exactly one."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after so many technical faults in a row. After a while one call, the probe, decides whether it closes.

    Every `admit()` that returned None must be followed by one of `succeeded`, `failed`, `abandoned`.
    `on_change` hears each opening and closing.
    """

    def __init__(self, spec: BreakerSpec, *, clock: Clock, on_change: Callable[[BreakerState], None]) -> None:
        self._spec = spec
        self._clock = clock
        self._on_change = on_change
        self._failures = 0
        self._opened_at: datetime | None = None
        self._probing = False

    @property
    def state(self) -> BreakerState:
        """The state at this instant."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._until(self._opened_at) else BreakerState.HALF_OPEN

    @property
    def probe_at(self) -> datetime | None:
        """When an open breaker lets the next call try; None while it is closed."""
        return None if self._opened_at is None else self._until(self._opened_at)

    def admit(self) -> timedelta | None:
        """None when the call may be made, else how long to wait before asking again."""
        if self._opened_at is None:
            return None
        left = self._until(self._opened_at) - self._clock()
        if left > timedelta(0):
            return left
        if self._probing:
            return timedelta(seconds=1)
        self._probing = True
        return None

    def succeeded(self) -> None:
        """The system answered, whatever it said."""
        self._failures = 0
        self._probing = False
        if self._opened_at is not None:
            self._opened_at = None
            self._on_change(BreakerState.CLOSED)

    def failed(self) -> None:
        """A technical fault: unreachable, silent, broken off, HTTP 5xx."""
        self._failures += 1
        was_open = self._opened_at is not None
        if self._probing or (not was_open and self._failures >= self._spec.failures):
            self._opened_at = self._clock()
            self._probing = False
            if not was_open:
                self._on_change(BreakerState.OPEN)

    def abandoned(self) -> None:
        """The call was given up for reasons of our own; it says nothing about the system."""
        self._probing = False

    def _until(self, opened_at: datetime) -> datetime:
        return opened_at + timedelta(seconds=self._spec.open_seconds)
