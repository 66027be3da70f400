"""The heartbeat by which the processes of a hub know who of them is alive."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from broker.roles import Role
from connectors.runtime import Systems
from registry import processes, quotas
from registry.processes import ALIVE_WITHIN
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
CALLING = "call:"


def calling(lease: str) -> str:
    """Name the holder of a row whose `once` call that process is making: more than having published it."""
    return CALLING + lease


class Pulse:
    """Beats for one process. One that makes calls writes beside it how it sees the systems, and counts its calls."""

    def __init__(
        self,
        store: Store,
        *,
        lease: str,
        roles: Collection[Role],
        clock: Callable[[], datetime],
        systems: Systems | None = None,
        only: Collection[str] = (),
    ) -> None:
        self._store = store
        self._systems = systems if Role.WORKER in roles else None
        self._only = frozenset(only)
        self._lease = lease
        self._role = ",".join(sorted(roles))
        self._clock = clock

    def live(self, transaction: Transaction) -> list[str]:
        """Give what processes that live, this one included, hold rows by: their lease, or that they are calling."""
        leases = [*processes.live(transaction, self._clock(), ALIVE_WITHIN), self._lease]
        return [*leases, *map(calling, leases)]

    async def beat(self) -> None:
        """Say once that this process lives. Raises StoreUnavailable."""
        now, systems = self._clock(), self._systems
        if systems is None:
            await self._store.write(lambda t: processes.beat(t, self._lease, self._role, now))
            return
        untold = systems.untold(now)
        seen = {name: status.as_data() for name, status in systems.statuses().items() if self._serves(name)}

        def act(transaction: Transaction) -> dict[str, int]:
            processes.beat(transaction, self._lease, self._role, now, seen)
            return quotas.spend(transaction, {name: mine.calls for name, (_, mine) in untold.items()}, now=now)

        used = await self._store.write(act)
        for name, (quota, mine) in untold.items():
            quota.learn(mine, used.get(name, 0))

    def _serves(self, system: str) -> bool:
        return not self._only or system in self._only

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            try:
                await self.beat()
            except StoreUnavailable as fault:
                log.warning("pulse.missed", fault=str(fault))
            await asyncio.sleep(EVERY_SECONDS)

    async def leave(self) -> None:
        """Say goodbye, so that nobody waits for this process to be declared dead."""
        try:
            await self._store.write(lambda t: processes.leave(t, self._lease))
        except StoreUnavailable as fault:
            log.warning("pulse.left_unsaid", fault=str(fault))
