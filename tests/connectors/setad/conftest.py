"""A simulated Setad over real HTTP in the test's own loop, and the hub's side in front of it."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import uvicorn
from pydantic import SecretStr

from connectors.catalogue import PACKAGE, Connected, read_folder
from connectors.port import Call
from connectors.reach import ConnectorSettings, Sign
from connectors.runtime import System, build_systems
from connectors.simulation import SimulationContext

NOW = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Theatre:
    """Serves simulators and builds systems; everything is given back at the end of the test."""

    def __init__(self, connected: Connected) -> None:
        self.connected = connected
        self.context = self.fresh()

    def fresh(self) -> SimulationContext:
        return SimulationContext.fresh(self.connected.name, clock=lambda: NOW, seed=1)

    @asynccontextmanager
    async def serving(self, context: SimulationContext, port: int = 0) -> AsyncIterator[str]:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        app = self.connected.simulation.create(context)
        server = _Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
        running = asyncio.ensure_future(server.serve(sockets=[listening]))
        await server.ready.wait()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
            listening.close()

    @asynccontextmanager
    async def system(
        self, address: str, *, sign: Sign | None = None, credentials: dict[str, str] | None = None
    ) -> AsyncIterator[System]:
        name = self.connected.name
        secrets = {key: SecretStr(value) for key, value in (credentials or {}).items()}
        systems = build_systems(
            {name: self.connected},
            {name: ConnectorSettings(address=address, credentials=secrets)},
            clock=lambda: NOW,
            random=random.Random(1),
            sign={name: sign} if sign else None,
            sleep=_at_once,
        )
        try:
            yield systems.get(name)
        finally:
            await systems.close()

    @asynccontextmanager
    async def playing(self, **settings: Any) -> AsyncIterator[System]:
        async with self.serving(self.context) as address, self.system(address, **settings) as system:
            yield system


async def _at_once(_seconds: float) -> None:
    """Waiting that takes no time."""


@pytest.fixture
def theatre() -> Theatre:
    return Theatre(read_folder(PACKAGE / "setad"))


@pytest.fixture
def asked() -> Callable[..., Call]:
    def call(operation: str, payload: dict[str, Any], reference: str = "0190-1") -> Call:
        return Call(
            inquiry_id=reference,
            tracking_code="05000112345678901234",
            reference=reference,
            operation=operation,
            payload=payload,
            deadline=NOW + timedelta(seconds=30),
        )

    return call
