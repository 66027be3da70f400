"""A connector behind its guards: switch and office hours → limiter → breaker → deadline → call."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.calendar import OfficeCalendar
from connectors.faults import Clock
from connectors.manifest import Manifest
from connectors.port import Call, Connector, InDoubt, Json, Retryable
from connectors.reach import ConnectorSettings
from connectors.resilience import Breaker, BreakerState, Limiter, LimitReached, Sleep
from connectors.verdicts import http_status

#: Hears (system, "opened" or "closed", code of the last error) from the breakers.
OnState = Callable[[str, str, str], None]

#: How soon to look again at a system somebody has switched off.
PAUSE_CHECK = timedelta(minutes=1)

_SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class Status:
    """How a system fares: the breaker's state, the last technical error and when, the last reply, the switches."""

    breaker: BreakerState
    last_error: str
    last_error_at: datetime | None
    last_reply_at: datetime | None
    enabled: bool
    paused: bool


class Guarded:
    """Lets a call through to the connector when it may be made, and keeps count of how the system fares."""

    def __init__(
        self,
        manifest: Manifest,
        settings: ConnectorSettings,
        connector: Connector,
        *,
        clock: Clock,
        on_state: OnState,
        sleep: Sleep = asyncio.sleep,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = manifest.name
        self._enabled = settings.enabled
        self._paused = settings.paused
        self._connector = connector
        self._clock = clock
        self._on_state = on_state
        self.calendar = OfficeCalendar(manifest.hours, settings.holidays)
        self.limits = settings.limits or manifest.limits
        self._limiter = Limiter(self.limits, tick=tick, sleep=sleep)
        self._breaker = Breaker(manifest.breaker, clock=clock, on_change=self._breaker_changed)
        self._last_error = ""
        self._last_error_at: datetime | None = None
        self._last_reply_at: datetime | None = None

    @property
    def status(self) -> Status:
        """How the system fares at this instant."""
        return Status(
            breaker=self._breaker.state,
            last_error=self._last_error,
            last_error_at=self._last_error_at,
            last_reply_at=self._last_reply_at,
            enabled=self._enabled,
            paused=self._paused,
        )

    def pause(self, *, paused: bool) -> None:
        """Stop making calls, or go on. Calls under way end as they end."""
        self._paused = paused

    def switch(self, *, enabled: bool) -> None:
        """Make calls, or none at all. Calls under way end as they end."""
        self._enabled = enabled

    async def exchange(self, call: Call, native: Mapping[str, Json], *, timeout: float) -> Json:
        """Make one call of at most `timeout` seconds. Raises Retryable without making it when it may not be made."""
        self._require_open()
        patience = (call.deadline - self._clock()).total_seconds()
        try:
            async with self._limiter.place(patience):
                return await self._through_breaker(call, native, timeout)
        except LimitReached as full:
            text = f"{self._name} is at the limit of what it bears"
            raise Retryable(f"{self._name}.busy", text, after=timedelta(seconds=full.after)) from full

    async def close(self) -> None:
        """Give back connections."""
        await self._connector.close()

    def _require_open(self) -> None:
        name = self._name
        if not self._enabled or self._paused:
            what = "paused" if self._enabled else "disabled"
            raise Retryable(f"{name}.{what}", f"{name} is {what} by an administrator", after=PAUSE_CHECK)
        now = self._clock()
        if not self.calendar.is_open(now):
            opening = self.calendar.next_opening(now)
            raise Retryable(f"{name}.closed", f"{name} opens at {opening.isoformat()}", not_before=opening)

    async def _through_breaker(self, call: Call, native: Mapping[str, Json], timeout: float) -> Json:
        """Only technical faults count against the system; a call given up by ourselves says nothing about it."""
        name = self._name
        seconds = min(timeout, (call.deadline - self._clock()).total_seconds())
        if seconds <= 0:
            raise Retryable(f"{name}.deadline", "no time was left to make the call")
        if (wait := self._breaker.admit()) is not None:
            text = f"{name} is not asked for now, after {self._last_error or 'an error'}"
            raise Retryable(f"{name}.open", text, after=wait)
        settled = False
        try:
            reply = await self._connector.exchange(call.operation, native, call=call, timeout=seconds)
            settled = True
        except (Retryable, InDoubt) as problem:
            settled = True
            self._failed(problem.code)
            raise
        finally:
            if not settled:
                self._breaker.abandoned()
        status = http_status(reply)
        if status is not None and status >= _SERVER_FAULT and "$fault" not in reply:
            self._failed(f"{name}.http_{status}")
        else:
            self._last_reply_at = self._clock()
            self._breaker.succeeded()
        return reply

    def _failed(self, code: str) -> None:
        self._last_error, self._last_error_at = code, self._clock()
        self._breaker.failed()

    def _breaker_changed(self, state: BreakerState) -> None:
        self._on_state(self._name, "closed" if state is BreakerState.CLOSED else "opened", self._last_error)
