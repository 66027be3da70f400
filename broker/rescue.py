"""What a relay looks after besides publishing: rows that dead processes left, and rows the broker has lost."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from broker.port import HELD_BY_BROKER, KINDS, Broker, BrokerError, work_queue
from broker.pulse import Pulse
from registry import outbox
from registry.outbox import OutboxRow
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

EVERY_SECONDS = 10.0
BATCH = 2000
ADOPTED = 10_000
"""Rows adopted in one transaction at most, so that other writers get their turn."""
LONGEST_HELD = timedelta(minutes=10)
"""Longer than any call takes: after that a message that came out of its queue is held by nobody any more."""


@dataclass
class Suspicion:
    """Rows (tries by id) whose messages a queue had when row `mark` was the newest.

    A queue gives out its messages in their order. So when fewer are ready than there are queued rows newer than the
    mark, one of those has come out, and all of ours before it. Then somebody holds them, or the broker has lost them.
    """

    system: str
    rows: dict[int, int]
    mark: int
    passed_at: datetime | None = None

    def is_passed(self, transaction: Transaction, queue: str, ready: int) -> bool:
        """Tell whether a message published later has come out of the queue."""
        kinds = [kind for kind in sorted(KINDS) if work_queue(kind, self.system) == queue]
        newer = outbox.queued_behind(
            transaction, self.mark, lease=HELD_BY_BROKER, system=self.system, kinds=kinds, limit=ready + 1
        )
        return newer > ready


class Rescue:
    """Runs in every process with the role `relay`. Two that rescue one row do no harm: workers drop repetitions."""

    def __init__(
        self,
        store: Store,
        broker: Broker,
        pulse: Pulse,
        *,
        lease: str,
        look: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._broker = broker
        self._pulse = pulse
        self._lease = lease
        self._look = look
        self._clock = clock
        self._after: tuple[datetime, int] | None = None
        self._suspicions: dict[str, Suspicion] = {}

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
        if not await self._store.read(self._held_by_the_dead):
            return 0
        adopted = 0
        while found := await self._store.write(lambda t: outbox.adopt(t, self._lease, self._living(t), ADOPTED)):
            adopted += found
            self._look()
        log.info("rescue.adopted", rows=adopted)
        return adopted

    def _held_by_the_dead(self, transaction: Transaction) -> bool:
        return not outbox.holders(transaction) <= {self._lease, *self._living(transaction)}

    def _living(self, transaction: Transaction) -> list[str]:
        return [*self._pulse.live(transaction), HELD_BY_BROKER]

    async def find_lost(self) -> int:
        """Owe again what the ledger believes to be in a queue that has surely lost it; return how many rows.

        The rows are read before the broker is asked, so that none is taken for lost which arrives meanwhile. Each look
        takes the next window of rows, from the longest due on.
        """
        rows = await self._store.read(lambda t: outbox.held(t, HELD_BY_BROKER, BATCH, self._after))
        self._after = (rows[-1].due_at, rows[-1].id) if len(rows) == BATCH else None
        by_queue: defaultdict[str, list[OutboxRow]] = defaultdict(list)
        for row in rows:
            by_queue[work_queue(row.kind, row.system)].append(row)
        lost: list[int] = []
        for queue, found in by_queue.items():
            if await self._broker.idle(queue):
                self._suspicions.pop(queue, None)
                lost.extend(row.id for row in found)
            elif queue not in self._suspicions:
                mark = await self._store.read(outbox.newest)
                self._suspicions[queue] = Suspicion(found[0].system, {row.id: row.tries for row in found}, mark)
        for queue in list(self._suspicions):
            lost.extend(await self._passed_over(queue, self._suspicions[queue]))
        if not lost:
            return 0
        requeued = await self._store.write(lambda t: outbox.requeue_many(t, lost, HELD_BY_BROKER))
        if requeued:
            log.warning("rescue.broker_lost", rows=requeued)
            self._look()
        return requeued

    async def _passed_over(self, queue: str, suspicion: Suspicion) -> list[int]:
        """Return the rows that a queue which never rests has passed over; forget the suspicion once it is settled."""
        suspicion.rows = await self._store.read(lambda t: outbox.still_held(t, suspicion.rows, HELD_BY_BROKER))
        if not suspicion.rows:
            del self._suspicions[queue]
            return []
        if suspicion.passed_at is not None:
            if self._clock() - suspicion.passed_at < LONGEST_HELD:
                return []
            del self._suspicions[queue]
            return list(suspicion.rows)
        ready = await self._broker.depth(queue)
        if ready is not None and await self._store.read(lambda t: suspicion.is_passed(t, queue, ready)):
            suspicion.passed_at = self._clock()
        return []
