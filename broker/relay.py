"""Outbox to broker: publish what is owed, mark what the broker has taken.

The relay of every process publishes what its own writes owe and hand it. One with the role `relay` also scans the
table: for rows that fall due later, and for rows that nobody holds any more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from broker.confirmed import EVERY, Confirmed
from broker.meters import Meters
from broker.points import FlowPoint, Reach, pass_by
from broker.port import HELD_BY_BROKER, Broker, BrokerError, Message, Unroutable
from registry import outbox
from registry.outbox import OutboxRow
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

BATCH = 500
HOMELESS = timedelta(minutes=1)
"""How long a row rests whose queue does not exist; `hub init` makes it."""
MOST_HANDED = 10_000
"""Rows kept in memory at most: while the broker is away intake goes on, and the rest is read from the ledger later."""
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
        self._confirmed = Confirmed(store, clock, held_by=lease, lease=HELD_BY_BROKER if durable else lease)
        self._reach = reach
        self._handed: deque[OutboxRow] = deque()
        self._work = asyncio.Event()
        self._left_in_ledger = False

    def hand_over(self, rows: Sequence[OutboxRow]) -> None:
        """Take committed rows from this process's own writes. Rows due later, and too many rows, wait in the ledger."""
        now = self._clock()
        if len(self._handed) < MOST_HANDED:
            self._handed.extend(row for row in rows if row.due_at <= now)
        elif rows:
            self._left_in_ledger = True
        self._work.set()

    def look(self) -> None:
        """Look at the table now: the clock has moved, or a person has released something."""
        self._work.set()

    async def run(self) -> None:
        """Work until cancelled. A broker or database that is away is waited for; intake goes on meanwhile."""
        fails = 0
        while True:
            try:
                await self._confirmed.mark_in_time()
                moved = await self._round()
                if not moved:
                    self._work.clear()
                    if not self._handed:
                        await self._rest()
                fails = 0
            except (BrokerError, StoreUnavailable) as fault:
                fails += 1
                log.warning("relay.waits", fault=str(fault), times=fails)
                await asyncio.sleep(min(0.1 * 2 ** min(fails, 8), 10.0))

    async def mark(self) -> None:
        """Mark what the broker has confirmed so far. Raises StoreUnavailable: then it is marked later."""
        await self._confirmed.mark()

    async def _rest(self) -> None:
        if self._confirmed:
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._work.wait()
            return
        due = await self._store.look_up(outbox.next_due) if self._scans else None
        seconds = IDLE_LOOK if due is None else min(max((due - self._clock()).total_seconds(), 0.0), IDLE_LOOK)
        try:
            async with asyncio.timeout(seconds):
                await self._work.wait()
        except TimeoutError:
            return

    async def _round(self) -> int:
        rows = [self._handed.popleft() for _ in range(min(len(self._handed), BATCH))]
        if not rows and self._left_in_ledger:
            rows = await self._own()
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
            self._confirmed.add(row.id for row in taken)
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

    async def _own(self) -> list[OutboxRow]:
        """Read rows of ours that memory had no room for. What is confirmed is marked first, or it would come again."""
        await self.mark()
        self._left_in_ledger = False  # Before the look: what is refused during it sets it again.
        now = self._clock()
        rows = await self._store.read(lambda t: outbox.owed_by(t, self._lease, now, BATCH))
        self._left_in_ledger |= len(rows) == BATCH
        return [row for row in rows if row.id not in self._confirmed]

    async def _take(self) -> list[OutboxRow]:
        """Take what is due and nobody's. Most looks find nothing, so they only read."""
        now = self._clock()
        due = await self._store.look_up(outbox.next_due)
        if due is None or due > now:
            return []
        return await self._store.write(lambda t: outbox.take(t, now, BATCH, self._lease))

    async def _publish(self, row: OutboxRow) -> None:
        await self._broker.publish(Message(row.id, row.kind, row.system, row.ref, row.tries, row.body))


def _defer(transaction: Transaction, rows: Sequence[OutboxRow], later: datetime) -> None:
    for row in rows:
        outbox.defer(transaction, row.id, later)
