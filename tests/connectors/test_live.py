"""How the systems fare, seen from outside: written by two processes beside their heartbeats, read from the registry."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from broker.pulse import Pulse
from broker.roles import EVERY
from connectors.catalogue import PACKAGE, read_folder
from connectors.live import LiveSystem, live_systems
from connectors.live_words import STANDINGS, in_words
from connectors.manifest import Limits
from connectors.port import Call, Retryable
from connectors.reach import ConnectorSettings
from connectors.runtime import Systems, build_systems
from registry import schema_upgrade
from registry.store import Store

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)  # A Saturday, 11:30 in Tehran.
MIDNIGHT = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)  # In Tehran.
FOLDER = read_folder(PACKAGE / "land_window")
EXAMPLE = next(one for one in FOLDER.examples if one.answer is not None)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


async def at_once(_seconds: float) -> None:
    """Nobody waits here."""


class Far:
    """A far side that says its line."""

    def __init__(self, line: Any) -> None:
        self.line = line

    async def exchange(self, *_: Any, **__: Any) -> Any:
        if isinstance(self.line, Exception):
            raise self.line
        return self.line

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("live") / "hub.db"
    schema_upgrade.upgrade(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture
def store(tmp_path: Path, empty: bytes) -> Iterator[Store]:
    (tmp_path / "hub.db").write_bytes(empty)
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    opened = Store.open(url, clock=Clock())
    yield opened
    opened.close_now()


def process(store: Store, clock: Clock, lease: str, line: Any, **settings: Any) -> tuple[Systems, Pulse]:
    chosen = ConnectorSettings.model_validate({"limits": Limits(rate_per_second=100, concurrency=4), **settings})
    made = build_systems({"land_window": FOLDER}, {"land_window": chosen}, clock=clock, random=Random(1), sleep=at_once)
    made.get("land_window")._guarded._connector = Far(line)
    return made, Pulse(store, lease=lease, roles=EVERY, clock=clock, systems=made)


def call(clock: Clock) -> Call:
    deadline = clock() + timedelta(seconds=5)
    return Call("i-1", "05000112345678901234", "i-1", EXAMPLE.operation, EXAMPLE.request, deadline)


def live(store: Store, clock: Clock) -> LiveSystem:
    return store.read_now(lambda t: live_systems(t, clock(), ["land_window"]))["land_window"]


def english(found: LiveSystem, clock: Clock) -> str:
    said = in_words(found, clock())
    assert all(one.fa and one.en for one in said)
    return "\n".join(one.en for one in said)


async def test_a_quota_is_shared_by_processes_and_begins_anew_at_midnight(store: Store) -> None:
    clock = Clock()
    limits = Limits(rate_per_second=100, concurrency=4, per_day=3)
    (one, beats_one), (two, beats_two) = (
        process(store, clock, lease, EXAMPLE.native_reply, limits=limits) for lease in ("one", "two")
    )
    for systems, pulse in ((one, beats_one), (two, beats_two), (two, beats_two)):
        await systems.get("land_window").ask(call(clock))
        await pulse.beat()
    await beats_one.beat()
    with pytest.raises(Retryable) as over:
        await one.get("land_window").ask(call(clock))
    assert (over.value.code, over.value.not_before) == (
        "land_window.quota_used",
        datetime(2026, 11, 21, 20, 30, tzinfo=UTC),
    )
    found = live(store, clock)
    assert (found.processes, found.asked_today, found.quota_left, found.standing(clock())) == (2, 3, 0, "quota_used")
    assert found.quota_resets_at == MIDNIGHT
    assert (found.concurrency, found.rate_per_second) == (8, 200), "what both bear together"
    assert "Today's quota of 3 is used up; it begins anew at 2026-11-21 20:30 UTC." in english(found, clock)
    assert "سهمیهٔ امروز (3) تمام شده و 1405/09/01 00:00 از نو آغاز می‌شود." in in_words(found, clock())[0].fa
    clock.now = MIDNIGHT
    await one.get("land_window").ask(call(clock))
    for pulse in (beats_one, beats_two):
        await pulse.beat()
    assert (live(store, clock).asked_today, live(store, clock).quota_left) == (1, 2)


async def test_a_restart_forgets_no_call_that_was_told(store: Store) -> None:
    clock = Clock()
    before, beats = process(store, clock, "before", EXAMPLE.native_reply)
    await before.get("land_window").ask(call(clock))
    await beats.beat()
    _, again = process(store, clock, "after", EXAMPLE.native_reply)
    await again.beat()
    assert live(store, clock).asked_today == 1


async def test_the_worst_breaker_is_told_with_its_reason_and_next_try(store: Store) -> None:
    clock = Clock()
    broken, beats = process(store, clock, "broken", Retryable("land_window.unreachable", "no connection"))
    _, good = process(store, clock, "good", EXAMPLE.native_reply)
    for _ in range(3):
        with pytest.raises(Retryable):
            await broken.get("land_window").ask(call(clock))
    await beats.beat()
    clock.now += timedelta(seconds=1)
    await good.beat()
    found = live(store, clock)
    assert (found.breaker, found.last_error, found.standing(clock())) == ("open", "land_window.unreachable", "open")
    assert "The breaker opened after land_window.unreachable" in english(found, clock)
    json.dumps(found.as_data(clock()))
    clock.now += timedelta(seconds=25)
    await good.beat()
    assert live(store, clock).breaker == "closed", "a process that is gone says nothing any more"


async def test_hours_holidays_and_outages_are_told_before_they_come(store: Store) -> None:
    clock = Clock()
    outage = {"begins": "2026-11-21T14:00:00+03:30", "ends": "2026-11-21T15:00:00+03:30"}
    systems, pulse = process(store, clock, "one", EXAMPLE.native_reply, outages=[outage], holidays=["1405-09-01"])
    await pulse.beat()
    found = live(store, clock)
    assert (found.closes_at, found.closes_by) == (datetime(2026, 11, 21, 10, 30, tzinfo=UTC), "outage")
    assert str(found.next_holiday) == "2026-11-22"
    assert "Announced outage: 2026-11-21 10:30 UTC to 2026-11-21 11:30 UTC" in english(found, clock)
    assert "تعطیلی بعدی: 1405/09/01" in [one.fa for one in in_words(found, clock())]
    clock.now = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
    systems.get("land_window").pause(paused=True)
    await pulse.beat()
    found = live(store, clock)
    assert (found.closed_by, found.opens_at) == ("outage", datetime(2026, 11, 21, 11, 30, tzinfo=UTC))
    assert found.standing(clock()) == "paused"
    assert [one.grave for one in in_words(found, clock())[:2]] == [True, False]


async def test_what_the_system_itself_says_is_told_until_then(store: Store) -> None:
    clock = Clock()
    systems, pulse = process(store, clock, "one", EXAMPLE.native_reply)
    until = clock() + timedelta(hours=1)
    systems.get("land_window")._guarded.heard(Retryable("land_window.quota", "full", not_before=until))
    await pulse.beat()
    found = live(store, clock)
    assert (found.told_code, found.told_until, found.standing(clock())) == ("land_window.quota", until, "told")
    assert live(store, clock).standing(until) == "good"


def test_without_a_process_only_the_ledger_speaks(store: Store) -> None:
    clock = Clock()
    found = live(store, clock)
    assert (found.seen_at, found.standing(clock())) == (None, "unreached")
    assert "run `hub serve`" in english(found, clock)
    assert found.standing(clock()) in STANDINGS
