"""Outbox to broker: publish what is owed, mark what the broker has taken.

The relay of every process publishes what its own writes owe and hand it. One with the role `relay` also scans the
table: for rows that fall due later, and for rows that nobody holds any more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from broker.meters import Meters
from broker.points import FlowPoint, Reach, pass_by
from broker.port import HELD_BY_BROKER, Broker, BrokerError, Message, Unroutable
from registry import inquiries, outbox
from registry.outbox import OutboxRow
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

BATCH = 500
HOMELESS = timedelta(minutes=1)
"""How long a row rests whose queue does not exist; `hub init` makes it."""
IDLE_LOOK = 1.0
"""Seconds between two looks at the clock when nothing happens: a due time may have come nearer by itself."""


class Relay:
    """Moves owed rows of this process's lease and, when it `scans`, rows that are due and nobody's.

    `durable` says that the broker keeps what it has taken when this process dies.
    """

    def __init__(
        self,
        store: Store,
        broker: Broker,
        *,
        lease: str,
        clock: Callable[[], datetime],
        meters: Meters,
        scans: bool = True,
        durable: bool = False,
        reach: Reach = pass_by,
    ) -> None:
        self._store = store
        self._broker = broker
        self._lease = lease
        self._clock = clock
        self._meters = meters
        self._scans = scans
        self._queued_lease = HELD_BY_BROKER if durable else lease
        self._reach = reach
        self._handed: deque[OutboxRow] = deque()
        self._work = asyncio.Event()

    def hand_over(self, rows: Sequence[OutboxRow]) -> None:
        """Take committed rows from this process's own writes. Rows due later wait in the ledger."""
        now = self._clock()
        self._handed.extend(row for row in rows if row.due_at <= now)
        self._work.set()

    def look(self) -> None:
        """Look at the table now: the clock has moved, or a person has released something."""
        self._work.set()

    async def run(self) -> None:
        """Work until cancelled. A broker or database that is away is waited for; intake goes on meanwhile."""
        fails = 0
        while True:
            try:
                if not await self._round():
                    self._work.clear()
                    if not self._handed:
                        await self._rest()
                fails = 0
            except (BrokerError, StoreUnavailable) as fault:
                fails += 1
                log.warning("relay.waits", fault=str(fault), times=fails)
                await asyncio.sleep(min(0.1 * 2 ** min(fails, 8), 10.0))

    async def _rest(self) -> None:
        due = await self._store.look_up(outbox.next_due) if self._scans else None
        seconds = IDLE_LOOK if due is None else min(max((due - self._clock()).total_seconds(), 0.0), IDLE_LOOK)
        try:
            async with asyncio.timeout(seconds):
                await self._work.wait()
        except TimeoutError:
            return

    async def _round(self) -> int:
        rows = [self._handed.popleft() for _ in range(min(len(self._handed), BATCH))]
        if not rows and self._scans:
            rows = await self._take()
        if not rows:
            return 0
        self._reach(FlowPoint.RELAY_TAKEN)
        results = await asyncio.gather(*(self._publish(row) for row in rows), return_exceptions=True)
        taken = [row for row, result in zip(rows, results, strict=True) if result is None]
        for row in taken:
            self._meters.published.labels(row.kind).inc()
        if taken:
            self._reach(FlowPoint.RELAY_PUBLISHED)
            now = self._clock()
            await self._store.write(lambda t: _mark(t, taken, self._lease, self._queued_lease, now))
        homeless = [row for row, result in zip(rows, results, strict=True) if isinstance(result, Unroutable)]
        if homeless:
            await self._set_aside(homeless)
        left = [
            (row, result)
            for row, result in zip(rows, results, strict=True)
            if result is not None and not isinstance(result, Unroutable)
        ]
        if left:
            self._handed.extendleft(row for row, _ in left)
            raise left[0][1]
        return len(rows)

    async def _set_aside(self, rows: Sequence[OutboxRow]) -> None:
        """A queue is missing: its rows come again later, and hold up nobody else's."""
        log.error("relay.no_queue", systems=sorted({row.system for row in rows}), rows=len(rows))
        later = self._clock() + HOMELESS
        await self._store.write(lambda t: _defer(t, rows, later))

    async def _take(self) -> list[OutboxRow]:
        """Take what is due and nobody's. Most looks find nothing, so they only read."""
        now = self._clock()
        due = await self._store.look_up(outbox.next_due)
        if due is None or due > now:
            return []
        return await self._store.write(lambda t: outbox.take(t, now, BATCH, self._lease))

    async def _publish(self, row: OutboxRow) -> None:
        await self._broker.publish(Message(row.id, row.kind, row.system, row.ref, row.tries, row.body))


def _mark(transaction: Transaction, rows: Sequence[OutboxRow], held_by: str, lease: str, now: datetime) -> None:
    marked = outbox.confirmed(transaction, [row.id for row in rows], held_by=held_by, lease=lease)
    asked = [row.ref for row in marked if row.kind == "inquiry"]
    if asked:
        inquiries.enqueue_many(transaction, asked, now)


def _defer(transaction: Transaction, rows: Sequence[OutboxRow], later: datetime) -> None:
    for row in rows:
        outbox.defer(transaction, row.id, later)
