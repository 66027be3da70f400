"""What a relay looks after besides publishing: rows that dead processes left, and rows the broker has lost."""

import asyncio
from collections import defaultdict
from collections.abc import Callable

import structlog

from broker.port import HELD_BY_BROKER, Broker, BrokerError, work_queue
from broker.pulse import Pulse
from registry import outbox
from registry.store import Store, StoreUnavailable

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
BATCH = 2000


class Rescue:
    """Runs in every process with the role `relay`. Two that rescue one row do no harm: workers drop repetitions."""

    def __init__(self, store: Store, broker: Broker, pulse: Pulse, *, lease: str, look: Callable[[], None]) -> None:
        self._store = store
        self._broker = broker
        self._pulse = pulse
        self._lease = lease
        self._look = look

    async def run(self) -> None:
        """Look after them until cancelled."""
        while True:
            try:
                await self.adopt()
                while await self.find_lost():
                    continue
            except (StoreUnavailable, BrokerError) as fault:
                log.warning("rescue.waits", fault=str(fault))
            await asyncio.sleep(EVERY_SECONDS)

    async def adopt(self) -> int:
        """Owe again what processes held that are gone; return how many rows."""
        adopted = await self._store.write(
            lambda t: outbox.adopt(t, self._lease, [*self._pulse.live(t), HELD_BY_BROKER])
        )
        if adopted:
            log.info("rescue.adopted", rows=adopted)
            self._look()
        return adopted

    async def find_lost(self) -> int:
        """Owe again what the ledger believes to be in a queue that is surely empty; return how many rows.

        The rows are read before the broker is asked, so that none is taken for lost which arrives meanwhile.
        """
        rows = await self._store.read(lambda t: outbox.held(t, HELD_BY_BROKER, BATCH))
        by_queue: defaultdict[str, list[int]] = defaultdict(list)
        for row in rows:
            by_queue[work_queue(row.kind, row.system)].append(row.id)
        lost: list[int] = []
        for queue, ids in by_queue.items():
            if await self._broker.idle(queue):
                lost.extend(ids)
        if not lost:
            return 0
        found = await self._store.write(lambda t: outbox.requeue_many(t, lost, HELD_BY_BROKER))
        if found:
            log.warning("rescue.broker_lost", rows=found)
            self._look()
        return found
