"""Callers that wait for an answer are woken by it, never by polling."""

import asyncio
from collections import defaultdict


class Waiting:
    """One caller's place. Enter before looking at the ledger, so that no answer slips between the two."""

    def __init__(self, places: defaultdict[str, set[asyncio.Event]], inquiry_id: str) -> None:
        self._places = places
        self._inquiry_id = inquiry_id
        self._woken = asyncio.Event()
        places[inquiry_id].add(self._woken)

    async def within(self, seconds: float) -> bool:
        """Wait for the wake-up; False when `seconds` passed first."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        return True

    def leave(self) -> None:
        """Give the place back."""
        self._places[self._inquiry_id].discard(self._woken)
        if not self._places[self._inquiry_id]:
            del self._places[self._inquiry_id]


class Waiters:
    """Who waits for which inquiry, in this process."""

    def __init__(self) -> None:
        self._places: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def enter(self, inquiry_id: str) -> Waiting:
        """Take a place."""
        return Waiting(self._places, inquiry_id)

    def wake(self, inquiry_id: str) -> None:
        """Wake all who wait for the inquiry; called after the commit that made it rest."""
        for woken in self._places.get(inquiry_id, ()):
            woken.set()
