"""One system that hangs holds nothing that another one needs."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue import PACKAGE, Connected, read_folder
from connectors.manifest import Limits
from connectors.port import Call, Retryable
from connectors.reach import ConnectorSettings
from connectors.resilience import BreakerState
from connectors.runtime import Systems, build_systems

NOW = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)
CATALOGUE: dict[str, Connected] = {name: read_folder(PACKAGE / name) for name in ("land_window", "civil_registry")}
ANSWERS = {one.name: next(e for e in one.examples if e.answer is not None) for one in CATALOGUE.values()}


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """A far side that takes every connection and never answers."""

    held: set[asyncio.Task[Any] | None] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(asyncio.current_task())
        await reader.read()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.gather(*(task for task in held if task))


def systems(address: str, tmp_path: Path) -> Systems:
    small = Limits(concurrency=2, rate_per_second=1000)
    return build_systems(
        CATALOGUE,
        {name: ConnectorSettings(address=address, limits=small) for name in CATALOGUE},
        clock=lambda: NOW,
        random=random.Random(1),
    )


def call(name: str) -> Call:
    example = ANSWERS[name]
    return Call("i-1", "05000112345678901234", "i-1", example.operation, example.request, NOW + timedelta(seconds=60))


async def test_a_hung_system_holds_its_own_places_only(silent: str, tmp_path: Path) -> None:
    both = systems(silent, tmp_path)
    hung, other = both.get("land_window"), both.get("civil_registry")

    class Answering:
        async def exchange(self, *_: Any, **__: Any) -> Any:
            return ANSWERS["civil_registry"].native_reply

        async def close(self) -> None:
            """Nothing is open."""

    other._guarded._connector = Answering()
    waiting = [asyncio.create_task(hung.ask(call("land_window"))) for _ in range(5)]
    try:
        while both.statuses()["land_window"].calls < 2:
            await asyncio.sleep(0)
        for _ in range(50):
            answer = await other.ask(call("civil_registry"))
        assert answer.data == ANSWERS["civil_registry"].answer
        seen = both.statuses()
        assert (seen["land_window"].calls, seen["civil_registry"].calls) == (2, 0)
        assert not [task for task in waiting if task.done()], "the hung calls are still out"
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await both.close()
    assert both.statuses()["land_window"].calls == 0, "whoever gives up gives the place back"


def test_no_two_systems_share_what_a_call_waits_for(tmp_path: Path) -> None:
    both = systems("http://127.0.0.1:1", tmp_path)
    guards = [system._guarded for system in both]
    for part in ("_limiter", "_breaker", "_connector", "calendar"):
        assert len({id(getattr(guard, part)) for guard in guards}) == len(guards), part


async def test_a_switched_off_system_is_told_as_such(tmp_path: Path) -> None:
    both = systems("http://127.0.0.1:1", tmp_path)
    both.get("land_window").switch(enabled=False)
    with pytest.raises(Retryable) as off:
        await both.get("land_window").ask(call("land_window"))
    assert off.value.code == "land_window.disabled"
    shown = both.statuses()["land_window"].as_data()
    assert (shown["enabled"], shown["breaker"], shown["opens_at"]) == (False, BreakerState.CLOSED, None)
    assert both.statuses()["civil_registry"].enabled
    await both.close()
