"""Queue to connector and back: drop duplicates, write down the intent, call, record the outcome, then acknowledge."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from enum import Enum, auto

import orjson
import structlog

from broker.ended import Ended
from broker.ledger import Ledger, Owed
from broker.meters import Meters
from broker.outcomes import Outcomes
from broker.points import FlowPoint, Reach, pass_by
from broker.port import Broker, Message, work_queue
from broker.pulse import CALLING, calling
from broker.waiters import Waiters
from broker.wire import InquiryMessage, UnknownMessage
from connectors.port import Answer, Call, ConnectorError, ContractBroken, Effect, InDoubt
from connectors.runtime import Systems
from pki.errors import PkiError
from pki.vault import Vault
from registry import inquiries, outbox
from registry.states import Arrow, State
from registry.store import Transaction

log = structlog.get_logger(__name__)


SOON = 0.05
"""Seconds after which a read that is not back yet shows as sent."""

Live = Callable[[Transaction], Collection[str]]
"""Leases of the processes that are alive."""


class _Go(Enum):
    CALL = auto()
    DROP = auto()
    DOUBTED = auto()


class Worker:
    """Consumes the queues of the systems it serves."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        systems: Systems,
        outcomes: Outcomes,
        vault: Vault,
        waiters: Waiters,
        clock: Callable[[], datetime],
        live: Live,
        meters: Meters,
        reach: Reach = pass_by,
    ) -> None:
        self._ledger = ledger
        self._systems = systems
        self._outcomes = outcomes
        self._vault = vault
        self._waiters = waiters
        self._clock = clock
        self._live = live
        self._meters = meters
        self._reach = reach
        self._broker: Broker | None = None
        self._busy: set[asyncio.Task[object]] = set()
        self._draining = False
        self._served: set[str] = set()

    async def drain(self, seconds: float) -> int:
        """Begin nothing new and let what is under way end; return how many calls were still out after `seconds`."""
        self._draining = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=seconds)
        return len(self._busy)

    async def start(self, broker: Broker, only: Collection[str] = ()) -> None:
        """Consume one queue for each system (or for those named), with room for twice what its limiter lets through."""
        self._broker = broker
        await self.serve(only)

    async def serve(self, only: Collection[str] = ()) -> None:
        """Consume the queues of systems that have come since."""
        for name in only or self._systems.names:
            if self._broker is None or name in self._served:
                continue
            self._served.add(name)
            room = max(8, 2 * self._systems.get(name).concurrency)
            await self._broker.consume(work_queue("inquiry", name), self.handle, prefetch=room)

    async def handle(self, message: Message) -> None:
        """Carry one message to its end. Returns only after the result is committed; raises to give it back."""
        if self._draining:
            await asyncio.Event().wait()  # Held unacknowledged until the broker is closed, then somebody else's.
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a message is handled in a task")
        self._busy.add(task)
        try:
            await self._carry(message)
        finally:
            self._busy.discard(task)

    async def _carry(self, message: Message) -> None:
        self._reach(FlowPoint.WORKER_RECEIVED)
        try:
            inquiry = InquiryMessage.unpack(message.body)
        except UnknownMessage as unreadable:
            reason = str(unreadable)
            await self._ledger.write(lambda t, _: _park_unreadable(t, message, reason, self._clock()))
            return
        if message.kind == "resolve":
            await self._ask_after(message, inquiry)
        else:
            await self._ask(message, inquiry)
        self._waiters.wake(inquiry.inquiry_id)
        if inquiry.notify not in {"", self._ledger.lease} and self._broker is not None:
            await self._broker.notice(inquiry.notify, inquiry.inquiry_id)

    async def _ask(self, message: Message, inquiry: InquiryMessage) -> None:
        if inquiry.effect == Effect.READ:
            await self._read(message, inquiry)
            return
        if await self._ledger.write(lambda t, owed: self._intend(t, owed, message, inquiry)) is not _Go.CALL:
            return
        self._reach(FlowPoint.WORKER_INTENDED)
        await self._record(await self._call(message, inquiry), self._outcomes.record)

    async def _read(self, message: Message, inquiry: InquiryMessage) -> None:
        """Only a read may leave before its intent is on disk: repeating it harms nobody.

        The intent of one that is back soon is written together with its result.
        """
        writing: list[asyncio.Future[_Go]] = []

        def intend() -> None:
            act = self._ledger.write(lambda t, owed: self._intend(t, owed, message, inquiry))
            writing.append(asyncio.ensure_future(act))

        slow = asyncio.get_running_loop().call_later(SOON, intend)
        self._reach(FlowPoint.WORKER_INTENDED)
        try:
            ended = await self._call(message, inquiry)
        finally:
            slow.cancel()
            go = await writing[0] if writing else None
        if go is None:
            await self._record(ended, self._at_once)
        elif go is _Go.CALL:
            await self._record(ended, self._outcomes.record)

    def _at_once(self, transaction: Transaction, owed: Owed, ended: Ended) -> bool:
        """Write intent and result; False when meanwhile there is nothing to be asked any more."""
        if self._intend(transaction, owed, ended.message, ended.inquiry) is not _Go.CALL:
            return False
        self._outcomes.record(transaction, owed, ended)
        return True

    async def _record(self, ended: Ended, act: Callable[[Transaction, Owed, Ended], bool | None]) -> None:
        """Write the end of a call. An act that says False has had no use for it."""
        self._reach(FlowPoint.WORKER_CALLED)
        if await self._ledger.write(lambda t, owed: act(t, owed, ended)) is False:
            return
        self._reach(FlowPoint.WORKER_RECORDED)
        inquiry, took = ended.inquiry, (self._clock() - ended.started_at).total_seconds()
        self._meters.ended.labels(inquiry.system, ended.outcome).inc()
        self._meters.call_seconds.labels(inquiry.system).observe(took)
        for drift in ended.drift:
            self._meters.drift.labels(inquiry.system, inquiry.operation, drift.kind).inc(drift.times)
            log.warning(
                "contract.drift",
                system=inquiry.system,
                operation=inquiry.operation,
                kind=drift.kind,
                pointer=drift.pointer,
                inquiry=inquiry.inquiry_id,
            )
        log.info(
            "call.ended",
            inquiry=inquiry.inquiry_id,
            code=inquiry.tracking_code,
            system=inquiry.system,
            outcome=ended.outcome,
            reason=ended.fault.code if ended.fault else None,
            seconds=round(took, 4),
            trace=inquiry.trace_parent,
        )

    def _intend(self, transaction: Transaction, owed: Owed, message: Message, inquiry: InquiryMessage) -> _Go:
        found = inquiries.get(transaction, inquiry.inquiry_id)
        if found is None or found.state not in {State.ACCEPTED, State.QUEUED, State.WAITING, State.SENT}:
            outbox.settle(transaction, message.row)
            return _Go.DROP
        if found.state is not State.SENT:
            inquiries.move(transaction, inquiry.inquiry_id, Arrow.SEND, now=self._clock())
            if inquiry.effect == Effect.ONCE:
                outbox.queued(transaction, [message.row], lease=calling(self._ledger.lease))
            return _Go.CALL
        if inquiry.effect != Effect.ONCE:
            # Without its row the result is on record already: the question lies in an inbox, the message came twice.
            return _Go.CALL if _still_owed(transaction, message) else _Go.DROP
        if self._caller_lives(transaction, message):
            return _Go.DROP
        self._outcomes.doubt(transaction, owed, message, inquiry)
        return _Go.DOUBTED

    def _caller_lives(self, transaction: Transaction, message: Message) -> bool:
        """Tell whether the process that made the call is still there: then the message came twice, and that process
        will record the outcome. If it dies first, its rows are adopted and come again.
        """
        live = self._live(transaction)
        held = [row.lease for row in outbox.of_ref(transaction, message.ref) if row.id == message.row]
        return any(lease.startswith(CALLING) and lease in live for lease in held)

    async def _call(self, message: Message, inquiry: InquiryMessage) -> Ended:
        started = self._clock()
        try:
            answer = await self._systems.get(inquiry.system).ask(self._make_call(message, inquiry))
            return Ended(message, inquiry, started, answer=answer)
        except ConnectorError as fault:
            return Ended(message, inquiry, started, fault=fault)
        except Exception as fault:
            log.exception("worker.connector_failed", system=inquiry.system, inquiry=inquiry.inquiry_id)
            return Ended(message, inquiry, started, fault=_unforeseen(fault, inquiry.effect))

    async def _ask_after(self, message: Message, inquiry: InquiryMessage) -> None:
        found = await self._ledger.look_up(lambda t: inquiries.get(t, inquiry.inquiry_id))
        if found is None or found.state is not State.IN_DOUBT:
            await self._ledger.write(lambda t, _: outbox.settle(t, message.row))
            return
        started = self._clock()
        answer: Answer | None = None
        fault: ConnectorError | None = None
        try:
            answer = await self._systems.get(inquiry.system).ask_after(self._make_call(message, inquiry))
        except ConnectorError as known:
            fault = known
        except Exception as unknown:
            log.exception("worker.question_failed", system=inquiry.system, inquiry=inquiry.inquiry_id)
            fault = ContractBroken("connector.failed", f"{type(unknown).__name__} in the connector")
        ended = Ended(message, inquiry, started, answer=answer, fault=fault)
        await self._record(ended, self._if_still_in_doubt)

    def _if_still_in_doubt(self, transaction: Transaction, owed: Owed, ended: Ended) -> bool:
        """Write what the far side says; False when a person was quicker to end the doubt."""
        found = inquiries.get(transaction, ended.inquiry.inquiry_id)
        if found is None or found.state is not State.IN_DOUBT:
            outbox.settle(transaction, ended.message.row)
            return False
        self._outcomes.record(transaction, owed, ended)
        return True

    def _make_call(self, message: Message, inquiry: InquiryMessage) -> Call:
        context = inquiry.inquiry_id.encode()
        try:
            payload = orjson.loads(self._vault.open(inquiry.subject_key, inquiry.payload, context))
        except PkiError as fault:
            raise ContractBroken("payload.sealed", f"the payload cannot be opened: {fault}") from fault
        system = self._systems.get(inquiry.system)
        return Call(
            inquiry_id=inquiry.inquiry_id,
            tracking_code=inquiry.tracking_code,
            reference=inquiry.inquiry_id,
            operation=inquiry.operation,
            payload=payload,
            deadline=self._clock() + timedelta(seconds=system.seconds_for(inquiry.operation)),
            attempt=message.tries + 1,
            trace_parent=inquiry.trace_parent,
        )


def _still_owed(transaction: Transaction, message: Message) -> bool:
    return any(row.id == message.row for row in outbox.of_ref(transaction, message.ref))


def _unforeseen(fault: Exception, effect: str) -> ConnectorError:
    """A fault of our own: nobody knows whether the call left, so a `once` operation is in doubt."""
    text = f"{type(fault).__name__} in the connector"
    return InDoubt("connector.failed", text) if effect == Effect.ONCE else ContractBroken("connector.failed", text)


def _park_unreadable(transaction: Transaction, message: Message, reason: str, now: datetime) -> None:
    outbox.settle(transaction, message.row)
    inquiries.move(
        transaction, message.ref, Arrow.PARK, now=now, reason_code="message.unreadable", reason_text=reason, due_at=None
    )
