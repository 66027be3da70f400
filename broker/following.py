"""Takes over what other processes change in the configuration."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from broker.port import BrokerError
from connectors.instances.running import Instances
from connectors.runtime import Systems
from registry.snapshot import Current
from registry.store import StoreUnavailable

log = structlog.get_logger(__name__)

SECONDS = 1.5
"""Every so many seconds a process looks for a change, so that it is in force everywhere within two."""

Declare = Callable[[Iterable[str]], Awaitable[None]]
"""Makes the queues of these systems. Raises BrokerError."""
Serve = Callable[[], Awaitable[None]]


class Following:
    """Keeps one process at the newest configuration. `serve` takes up the work of systems that are new to it."""

    def __init__(
        self, current: Current, systems: Systems, instances: Instances | None, *, declare: Declare | None, serve: Serve
    ) -> None:
        self._current = current
        self._systems = systems
        self._instances = instances
        self._declare = declare
        self._serve = serve
        self._taking = asyncio.Lock()

    async def refresh(self) -> None:
        """Take over the newest configuration; one that cannot be used leaves everything as it is, and is logged.

        Raises StoreUnavailable, BrokerError.
        """
        configuration = (await self._current.refresh()).configuration
        if self._instances is None:
            return
        async with self._taking:
            fresh = set(configuration.document.get("connectors", ())) - set(self._systems.names)
            if fresh and self._declare is not None:
                await self._declare(sorted(fresh))  # Before anybody asks them anything.
            if (prepared := self._instances.prepare(configuration)) is not None:
                await self._instances.take(prepared)
                await self._serve()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await self.refresh()
            except (StoreUnavailable, BrokerError) as fault:
                log.warning("snapshot.stale", fault=str(fault))
            except Exception:
                log.exception("snapshot.not_followed")  # What is in force goes on, and so does the looking.
