"""Throws away what has served: counters of days that are over, nonces and recorded replies that are old.

Facts, answers and payloads are none of its business.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from broker.retention import Retention
from registry import nonces, processes, quotas
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

TASK: Final = "tidying"
HOLD: Final = timedelta(hours=2)
"""How long a process that is not heard of keeps the task."""
INTERVAL: Final = 3600.0
"""Seconds between two rounds."""
KEPT_DAYS: Final = 7
"""Days of Tehran for which the counters of quotas can still be looked at."""


class Tidying:
    """One process in the whole site tidies up, once an hour."""

    def __init__(self, store: Store, retention: Retention, *, lease: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._retention = retention
        self._lease = lease
        self._clock = clock

    async def tidy(self) -> tuple[int, int] | None:
        """Do one round; return how many rows and recorded replies went, None while another process has the task."""
        rows = await self._store.write(self._rows)
        return None if rows is None else (rows, await self._retention.look())

    def _rows(self, transaction: Transaction) -> int | None:
        now = self._clock()
        if not processes.claim(transaction, TASK, self._lease, now, HOLD):
            return None
        counters = quotas.forget(transaction, quotas.day_of(now) - timedelta(days=KEPT_DAYS))
        return counters + nonces.forget(transaction, now)

    async def run(self) -> None:
        """Tidy until cancelled."""
        while True:
            try:
                gone = await self.tidy()
                if gone is not None and any(gone):
                    log.info("tidying.done", rows=gone[0], recorded_replies=gone[1])
            except StoreUnavailable as fault:
                log.warning("tidying.waits", fault=str(fault))
            await asyncio.sleep(INTERVAL)
