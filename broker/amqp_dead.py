"""The dead letters: read with their reason, handed on one at a time, acknowledged when recorded."""

import asyncio

import structlog

from broker.amqp_acks import Acks
from broker.amqp_envelope import FORGED, Arrival, Refusal, death_of, read, steers
from broker.port import DEAD_BODY, DeadHandler, DeadLetter, breath
from broker.rabbitmq import Link
from broker.topology import DEAD

log = structlog.get_logger(__name__)

TEXTS = {
    "delivery_limit": "it was given back too often, by its handlers or by their death",
    "message.forged": FORGED,
    "expired": "it was too old",
    "maxlen": "its queue was full",
}


class DeadDesk:
    """Consumes `hub.dead`. A handler that raises is tried again until it succeeds: no queue stands behind this one."""

    def __init__(self, handler: DeadHandler) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()

    async def subscribe(self, link: Link) -> None:
        """Consume through a link."""
        lane = await link.lane(expendable=True)
        acks = Acks(lane)
        await lane.consume(DEAD, lambda arrival: self._arrived(acks, arrival), prefetch=1)
        lane.expendable = False

    async def close(self) -> None:
        """Cancel what runs; it is not acknowledged."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _arrived(self, acks: Acks, arrival: Arrival) -> None:
        task = asyncio.create_task(self._carry(acks, arrival))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, acks: Acks, arrival: Arrival) -> None:
        letter, tries = letter_of(arrival), 0
        while True:
            try:
                await self._handler(letter)
            except Exception:
                log.exception("dead_letter.kept", queue=letter.queue, reason=letter.reason, times=tries + 1)
                await asyncio.sleep(breath(tries))
                tries += 1
            else:
                acks.ack(arrival.tag)
                return


def letter_of(arrival: Arrival) -> DeadLetter:
    """Say why it is here. What was refused unread is judged again here: the verdict needs no header of anybody."""
    queue, reason = death_of(arrival)
    found = read(arrival, queue or None)
    if isinstance(found, Refusal):
        code, text, message = found.code, found.text, None
    elif reason == "rejected":
        # A consumer refuses a readable message for one of two causes; the headers tell which.
        reason = "message.forged" if steers(arrival) else "delivery_limit"
        code, text, message = reason, TEXTS[reason], found
    else:
        code, text, message = reason, TEXTS.get(reason, "the broker does not say why"), found
    return DeadLetter(code, text, queue, message, len(arrival.body), arrival.body[:DEAD_BODY])
