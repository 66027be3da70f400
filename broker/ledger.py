"""One transaction that records something and hands the rows it owes to the relay of this process, in that order."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from registry.outbox import OutboxRow
from registry.store import Store, Transaction

Result = TypeVar("Result")
Owed = list[OutboxRow]


class Ledger:
    """Writes through the group commit. `hand_over` takes the owed rows after their commit, never before."""

    def __init__(self, store: Store, *, lease: str, hand_over: Callable[[Sequence[OutboxRow]], None]) -> None:
        self.store = store
        self.lease = lease
        self._hand_over = hand_over

    async def write(self, act: Callable[[Transaction, Owed], Result]) -> Result:
        """Run `act` in a transaction; it appends what it owes to its second argument."""
        owed: Owed = []

        def whole(transaction: Transaction) -> Result:
            owed.clear()
            return act(transaction, owed)

        result = await self.store.write(whole)
        if owed:
            self._hand_over(owed)
        return result

    def wake(self) -> None:
        """Let the relay of this process look at the table: a row has been released."""
        self._hand_over(())

    async def look_up(self, act: Callable[[Transaction], Result]) -> Result:
        """Find a few rows by key."""
        return await self.store.look_up(act)
