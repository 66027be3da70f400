"""Status events to whoever wants them: over the broker's topic exchange, and as delivery rows for webhooks.

The events themselves are the queue. One process at a time walks through them behind a cursor, in the order recorded, a
batch at a time: it emits the batch, then owes the deliveries and moves the cursor in one transaction. At least once: a
batch that was emitted before a crash is emitted again, with the same ids.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import orjson
import structlog

from broker import cloudevents
from broker.chronicle import may_see
from broker.ledger import Ledger, Owed
from broker.port import Broker, BrokerError
from registry import events, outbox, processes, subscriptions
from registry.cases import Case
from registry.events import StatusEvent
from registry.horizon import Horizon
from registry.snapshot import Current
from registry.store import StoreUnavailable, Transaction
from registry.subscriptions import Subscription

log = structlog.get_logger(__name__)

TASK = "dispatcher"
HOLD = timedelta(seconds=15)
"""How long a dispatcher that is not heard of keeps the task."""
BATCH = 1_000
GATHER = 0.05
"""Seconds between two batches: what happens meanwhile shares one transaction."""
INTERVAL = 0.25
"""Seconds between two looks for what other processes have recorded."""
INTERVAL_ALONE = 2.0
"""The same where nobody else records: whoever records here wakes it."""
SKIP = timedelta(seconds=5)
"""How often the cursor is moved past events that nobody wants to hear of."""
BEHIND = timedelta(minutes=10)
"""When a row that waits for its elder looks by itself, should nobody have woken it."""

Told = Sequence[tuple[StatusEvent, Case]]


class Dispatcher:
    """`emits` says that somebody unknown may listen at the broker; otherwise only subscriptions count.

    `alone` says that no other process records events.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        broker: Broker,
        current: Current,
        source: str,
        clock: Callable[[], datetime],
        emits: bool,
        alone: bool,
    ) -> None:
        self._ledger = ledger
        self._broker = broker
        self._current = current
        self._source = source
        self._clock = clock
        self._emits = emits
        self._alone = alone
        self._horizon = Horizon()
        self._recorded = asyncio.Event()
        self._skipped: datetime | None = None

    def look(self) -> None:
        """Look soon: this process has recorded something."""
        self._recorded.set()

    async def run(self) -> None:
        """Tell until cancelled. A broker or database that is away is waited for."""
        fails = 0
        while True:
            self._recorded.clear()
            told = 0
            try:
                told = await self.tell()
                fails = 0
            except (BrokerError, StoreUnavailable) as fault:
                fails += 1
                log.warning("dispatcher.waits", fault=str(fault), times=fails)
                await asyncio.sleep(min(0.1 * 2 ** min(fails, 8), 10.0))
            if not told:
                with suppress(TimeoutError):
                    async with asyncio.timeout(INTERVAL_ALONE if self._alone else INTERVAL):
                        await self._recorded.wait()
            await asyncio.sleep(GATHER)

    async def tell(self) -> int:
        """Tell the next batch; return how many events it had, 0 when there is none or another process tells."""
        if not self._emits and not _active(self._current.value.subscriptions.values()):
            await self._skip()
            return 0
        found = await self._ledger.store.read(self._next)
        if found is None:
            return 0
        position, told = found
        await asyncio.gather(*(self._emit(event, case) for event, case in told))
        behind = await self._ledger.write(lambda t, owed: self._owe(t, owed, position, told))
        if behind:
            # An elder may have ended while these rows were written, and have seen nobody to wake.
            await self._ledger.write(lambda t, _: self._wake(t, behind))
            self._ledger.wake()
        return 0 if behind is None else len(told)

    async def _emit(self, event: StatusEvent, case: Case) -> None:
        key = f"{case.channel}.{event.system}.{event.type}"
        await self._broker.emit(cloudevents.cloud_event(event, source=self._source), key)

    def _next(self, transaction: Transaction) -> tuple[int, Told] | None:
        holder = processes.holder(transaction, TASK, self._clock())
        if holder not in {None, self._ledger.lease}:
            return None
        position, told = events.untold(transaction, self._horizon, BATCH)
        return (position, told) if told else None

    def _owe(self, transaction: Transaction, owed: Owed, position: int, told: Told) -> set[str] | None:
        """Owe each event to the subscriptions that want it and may see its case; None when another process tells.

        A row behind an elder about the same case is not due before the elder wakes it: published at once, a thousand of
        them would only look and lie down again. Returns the references of such rows.
        """
        now = self._clock()
        if not processes.claim(transaction, TASK, self._ledger.lease, now, HOLD):
            return None
        if not events.mark_told(transaction, position, told[-1][0].position):
            return None
        wanted = [
            item for item in _active(subscriptions.every(transaction)) if any(_wants(item, one) for one, _ in told)
        ]
        refs = {f"{item.id}:{case.id}" for _, case in told for item in wanted}
        taken = outbox.refs_held(transaction, kind="delivery", refs=refs)
        behind: set[str] = set()
        for event, case in told:
            for item in wanted:
                if not _wants(item, event) or not may_see(transaction, case, item.participant):
                    continue
                ref = f"{item.id}:{case.id}"
                first = ref not in taken
                row = outbox.owe(
                    transaction,
                    kind="delivery",
                    system="webhook",
                    ref=ref,
                    body=orjson.dumps({"event": event.id, "subscription": item.id}),
                    due_at=now if first else now + BEHIND,
                    lease=self._ledger.lease if first else "",
                )
                if first:
                    owed.append(row)
                else:
                    behind.add(ref)
                taken.add(ref)
        return behind

    def _wake(self, transaction: Transaction, refs: set[str]) -> None:
        for ref in sorted(refs):
            outbox.release(transaction, kind="delivery", ref=ref, now=self._clock())

    async def _skip(self) -> None:
        """Pass over what nobody wants, from time to time, so that a subscriber of tomorrow does not begin long ago."""
        now = self._clock()
        if self._skipped is not None and now - self._skipped < SKIP:
            return
        self._skipped = now
        position, newest = await self._ledger.store.read(events.told)
        if newest > position:
            await self._ledger.write(lambda t, _: self._pass(t, position, newest))

    def _pass(self, transaction: Transaction, position: int, newest: int) -> None:
        if not _active(subscriptions.every(transaction)):
            events.mark_told(transaction, position, newest)


def _active(found: Iterable[Subscription]) -> list[Subscription]:
    return [item for item in found if item.state == "active"]


def _wants(item: Subscription, event: StatusEvent) -> bool:
    """A subscription made later hears nothing of what was before."""
    return ("*" in item.types or event.type in item.types) and item.created_at <= event.recorded_at
