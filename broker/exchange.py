"""The broker room's face to the gateway: open, accept, wait, cancel, push."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson
import structlog

from broker.by_hand import DoubtDesk, Resolution
from broker.chronicle import Chronicle
from broker.disclosure import Disclosed, disclose
from broker.errors import NotCancellable, UnknownInquiry
from broker.intake import Intake
from broker.ledger import Ledger, Owed
from broker.meters import Meters
from broker.orders import Accepted, CaseOrder, InquiryOrder, Pushed, StatusPush
from broker.parked import ParkedDesk
from broker.points import FlowPoint, Reach
from broker.replays import ReplayRuns
from broker.second_factor import SecondFactor
from broker.stages import CANCELLED
from broker.status import StatusDesk
from broker.waiters import Waiters
from connectors.manifest import Inbound
from connectors.system import System
from pki.errors import SealBroken
from pki.vault import Vault
from registry import inquiries, outbox, subjects
from registry.cases import Case
from registry.inquiries import Inquiry
from registry.states import TERMINAL, Arrow, IllegalMove, State
from registry.store import Transaction

log = structlog.get_logger(__name__)

RESTING = TERMINAL | {State.PARKED, State.WAITING, State.IN_DOUBT}
"""States in which a waiting caller learns nothing more by waiting a few seconds longer."""


LOOK_AGAIN = 2.0


class Exchange:
    """Everything a caller can ask of the flow. Each method returns after the commit it speaks of."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        intake: Intake,
        desk: StatusDesk,
        chronicle: Chronicle,
        vault: Vault,
        waiters: Waiters,
        clock: Callable[[], datetime],
        meters: Meters,
        reach: Reach,
    ) -> None:
        self._ledger = ledger
        self._intake = intake
        self._desk = desk
        self._chronicle = chronicle
        self._vault = vault
        self._waiters = waiters
        self._clock = clock
        self._meters = meters
        self._reach = reach
        self.second_factor = SecondFactor(vault)
        self._doubts = DoubtDesk(chronicle=chronicle, vault=vault, lease=ledger.lease, clock=clock)
        self._parked = ParkedDesk(chronicle=chronicle, lease=ledger.lease, clock=clock)
        self.replays = ReplayRuns(ledger=ledger, desk=self._parked, vault=vault, clock=clock)

    async def open_case(self, order: CaseOrder) -> tuple[Case, bool]:
        """Open a case; (case, replayed). Raises AliasTaken, IdempotencyClash, StoreUnavailable."""
        return await self._ledger.write(lambda t, _: self._intake.open_case(t, order))

    async def accept(self, order: InquiryOrder) -> Accepted:
        """Accept one inquiry: durable when this returns. Raises UnknownCase, IdempotencyClash, StoreUnavailable."""
        accepted = await self._ledger.write(lambda t, owed: self._intake.accept(t, owed, order))
        self._reach(FlowPoint.INTAKE_COMMITTED)
        if not accepted.replayed:
            self._meters.accepted.labels(order.service.id, order.channel).inc()
            log.info(
                "inquiry.accepted", inquiry=accepted.inquiry_id, code=accepted.tracking_code, service=order.service.id
            )
        return accepted

    async def accept_many(self, orders: Sequence[InquiryOrder]) -> list[Accepted | Exception]:
        """Accept each order by itself; one that fails does not hurt the others."""
        results = await asyncio.gather(*(self.accept(order) for order in orders), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
        return [result for result in results if isinstance(result, Accepted | Exception)]

    async def wait(self, inquiry_id: str, seconds: float) -> Inquiry:
        """Return when the inquiry rests, or after `seconds`, in whatever state it then is. Raises UnknownInquiry."""
        waiting = self._waiters.enter(inquiry_id)
        try:
            inquiry = await self._inquiry(inquiry_id)
            if inquiry.state in RESTING:
                return inquiry
            # Another process may have the answer, and its notice may be lost with the broker: look again now and then.
            while seconds > 0 and not await waiting.within(min(seconds, LOOK_AGAIN)):
                seconds -= LOOK_AGAIN
                inquiry = await self._inquiry(inquiry_id)
                if inquiry.state in RESTING:
                    return inquiry
        finally:
            waiting.leave()
        return await self._inquiry(inquiry_id)

    async def cancel(self, caller: str, inquiry_id: str) -> Inquiry:
        """Take an inquiry back before its call has left. Raises UnknownInquiry, NotCancellable."""

        def act(transaction: Transaction, _owed: Owed) -> Inquiry:
            inquiry = inquiries.get(transaction, inquiry_id)
            if inquiry is None or inquiry.owner != caller:
                raise UnknownInquiry(inquiry_id)
            now = self._clock()
            try:
                moved = inquiries.move(transaction, inquiry_id, Arrow.CANCEL, now=now)
            except IllegalMove as fault:
                raise NotCancellable(f"the inquiry is {inquiry.state}") from fault
            outbox.settle_many(transaction, [row.id for row in outbox.of_ref(transaction, inquiry_id)])
            self._chronicle.tell_about(transaction, inquiry, text=CANCELLED, now=now, by=caller)
            self._chronicle.leaf(
                transaction,
                kind="inquiry.cancelled",
                now=now,
                case_id=inquiry.case_id,
                inquiry_id=inquiry_id,
                statement={"inquiry": inquiry_id, "case": inquiry.code, "caller": caller},
            )
            return moved

        cancelled = await self._ledger.write(act)
        self._waiters.wake(inquiry_id)
        return cancelled

    async def replay(self, inquiry_id: str, *, by: str) -> Inquiry:
        """Take a parked inquiry up again; `by` is an officer's id. Raises UnknownInquiry, NotParked, PersonErased."""
        return await self._ledger.write(lambda t, owed: self._parked.replay(t, owed, inquiry_id, by=by))

    async def discard(self, inquiry_id: str, *, by: str) -> Inquiry:
        """Give a parked inquiry up for good. Raises UnknownInquiry, NotParked."""
        discarded = await self._ledger.write(lambda t, _: self._parked.discard(t, inquiry_id, by=by))
        self._waiters.wake(inquiry_id)
        return discarded

    async def resolve(self, inquiry_id: str, resolution: Resolution, *, by: str) -> Inquiry:
        """End a doubt by hand; `by` is an officer's id. Raises UnknownInquiry, NotInDoubt, PersonErased."""
        resolved = await self._ledger.write(
            lambda t, owed: self._doubts.resolve(t, owed, inquiry_id, resolution, by=by)
        )
        self._waiters.wake(inquiry_id)
        return resolved

    def arriving(self, system: str, message: str) -> tuple[System, Inbound]:
        """The system, and what is declared of a message that it sends in its own words. Raises UnknownSystem."""
        return self._desk.arriving(system, message)

    async def push_status(self, push: StatusPush) -> Pushed:
        """Record a portal's word. Raises UnknownSystem, UnknownStatus, UnknownReference."""
        pushed = await self._desk.take(push)
        result = "duplicate" if pushed.duplicate else "out_of_order" if pushed.out_of_order else "recorded"
        self._meters.pushes.labels(push.system, result).inc()
        log.info("status.pushed", code=pushed.tracking_code, system=push.system, result=result)
        return pushed

    async def answer_of(self, inquiry: Inquiry) -> dict[str, Any] | None:
        """Open the sealed answer; None when there is none, or when the person's key has been erased."""
        sealed, subject_id = inquiry.answer_sealed, inquiry.subject_id
        if sealed is None or subject_id is None:
            return None
        subject = await self._ledger.look_up(lambda t: subjects.get(t, subject_id))
        if subject is None or not subject.wrapped_key:
            return None
        try:
            opened = self._vault.open(subject.wrapped_key, sealed, inquiry.id.encode())
        except SealBroken:
            # The person was erased and has come back under a new key: the old answer stays closed for good.
            log.warning("answer.closed", inquiry=inquiry.id)
            return None
        answer: dict[str, Any] = orjson.loads(opened)
        return answer

    async def disclose(self, inquiry_id: str, note: Callable[[Transaction, Inquiry], None]) -> Disclosed:
        """Open an exchange for a person; what `note` writes down is committed first. Raises UnknownInquiry."""

        def act(transaction: Transaction, _owed: Owed) -> Disclosed:
            found = inquiries.get(transaction, inquiry_id)
            if found is None:
                raise UnknownInquiry(inquiry_id)
            note(transaction, found)
            return disclose(transaction, self._vault, found)

        return await self._ledger.write(act)

    async def _inquiry(self, inquiry_id: str) -> Inquiry:
        found = await self._ledger.look_up(lambda t: inquiries.get(t, inquiry_id))
        if found is None:
            raise UnknownInquiry(inquiry_id)
        return found
