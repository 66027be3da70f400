"""Signed SOAP messages that were taken once, remembered in the registry for all processes of the hub."""

from collections.abc import Callable
from datetime import datetime, timedelta

from registry import nonces
from registry.store import Store

MESSAGE = "wss"
"""The kind of nonce that a signed message is."""
KEEP = timedelta(minutes=15)
"""Longer than a message may live, with the clocks of both sides off."""


class UsedMessages:
    """A `pki.replay.ReplayStore` on the registry. Waits for the commit: for worker threads only."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def first(self, key: str) -> bool:
        """Remember the message; False when any process has taken it before. Raises StoreUnavailable."""
        until = self._clock() + KEEP
        return self._store.write_now(lambda t: nonces.use(t, MESSAGE, key, until=until))
