"""The connector on a real line to its simulator: one server in the test's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from connectors.catalogue import PACKAGE, Connected, read_folder
from connectors.port import Call
from connectors.runtime import ConnectorSettings, System, build_systems
from connectors.simulation import SimulationContext

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@dataclass
class FarSide:
    """The hub's `system` and what stands behind it."""

    system: System
    context: SimulationContext

    def call(self, operation: str, payload: dict[str, Any], reference: str = "r-1") -> Call:
        deadline = self.context.clock() + timedelta(seconds=60)
        return Call("0190-1", "05100112345678901234", reference, operation, payload, deadline)


@pytest.fixture(scope="session")
def connected() -> Connected:
    return read_folder(PACKAGE / "smart_gov")


@pytest.fixture
async def far(connected: Connected) -> AsyncIterator[FarSide]:
    context = SimulationContext.fresh("smart_gov", clock=lambda: NOW, seed=1)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    config = uvicorn.Config(connected.simulation.create(context), log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    settings = ConnectorSettings(
        address=f"http://127.0.0.1:{listening.getsockname()[1]}",
        credentials={
            name: SecretStr(value)
            for name, value in {
                "client_id": "hub",
                "client_secret": "secret",
                "username": "hub",
                "password": "secret",
            }.items()
        },
    )
    system = build_systems(
        {"smart_gov": connected}, {"smart_gov": settings}, clock=context.clock, random=Random(1)
    ).get("smart_gov")
    yield FarSide(system, context)
    await system.close()
    server.should_exit = server.force_exit = True
    await serving
    listening.close()
