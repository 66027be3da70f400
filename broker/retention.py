"""Recorded replies are kept for a while and no longer: a trial of a new mapping needs the recent ones."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from broker.ledger import Ledger
from registry import recordings

KEPT: Final = timedelta(days=90)
"""Unless the site says otherwise."""


class Retention:
    """Empties recordings older than `keep`; the attempts they belong to stay."""

    def __init__(self, ledger: Ledger, *, keep: timedelta, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._keep = keep
        self._clock = clock

    async def look(self) -> int:
        """Empty everything that is too old now; return how many attempts were passed. Raises StoreUnavailable."""
        total = 0
        while passed := await self._ledger.write(lambda t, _: recordings.forget(t, self._clock() - self._keep)):
            total += passed
        return total
