"""One transaction for each way a call can end: state, answer, attempt, event, leaf, and the outbox row's end."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import orjson
import structlog

from broker import arrivals, stages
from broker.backoff import next_try
from broker.chronicle import Chronicle
from broker.deadlines import DECIDED
from broker.ended import Ended
from broker.inbox import put_into_inbox
from broker.intake import digest
from broker.ledger import Owed
from broker.points import FlowPoint, Reach
from broker.port import Message
from broker.wire import InquiryMessage
from connectors.port import Answer, ConnectorError, ContractBroken, Delivered, Effect, InDoubt, Refused, Retryable
from pki.vault import Vault
from registry import cases, deadlines, drifts, inquiries, outbox
from registry.cases import AliasTaken
from registry.outbox import Kind
from registry.states import Arrow, State
from registry.store import Transaction

log = structlog.get_logger(__name__)

FIRST_QUESTION = timedelta(seconds=1)
"""How long the far side gets to finish before it is asked what became of a call in doubt."""


class Outcomes:
    """Writes the end of a call. Every method runs inside the caller's transaction."""

    def __init__(
        self,
        *,
        vault: Vault,
        chronicle: Chronicle,
        lease: str,
        clock: Callable[[], datetime],
        random: Random,
        reach: Reach,
    ) -> None:
        self._vault = vault
        self._chronicle = chronicle
        self._lease = lease
        self._clock = clock
        self._random = random
        self._reach = reach

    def record(self, transaction: Transaction, owed: Owed, ended: Ended) -> None:
        """Write what became of the call."""
        now = self._clock()
        self._attempt(transaction, ended, now)
        if ended.answer is not None:
            self._answered(transaction, ended, ended.answer, now)
        elif ended.fault is None:
            self._absent(transaction, owed, ended, now)
        else:
            self._failed(transaction, owed, ended, ended.fault, now)
        self._reach(FlowPoint.WORKER_WRITTEN)

    def doubt(self, transaction: Transaction, owed: Owed, message: Message, inquiry: InquiryMessage) -> None:
        """A worker died between intent and result: the call may have left. Ask, never repeat."""
        fault = InDoubt("worker.lost", "the process that made the call is gone")
        self._in_doubt(transaction, owed, Ended(message, inquiry, self._clock(), fault=fault), fault, self._clock())

    def _answered(self, transaction: Transaction, ended: Ended, answer: Answer, now: datetime) -> None:
        inquiry = ended.inquiry
        sealed = self._vault.seal(inquiry.subject_key, orjson.dumps(answer.data), inquiry.inquiry_id.encode())
        inquiries.move(
            transaction,
            inquiry.inquiry_id,
            self._either(transaction, ended, Arrow.ANSWER, Arrow.PROVE_DONE),
            now=now,
            answer_sealed=sealed,
            mapping_id=answer.provenance.mapping_id,
            mapping_hash=answer.provenance.mapping_hash,
            contract_version=answer.provenance.contract_version,
        )
        for system, value in answer.aliases.items():
            self._alias(transaction, inquiry, system, value, now)
        if answer.stage in DECIDED:
            deadlines.stop(transaction, inquiry.case_id)
        arrivals.settled(transaction, self._chronicle.service(inquiry.service), inquiry.case_id, answer.data, now)
        outbox.settle(transaction, ended.message.row)
        self._tell(transaction, ended, stages.ANSWERED, now)
        self._leaf(
            transaction,
            ended,
            "inquiry.answered",
            now,
            answer_sha256=digest(sealed),
            mapping=answer.provenance.mapping_id,
            mapping_sha256=answer.provenance.mapping_hash,
            contract=answer.provenance.contract_version,
        )

    def _either(self, transaction: Transaction, ended: Ended, told: Arrow, proved: Arrow) -> Arrow:
        """The far side's answer may reach a process whose call was taken for lost: then it proves what happened."""
        if ended.asked_after:
            return proved
        if ended.inquiry.effect != Effect.ONCE:
            return told
        found = inquiries.get(transaction, ended.inquiry.inquiry_id)
        return proved if found is not None and found.state is State.IN_DOUBT else told

    def _alias(self, transaction: Transaction, inquiry: InquiryMessage, system: str, value: str, now: datetime) -> None:
        try:
            cases.add_alias(
                transaction, case_id=inquiry.case_id, system=system, value=value, added_by=f"system:{system}", now=now
            )
        except AliasTaken:
            # The far side gave one number to two cases. Its answer stands; the number stays with the first case.
            log.warning("alias.taken", system=system, value=value, case=inquiry.tracking_code)

    def _absent(self, transaction: Transaction, owed: Owed, ended: Ended, now: datetime) -> None:
        """The far side proves that the call never arrived, so it may be made again."""
        inquiry = ended.inquiry
        inquiries.move(transaction, inquiry.inquiry_id, Arrow.PROVE_ABSENT, now=now, due_at=now)
        outbox.settle(transaction, ended.message.row)
        self._owe(transaction, owed, "inquiry", inquiry, now, now)
        self._leaf(transaction, ended, "inquiry.proved_absent", now)

    def _failed(self, transaction: Transaction, owed: Owed, ended: Ended, fault: ConnectorError, now: datetime) -> None:
        if isinstance(fault, Delivered):
            self._delivered(transaction, ended, now)
        elif isinstance(fault, Refused):
            self._refused(transaction, ended, fault, now)
        elif isinstance(fault, InDoubt) and not ended.asked_after:
            self._in_doubt(transaction, owed, ended, fault, now)
        elif isinstance(fault, ContractBroken):
            self._parked(transaction, ended, fault, now)
        else:
            self._postponed(transaction, ended, fault, now)

    def _delivered(self, transaction: Transaction, ended: Ended, now: datetime) -> None:
        """The question lies in its unit's inbox: the inquiry stays `sent`, and nothing is owed until a person acts."""
        outbox.settle(transaction, ended.message.row)
        if put_into_inbox(transaction, ended.inquiry, now):
            self._tell(transaction, ended, stages.DELIVERED, now)
            self._leaf(transaction, ended, "inquiry.delivered", now)

    def _refused(self, transaction: Transaction, ended: Ended, fault: Refused, now: datetime) -> None:
        arrow = self._either(transaction, ended, Arrow.REFUSE, Arrow.PROVE_REFUSED)
        self._moved(transaction, ended, arrow, fault, now)
        inquiry = ended.inquiry
        arrivals.settled(transaction, self._chronicle.service(inquiry.service), inquiry.case_id, None, now)
        outbox.settle(transaction, ended.message.row)
        self._tell(transaction, ended, stages.REFUSED, now, fault)
        self._leaf(transaction, ended, "inquiry.refused", now, code=fault.code)

    def _in_doubt(self, transaction: Transaction, owed: Owed, ended: Ended, fault: InDoubt, now: datetime) -> None:
        self._moved(transaction, ended, Arrow.DOUBT, fault, now)
        outbox.settle(transaction, ended.message.row)
        self._owe(transaction, owed, "resolve", ended.inquiry, now + FIRST_QUESTION, now)
        self._tell(transaction, ended, stages.IN_DOUBT, now, fault)
        self._leaf(transaction, ended, "inquiry.in_doubt", now, code=fault.code)

    def _parked(self, transaction: Transaction, ended: Ended, fault: ConnectorError, now: datetime) -> None:
        self._moved(transaction, ended, Arrow.PARK, fault, now)
        outbox.settle(transaction, ended.message.row)
        self._tell(transaction, ended, stages.PARKED, now, fault)
        self._leaf(transaction, ended, "inquiry.parked", now, code=fault.code)

    def _postponed(self, transaction: Transaction, ended: Ended, fault: ConnectorError, now: datetime) -> None:
        retry = fault if isinstance(fault, Retryable) else Retryable(fault.code, fault.text)
        before = inquiries.get(transaction, ended.inquiry.inquiry_id)
        due = next_try(
            retry,
            tries=ended.message.tries,
            accepted_at=before.accepted_at if before else now,
            now=now,
            random=self._random,
        )
        if due is None:
            self._parked(transaction, ended, fault, now)
            return
        if not ended.asked_after:
            self._moved(transaction, ended, Arrow.POSTPONE, fault, now, due_at=due)
            earlier = inquiries.attempts(transaction, ended.inquiry.inquiry_id)[:-1]
            if not earlier or earlier[-1].code != fault.code:  # The same cause is told once, not at each try.
                self._tell(transaction, ended, stages.WAITING, now, fault, due=due)
        outbox.postpone(transaction, ended.message.row, due_at=due)

    def _moved(
        self,
        transaction: Transaction,
        ended: Ended,
        arrow: Arrow,
        fault: ConnectorError,
        now: datetime,
        due_at: datetime | None = None,
    ) -> None:
        known = fault.provenance
        inquiries.move(
            transaction,
            ended.inquiry.inquiry_id,
            arrow,
            now=now,
            reason_code=fault.code,
            reason_text=fault.text,
            due_at=due_at,
            mapping_id=known.mapping_id if known else None,
            mapping_hash=known.mapping_hash if known else None,
            contract_version=known.contract_version if known else None,
        )

    def _attempt(self, transaction: Transaction, ended: Ended, now: datetime) -> None:
        fault = ended.fault
        provenance = ended.answer.provenance if ended.answer else fault.provenance if fault else None
        reply = ended.answer.reply if ended.answer else fault.sample if fault else b""
        self._drifts(transaction, ended, now)
        inquiries.record_attempt(
            transaction,
            inquiry_id=ended.inquiry.inquiry_id,
            number=ended.message.tries + 1,
            started_at=ended.started_at,
            ended_at=now,
            outcome=ended.outcome,
            code=fault.code if fault else "",
            text=fault.text if fault else "",
            mapping_hash=provenance.mapping_hash if provenance else None,
            sample_sealed=self._vault.seal(ended.inquiry.subject_key, reply, b"sample") if reply else None,
        )

    def _drifts(self, transaction: Transaction, ended: Ended, now: datetime) -> None:
        """What the contract does not know; the sample is sealed with the attempt."""
        for one in ended.drift:
            drifts.record(
                transaction, system=ended.inquiry.system, operation=ended.inquiry.operation, pointer=one.pointer,
                kind=one.kind, count=one.times, inquiry_id=ended.inquiry.inquiry_id, at=now,
            )  # fmt: skip

    def _owe(
        self, transaction: Transaction, owed: Owed, kind: Kind, inquiry: InquiryMessage, due: datetime, now: datetime
    ) -> None:
        owed.append(
            outbox.owe(
                transaction,
                kind=kind,
                system=inquiry.system,
                ref=inquiry.inquiry_id,
                body=inquiry.pack(),
                due_at=due,
                lease=self._lease if due <= now else "",
            )
        )

    def _tell(
        self,
        transaction: Transaction,
        ended: Ended,
        text: stages.StageText,
        now: datetime,
        fault: ConnectorError | None = None,
        due: datetime | None = None,
    ) -> None:
        detail = {"code": fault.code, "text": fault.text} if fault else {}
        detail |= {"due_at": due.isoformat(timespec="seconds")} if due else {}
        inquiry = ended.inquiry
        self._chronicle.tell(
            transaction,
            case_id=inquiry.case_id,
            code=inquiry.tracking_code,
            text=text,
            service=inquiry.service,
            now=now,
            inquiry_id=inquiry.inquiry_id,
            system=inquiry.system,
            detail=detail,
        )

    def _leaf(self, transaction: Transaction, ended: Ended, kind: str, now: datetime, **facts: str) -> None:
        inquiry = ended.inquiry
        self._chronicle.leaf(
            transaction,
            kind=kind,
            now=now,
            case_id=inquiry.case_id,
            inquiry_id=inquiry.inquiry_id,
            statement={
                "inquiry": inquiry.inquiry_id,
                "case": inquiry.tracking_code,
                "system": inquiry.system,
                "operation": inquiry.operation,
                **facts,
            },
        )
