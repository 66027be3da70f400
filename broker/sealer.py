"""Adds journal leaves to the Merkle tree in batches and signs a checkpoint for each batch."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from broker.meters import Meters
from registry import journal
from registry.journal import CheckpointSigner, MerkleTree, Sealed
from registry.store import Store, StoreUnavailable

log = structlog.get_logger(__name__)

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
    ) -> None:
        self._store = store
        self._tree = tree
        self._signer = signer
        self._clock = clock
        self._meters = meters
        self._size: int | None = None

    async def seal(self) -> Sealed | None:
        """Seal what is waiting now; None when nothing is."""
        sealed = await self._store.write(lambda t: journal.seal(t, self._tree, self._signer, now=self._clock()))
        if sealed is not None:
            if self._size is not None:
                self._meters.sealed.inc(sealed.size - self._size)
            self._size = sealed.size
        return sealed

    async def run(self) -> None:
        """Seal until cancelled."""
        while True:
            try:
                while await self.seal():
                    pass
            except StoreUnavailable as fault:
                log.warning("sealer.waits", fault=str(fault))
            await asyncio.sleep(INTERVAL)
