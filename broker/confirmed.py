"""What the broker has taken and the ledger does not know yet."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial

from registry import marks
from registry.store import Store

SETTLES = 1.0
"""Seconds for which a confirmed row is left alone: most are settled by then, and need no mark."""
EVERY = 1.0
"""Seconds for which rows that need a mark are gathered."""
AT_ONCE = 2_000


class Confirmed:
    """Rows in the order of their confirms, marked late on purpose.

    Until then a row is this process's own by its lease, so a process that dies between confirm and mark leaves rows
    that are published again, and dropped as repetitions.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], *, held_by: str, lease: str) -> None:
        self._store = store
        self._clock = clock
        self._held_by = held_by
        self._lease = lease
        self._rows: deque[tuple[float, int]] = deque()

    def __len__(self) -> int:
        """Count the rows that wait for their mark."""
        return len(self._rows)

    def __contains__(self, row_id: int) -> bool:
        """Tell whether the broker has this row already."""
        return any(number == row_id for _, number in self._rows)

    def add(self, row_ids: Iterable[int]) -> None:
        """Keep rows that were confirmed now."""
        now = asyncio.get_running_loop().time()
        self._rows.extend((now, number) for number in row_ids)

    async def mark_in_time(self) -> None:
        """Mark what is old enough once it has gathered, or all when it is much. Raises StoreUnavailable: then later."""
        now = asyncio.get_running_loop().time()
        if len(self._rows) >= AT_ONCE:
            await self.mark()
        elif self._rows and now - self._rows[0][0] >= SETTLES + EVERY:
            await self._mark(sum(now - since >= SETTLES for since, _ in self._rows))

    async def mark(self) -> None:
        """Mark all of it that nobody has in hand. Raises StoreUnavailable: then it is marked later."""
        await self._mark(len(self._rows))

    async def _mark(self, count: int) -> None:
        while count > 0:
            size = min(count, AT_ONCE)
            count -= size
            taken = [self._rows.popleft() for _ in range(size)]
            ids, now = [number for _, number in taken], self._clock()
            act = partial(marks.mark, ids=ids, held_by=self._held_by, lease=self._lease, now=now)
            try:
                left = await self._store.write(act)
            except BaseException:
                self._rows.extendleft(reversed(taken))
                raise
            self.add(left)
