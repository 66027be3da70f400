import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from connectors.manifest import BreakerSpec, Limits
from connectors.resilience import Breaker, BreakerState, Limiter, LimitReached

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class Time:
    """A clock that only moves when told, or when somebody sleeps on it."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def tick(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def breaker(time: Time, heard: list[BreakerState]) -> Breaker:
    return Breaker(BreakerSpec(failures=3, open_seconds=30), clock=time, on_change=heard.append)


def opened(time: Time, heard: list[BreakerState]) -> Breaker:
    made = breaker(time, heard)
    for _ in range(3):
        assert made.admit() is None
        made.failed()
    return made


def test_it_opens_after_failures_in_a_row_only() -> None:
    heard: list[BreakerState] = []
    made = breaker(Time(), heard)
    for outcome in (made.failed, made.failed, made.succeeded, made.failed, made.failed):
        assert made.admit() is None
        outcome()
    assert made.state is BreakerState.CLOSED
    made.failed()
    assert made.state is BreakerState.OPEN
    assert heard == [BreakerState.OPEN]


def test_open_says_how_long() -> None:
    time = Time()
    made = opened(time, [])
    time.seconds += 10
    assert made.admit() == timedelta(seconds=20)


def test_half_open_lets_exactly_one_probe_through() -> None:
    time, heard = Time(), []
    made = opened(time, heard)
    time.seconds += 30
    assert made.state is BreakerState.HALF_OPEN
    assert [made.admit() is None for _ in range(20)].count(True) == 1
    made.succeeded()
    assert made.state is BreakerState.CLOSED
    assert heard == [BreakerState.OPEN, BreakerState.CLOSED]


def test_a_failed_probe_opens_again_without_a_second_alarm() -> None:
    time, heard = Time(), []
    made = opened(time, heard)
    time.seconds += 30
    assert made.admit() is None
    made.failed()
    assert made.admit() == timedelta(seconds=30)
    assert heard == [BreakerState.OPEN]


def test_an_abandoned_probe_makes_room_for_another() -> None:
    time = Time()
    made = opened(time, [])
    time.seconds += 30
    assert made.admit() is None
    made.abandoned()
    assert made.admit() is None


async def test_calls_are_spaced_after_the_burst() -> None:
    time = Time()
    limiter = Limiter(Limits(rate_per_second=2, concurrency=50), tick=time.tick, sleep=time.sleep)
    begun = []
    for _ in range(7):
        async with limiter.place(60):
            begun.append(time.seconds - 100)
    assert begun == [0, 0, 0, 0.5, 1.0, 1.5, 2.0]


async def test_no_turn_within_ones_patience() -> None:
    time = Time()
    limiter = Limiter(Limits(rate_per_second=1, concurrency=50), tick=time.tick, sleep=time.sleep)
    for _ in range(3):
        async with limiter.place(60):
            pass
    with pytest.raises(LimitReached) as full:
        async with limiter.place(0.2):
            pass
    assert full.value.after == pytest.approx(1.0)
    async with limiter.place(60):  # The one that gave up took no turn.
        assert time.seconds == pytest.approx(102.0)


async def test_no_place_within_ones_patience() -> None:
    time = Time()
    limiter = Limiter(Limits(rate_per_second=100, concurrency=1), tick=time.tick, sleep=time.sleep)
    async with limiter.place(60):
        with pytest.raises(LimitReached):
            async with limiter.place(0.01):
                pass
    async with asyncio.timeout(1), limiter.place(1):
        pass
