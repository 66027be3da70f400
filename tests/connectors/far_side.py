"""A simulated system over real HTTP in the test's own loop, and the hub's side in front of it."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from connectors.catalogue import Connected
from connectors.port import Call
from connectors.reach import ConnectorSettings, Sign
from connectors.runtime import System, build_systems
from connectors.serving import listen, serving
from connectors.simulation import SimulationContext

NOW = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)
CREDENTIALS = {"username": "municipality", "password": "secret"}


class Theatre:
    """Serves simulators and builds systems; everything is given back at the end of the test."""

    def __init__(self, connected: Connected) -> None:
        self.connected = connected
        self.context = self.fresh()

    def fresh(self) -> SimulationContext:
        return SimulationContext.fresh(self.connected.name, clock=lambda: NOW, seed=1)

    @asynccontextmanager
    async def serving(self, context: SimulationContext, port: int = 0) -> AsyncIterator[str]:
        async with serving(self.connected.simulation.create(context), listen("127.0.0.1", port)) as address:
            yield address

    @asynccontextmanager
    async def system(
        self, address: str, *, sign: Sign | None = None, credentials: dict[str, str] = CREDENTIALS
    ) -> AsyncIterator[System]:
        name = self.connected.name
        secrets = {key: SecretStr(value) for key, value in credentials.items()}
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


def asked_at(operation: str, payload: dict[str, Any], reference: str = "0190-1") -> Call:
    """A call made at the hour of the play."""
    return Call(
        inquiry_id=reference,
        tracking_code="05000112345678901234",
        reference=reference,
        operation=operation,
        payload=payload,
        deadline=NOW + timedelta(seconds=30),
    )
