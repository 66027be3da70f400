"""Adds journal leaves to the Merkle tree in batches and signs a checkpoint for each batch."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from broker.meters import Meters
from registry import journal, processes
from registry.journal import CheckpointSigner, MerkleTree, Sealed
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

TASK = "sealer"
HOLD = timedelta(seconds=15)
"""How long a sealer that is not heard of keeps the task."""
INTERVAL = 1.0
"""Seconds between two looks for leaves that are not sealed yet."""
BATCH = 10_000
"""Leaves under one checkpoint at most."""
FAR = 60
"""Every so many looks the sealer looks far back, whether or not something is new."""


class Sealer:
    """One in the whole site seals; with SQLite that is this process."""

    def __init__(
        self,
        store: Store,
        tree: MerkleTree,
        signer: CheckpointSigner,
        *,
        clock: Callable[[], datetime],
        meters: Meters,
        lease: str = "",
    ) -> None:
        self._store = store
        self._tree = tree
        self._signer = signer
        self._clock = clock
        self._meters = meters
        self._lease = lease
        self._size: int | None = None

    async def seal(self, *, look_back: int = journal.LOOK_FAR_BACK) -> Sealed | None:
        """Seal what is waiting now; None when nothing is."""
        sealed = await self._store.write(lambda t: self._seal(t, look_back))
        if sealed is not None:
            if self._size is not None:
                self._meters.sealed.inc(sealed.size - self._size)
            self._size = sealed.size
        return sealed

    def _seal(self, transaction: Transaction, look_back: int) -> Sealed | None:
        """Claim the task and do it in one transaction, so that two never give the same index."""
        now = self._clock()
        if not processes.claim(transaction, TASK, self._lease, now, HOLD):
            return None
        return journal.seal(transaction, self._tree, self._signer, now=now, limit=BATCH, look_back=look_back)

    async def run(self) -> None:
        """Seal until cancelled. A look that finds nothing new only reads."""
        looks = sealed_up_to = 0
        while True:
            full = False
            try:
                newest = await self._store.read(self._newest)
                far = looks % FAR == 0
                if newest is not None and (far or newest > sealed_up_to):
                    before = self._size or 0
                    sealed = await self.seal(look_back=journal.LOOK_FAR_BACK if far else journal.LOOK_BACK)
                    full = sealed is not None and sealed.size - before >= BATCH
                    sealed_up_to = sealed_up_to if full else newest
                looks += not full
            except StoreUnavailable as fault:
                log.warning("sealer.waits", fault=str(fault))
            if not full:
                await asyncio.sleep(INTERVAL)

    def _newest(self, transaction: Transaction) -> int | None:
        """Give the newest leaf's id; None while another process has the task."""
        holder = processes.holder(transaction, TASK, self._clock())
        return journal.newest_leaf(transaction) if holder in {None, self._lease} else None
