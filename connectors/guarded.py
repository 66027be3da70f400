"""A connector behind its guards: switch and office hours → limiter → quota → breaker → deadline → call."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from connectors.calendar import OfficeCalendar
from connectors.faults import Clock
from connectors.manifest import Manifest
from connectors.port import Call, Connector, ConnectorError, InDoubt, Json, Retryable
from connectors.quota import DailyQuota
from connectors.reach import ConnectorSettings
from connectors.resilience import Breaker, BreakerState, Limiter, LimitReached, Sleep
from connectors.status import Status
from connectors.verdicts import http_status

#: Hears (system, "opened" or "closed", code of the last error) from the breakers.
OnState = Callable[[str, str, str], None]

#: How soon to look again at a system somebody has switched off.
PAUSE_CHECK = timedelta(minutes=1)

_SERVER_FAULT = 500


def calendar_of(manifest: Manifest, settings: ConnectorSettings) -> OfficeCalendar:
    """The calendar of a system: its contract's hours, its settings' holidays and outages."""
    outages = [(outage.begins, outage.ends) for outage in settings.outages]
    return OfficeCalendar(manifest.hours, settings.holidays, outages)


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
        self.calendar = calendar_of(manifest, settings)
        self.limits = settings.limits or manifest.limits
        self.quota = DailyQuota(self.limits.per_day, self.calendar.day_end, clock())
        self._limiter = Limiter(self.limits, tick=tick, sleep=sleep)
        self._breaker = Breaker(manifest.breaker, clock=clock, on_change=self._breaker_changed)
        self._last_error = ""
        self._last_error_at: datetime | None = None
        self._last_reply_at: datetime | None = None
        self._told: tuple[str, datetime | None] = ("", None)

    @property
    def status(self) -> Status:
        """How the system fares at this instant."""
        now = self._clock()
        told, until = self._told if self._told[1] and self._told[1] > now else ("", None)
        closing = self.calendar.next_closing(now)
        return Status(
            breaker=self._breaker.state,
            probe_at=self._breaker.probe_at,
            last_error=self._last_error,
            last_error_at=self._last_error_at,
            last_reply_at=self._last_reply_at,
            enabled=self._enabled,
            paused=self._paused,
            opens_at=None if self.calendar.is_open(now) else self.calendar.next_opening(now),
            closed_by=self.calendar.closed_by(now),
            closes_at=closing[0] if closing else None,
            closes_by=closing[1] if closing else None,
            next_outage=self.calendar.next_outage(now),
            next_holiday=self.calendar.next_holiday(now),
            calls=self._limiter.busy,
            concurrency=self.limits.concurrency,
            waiting=self._limiter.waiting,
            begun=self._limiter.begun,
            rate_per_second=self.limits.rate_per_second,
            asked_today=self.quota.used(now),
            quota=self.quota.per_day,
            quota_resets_at=self.calendar.day_end(now),
            told_code=told,
            told_until=until,
        )

    def pause(self, *, paused: bool) -> None:
        """Stop making calls, or go on. Calls under way end as they end."""
        self._paused = paused

    def switch(self, *, enabled: bool) -> None:
        """Make calls, or none at all. Calls under way end as they end."""
        self._enabled = enabled

    def heard(self, error: ConnectorError) -> None:
        """Remember what the system itself said of when to ask again, to show it: its holiday, its quota."""
        if isinstance(error, Retryable) and error.not_before is not None:
            self._told = error.code, error.not_before

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
        now = self._clock()
        seconds = min(timeout, (call.deadline - now).total_seconds())
        if seconds <= 0:
            raise Retryable(f"{name}.deadline", "no time was left to make the call")
        if (wait := self._breaker.admit()) is not None:
            text = f"{name} is not asked for now, after {self._last_error or 'an error'}"
            raise Retryable(f"{name}.open", text, after=wait)
        if self.quota.take(now) is not None:
            self._breaker.abandoned()
            opening = self.calendar.tomorrow(now)
            text = f"the {self.quota.per_day} calls a day that {name} grants are used up until {opening.isoformat()}"
            raise Retryable(f"{name}.quota_used", text, not_before=opening)
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
