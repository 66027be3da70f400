"""Publications of one channel that await the broker's confirm."""

import asyncio
from collections.abc import Callable

from broker.port import BrokerUnavailable, Unroutable

OnConfirm = Callable[[int, bool, bool], None]
"""Publication number, whether it speaks for all before it, whether the broker took it."""
OnReturn = Callable[[int, str], None]
"""Publication number, and why no queue takes it."""


class Confirms:
    """Numbers publications as the broker does: 1, 2, 3, … from `confirm.select` on.

    A returned message is reported before its confirm (AMQP 0-9-1 `basic.return`, RabbitMQ's confirms), so a return
    is remembered until the confirm of the same number comes.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._returned: dict[int, str] = {}
        self._sent = 0
        self._low = 1
        self.oldest_since: float | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def upcoming(self) -> int:
        """The number of the next publication. It is taken only when that was sent: a gap would shift all the others."""
        return self._sent + 1

    def expect(self) -> asyncio.Future[None]:
        """Count one publication; the future ends with its confirm."""
        loop = asyncio.get_running_loop()
        self._sent += 1
        future = self._waiting[self._sent] = loop.create_future()
        if self.oldest_since is None:
            self.oldest_since = loop.time()
        return future

    def returned(self, number: int, text: str) -> None:
        """Remember that no queue took the message."""
        if number in self._waiting:
            self._returned[number] = text

    def settle(self, number: int, *, multiple: bool, taken: bool) -> None:
        """End the publication `number`, and with `multiple` all before it."""
        if multiple:
            # Each number is passed once in the channel's life, so this costs nothing extra in the long run.
            for earlier in range(self._low, number):
                self._end(earlier, taken=taken)
            self._low = number + 1
        self._end(number, taken=taken)
        self.touch()  # Progress is what counts: a busy broker confirms something all the time.

    def touch(self) -> None:
        """Begin to measure patience anew."""
        self.oldest_since = asyncio.get_running_loop().time() if self._waiting else None

    def fail(self, reason: str) -> None:
        """End everything in flight: whether the broker has it is unknown, so the ledger owes it still."""
        waiting, self._waiting = self._waiting, {}
        self._returned.clear()
        for future in waiting.values():
            if not future.done():
                future.set_exception(BrokerUnavailable(reason))

    def _end(self, number: int, *, taken: bool) -> None:
        future = self._waiting.pop(number, None)
        if future is None:
            return
        text = self._returned.pop(number, None)
        if future.done():
            return
        if text is not None:
            future.set_exception(Unroutable(text))
        elif taken:
            future.set_result(None)
        else:
            future.set_exception(BrokerUnavailable("the broker refused the message (negative confirm)"))
