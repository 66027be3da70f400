"""Acknowledgements of one channel, gathered until the loop turns and sent as few frames."""

import asyncio
from typing import Protocol


class AckLane(Protocol):
    """What acknowledgements need of a channel. A closed channel ignores them: its messages were given back already."""

    def ack(self, tag: int, *, multiple: bool) -> None:
        """Send `basic.ack`."""
        ...

    def nack(self, tag: int, *, requeue: bool) -> None:
        """Send `basic.nack` for one message."""
        ...


class Acks:
    """Tags are 1, 2, 3, … in the order of delivery.

    The unbroken run from the oldest unsettled message on is acknowledged with one `multiple`; finished messages
    behind an unfinished one are acknowledged singly, so that one slow call never holds the prefetch of the others.
    """

    def __init__(self, lane: AckLane) -> None:
        self._lane = lane
        self._loop = asyncio.get_running_loop()
        self._ready: set[int] = set()
        self._gone: set[int] = set()
        self._low = 0
        self._scheduled = False

    def ack(self, tag: int) -> None:
        """Acknowledge with the next turn of the loop."""
        self._ready.add(tag)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self.flush)

    def give_back(self, tag: int) -> None:
        """Return the message to its queue; the broker counts that towards the delivery limit."""
        self._lane.nack(tag, requeue=True)
        self._gone.add(tag)

    def refuse(self, tag: int) -> None:
        """Hand the message to the dead letters."""
        self._lane.nack(tag, requeue=False)
        self._gone.add(tag)

    def flush(self) -> None:
        """Send what is gathered."""
        self._scheduled = False
        top = 0
        while (tag := self._low + 1) in self._ready or tag in self._gone:
            if tag in self._ready:
                self._ready.discard(tag)
                top = tag  # Must itself be outstanding: the broker closes the channel over an unknown tag.
            self._gone.discard(tag)
            self._low = tag
        if top:
            self._lane.ack(top, multiple=True)
        for tag in sorted(self._ready):
            self._lane.ack(tag, multiple=False)
        self._gone |= self._ready
        self._ready.clear()
