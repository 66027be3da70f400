"""What becomes of a dead letter: its inquiry is parked with the reason, its outbox row ends; nothing is executed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from broker.chronicle import Chronicle
from broker.ledger import Ledger
from broker.port import Broker, DeadLetter, Message
from broker.stages import PARKED
from registry import foreign, inquiries, outbox
from registry.states import ARROWS, Arrow
from registry.store import Transaction

log = structlog.get_logger(__name__)

LATER = timedelta(hours=1)
"""When a delivery that killed its workers is tried again: it belongs to a subscriber, so no person here can mend it."""


class DeadLetters:
    """Consumes the dead letters of all queues."""

    def __init__(self, *, ledger: Ledger, chronicle: Chronicle, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._chronicle = chronicle
        self._clock = clock

    async def start(self, broker: Broker) -> None:
        """Consume them."""
        await broker.dead(self.take)

    async def take(self, letter: DeadLetter) -> None:
        """Record one dead letter. Returns after the commit."""
        message = letter.message
        log.warning("message.dead", queue=letter.queue, reason=letter.reason, row=message.row if message else None)
        if message is None:
            await self._ledger.write(lambda t, _: self._keep(t, letter))
        elif message.kind in {"inquiry", "resolve"}:
            await self._ledger.write(lambda t, _: self._park(t, message, letter))
        else:
            later = self._clock() + LATER
            await self._ledger.write(lambda t, _: outbox.postpone(t, message.row, later))

    def _park(self, transaction: Transaction, message: Message, letter: DeadLetter) -> None:
        outbox.settle(transaction, message.row)
        inquiry = inquiries.get(transaction, message.ref)
        if inquiry is None or inquiry.state not in ARROWS[Arrow.PARK][0]:
            return
        now, code = self._clock(), f"message.{letter.reason.removeprefix('message.')}"
        inquiries.move(transaction, inquiry.id, Arrow.PARK, now=now, reason_code=code, reason_text=letter.text)
        detail = {"code": code, "text": letter.text}
        self._chronicle.tell_about(transaction, inquiry, text=PARKED, now=now, detail=detail)
        self._chronicle.leaf(
            transaction,
            kind="inquiry.parked",
            now=now,
            case_id=inquiry.case_id,
            inquiry_id=inquiry.id,
            statement={"inquiry": inquiry.id, "case": inquiry.code, "system": inquiry.system, "code": code},
        )

    def _keep(self, transaction: Transaction, letter: DeadLetter) -> None:
        foreign.keep(
            transaction,
            queue=letter.queue,
            reason=letter.reason,
            text=letter.text,
            size=letter.size,
            body=letter.body,
            now=self._clock(),
        )
