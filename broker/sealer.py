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

    async def seal(self) -> Sealed | None:
        """Seal what is waiting now; None when nothing is."""
        sealed = await self._store.write(self._seal)
        if sealed is not None:
            if self._size is not None:
                self._meters.sealed.inc(sealed.size - self._size)
            self._size = sealed.size
        return sealed

    def _seal(self, transaction: Transaction) -> Sealed | None:
        """Claim the task and do it in one transaction, so that two never give the same index."""
        now = self._clock()
        if not processes.claim(transaction, TASK, self._lease, now, HOLD):
            return None
        return journal.seal(transaction, self._tree, self._signer, now=now)

    async def run(self) -> None:
        """Seal until cancelled."""
        while True:
            try:
                while await self.seal():
                    pass
            except StoreUnavailable as fault:
                log.warning("sealer.waits", fault=str(fault))
            await asyncio.sleep(INTERVAL)
