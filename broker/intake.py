"""What happens inside the accepting transaction: nothing is promised before all of it is committed."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from broker import arrivals, saved_answers
from broker.chronicle import Chronicle, may_see
from broker.errors import UnknownCase
from broker.ledger import Owed
from broker.orders import Accepted, CaseOrder, InquiryOrder
from broker.points import FlowPoint, Reach
from broker.stages import ACCEPTED, OPENED
from broker.wire import InquiryMessage
from pki.vault import Vault
from registry import cases, inquiries, outbox, quotas, subjects
from registry.codes import TrackingCode
from registry.ids import new_id
from registry.store import Transaction

_SECOND = 2  # Events of a case that its first inquiry opens: the case's own, then the inquiry's.


def digest(sealed: bytes) -> str:
    """Name sealed bytes in the journal. The seal's random nonce keeps the digest from being guessed by dictionary."""
    return sha256(sealed).hexdigest()


class SubjectKey(NamedTuple):
    """Whose key seals a payload."""

    id: str
    key: bytes


class Intake:
    """Opens cases and accepts inquiries inside a transaction of the caller's."""

    def __init__(
        self,
        *,
        vault: Vault,
        chronicle: Chronicle,
        issue: Callable[[], TrackingCode],
        effect_of: Callable[[str, str], str],
        lease: str,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        reach: Reach,
    ) -> None:
        self._vault = vault
        self._chronicle = chronicle
        self._issue = issue
        self._effect_of = effect_of
        self._lease = lease
        self._clock = clock
        self._random = random
        self._reach = reach

    def open_case(self, transaction: Transaction, order: CaseOrder) -> tuple[cases.Case, bool]:
        """Open the case of an order; (case, replayed). Raises AliasTaken, IdempotencyClash."""
        saved = saved_answers.recall(transaction, order.caller, order.idempotency)
        if saved is not None:
            case = cases.by_code(transaction, saved["tracking_code"])
            if case is None:
                raise UnknownCase(saved["tracking_code"])
            return case, True
        now = self._clock()
        person = order.applicant or {}
        number = person.get("national_id") or person.get("legal_id")
        case, _ = self._new_case(transaction, order=order, subject=number, applicant=person or None, now=now)
        for system, value in order.aliases:
            cases.add_alias(transaction, case_id=case.id, system=system, value=value, added_by=order.caller, now=now)
        saved_answers.remember(transaction, order.caller, order.idempotency, {"tracking_code": case.code}, 201, now)
        return case, False

    def accept(self, transaction: Transaction, owed: Owed, order: InquiryOrder) -> Accepted:
        """Accept one inquiry. Raises UnknownCase, IdempotencyClash, QuotaExhausted, AliasTaken."""
        arrival = arrivals.arrival_of(order.service, order.payload)
        if arrival is not None:
            order = arrival.completed(transaction, order)
        saved = saved_answers.recall(transaction, order.caller, order.idempotency)
        if saved is not None:
            at = datetime.fromisoformat(saved["accepted_at"])
            return Accepted(saved["inquiry_id"], saved["tracking_code"], saved["state"], at, replayed=True)
        now = self._clock()
        if order.quota is not None:
            quotas.use(transaction, order.caller, order.service.id, order.quota, now=now)
        inquiry_id = new_id(now, self._random)
        case, subject = self._case_of(transaction, order, now)
        if arrival is not None:
            arrival.note(transaction, case, order, now)
        if subject is None:
            subject = self._subject(transaction, order.subject, case.subject_id, inquiry_id, now)
        system, operation = order.service.system or "", order.service.operation or ""
        effect = self._effect_of(system, operation)
        payload = self._vault.seal(subject.key, orjson.dumps(order.payload), inquiry_id.encode())
        inquiries.accept(
            transaction,
            inquiries.NewInquiry(
                id=inquiry_id,
                case_id=case.id,
                code=case.code,
                service=order.service.id,
                system=system,
                operation=operation,
                effect=effect,
                owner=order.caller,
                purpose=order.purpose,
                legal_basis=order.legal_basis,
                channel=order.channel,
                subject_id=subject.id,
                payload_sealed=payload,
                trace_parent=order.trace_parent,
                accepted_at=now,
            ),
        )
        message = InquiryMessage(
            inquiry_id=inquiry_id,
            tracking_code=case.code,
            case_id=case.id,
            service=order.service.id,
            system=system,
            operation=operation,
            effect=effect,
            owner=order.caller,
            channel=order.channel,
            payload=payload,
            subject_key=subject.key,
            trace_parent=order.trace_parent,
            notify=self._lease if order.awaited else "",
        )
        owed.append(
            outbox.owe(
                transaction,
                kind="inquiry",
                system=system,
                ref=inquiry_id,
                body=message.pack(),
                due_at=now,
                lease=self._lease,
            )
        )
        self._chronicle.tell(
            transaction,
            case_id=case.id,
            code=case.code,
            text=ACCEPTED,
            service=order.service.id,
            now=now,
            inquiry_id=inquiry_id,
            by=order.caller,
            sequence=_SECOND if order.case_code is None else None,
        )
        self._chronicle.leaf(
            transaction,
            kind="inquiry.accepted",
            now=now,
            case_id=case.id,
            inquiry_id=inquiry_id,
            statement={
                "inquiry": inquiry_id,
                "case": case.code,
                "service": order.service.id,
                "caller": order.caller,
                "purpose": order.purpose,
                "legal_basis": order.legal_basis,
                "assurance": order.assurance,
                "payload_sha256": digest(payload),
            },
        )
        accepted = Accepted(inquiry_id, case.code, "accepted", now)
        answer = {
            "inquiry_id": inquiry_id,
            "tracking_code": case.code,
            "state": "accepted",
            "accepted_at": now.isoformat(),
        }
        saved_answers.remember(transaction, order.caller, order.idempotency, answer, 202, now)
        self._reach(FlowPoint.INTAKE_WRITTEN)
        return accepted

    def _case_of(
        self, transaction: Transaction, order: InquiryOrder, now: datetime
    ) -> tuple[cases.Case, SubjectKey | None]:
        """The case, and the key of the person asked about where opening the case has found it."""
        if order.case_code is None:
            return self._new_case(
                transaction, order=order, subject=order.subject, applicant=None, now=now, events=_SECOND
            )
        case = cases.by_code(transaction, order.case_code)
        if case is None or not may_see(transaction, case, order.caller):
            raise UnknownCase(order.case_code)
        return case, None

    def _new_case(
        self,
        transaction: Transaction,
        *,
        order: CaseOrder | InquiryOrder,
        subject: str | None,
        applicant: dict[str, Any] | None,
        now: datetime,
        events: int = 1,
    ) -> tuple[cases.Case, SubjectKey | None]:
        """Open a case. Its own event is the first of `events` that this transaction records."""
        lead = order.lead_agency if isinstance(order, CaseOrder) else None
        keyed = self._subject(transaction, subject, None, None, now) if subject else None
        sealed = self._vault.seal(keyed.key, orjson.dumps(applicant), b"applicant") if keyed and applicant else None
        case = cases.open_case(
            transaction,
            issue=self._issue,
            service=order.service.id,
            channel=order.channel,
            lead_agency=lead or order.service.provider,
            owner=order.caller,
            subject_id=keyed.id if keyed else None,
            applicant_sealed=sealed,
            now=now,
            events=events,
            stage=OPENED.stage,
        )
        arrivals.begin(transaction, order.service, case, now)
        self._chronicle.tell(
            transaction,
            case_id=case.id,
            code=case.code,
            text=OPENED,
            service=order.service.id,
            now=now,
            by=order.caller,
            sequence=1,
        )
        self._chronicle.leaf(
            transaction,
            kind="case.opened",
            now=now,
            case_id=case.id,
            statement={
                "case": case.code,
                "service": order.service.id,
                "caller": order.caller,
                "assurance": order.assurance,
            },
        )
        return case, keyed

    def _subject(
        self,
        transaction: Transaction,
        number: str | None,
        case_subject: str | None,
        inquiry_id: str | None,
        now: datetime,
    ) -> SubjectKey:
        if number is None and case_subject is not None:
            known = subjects.get(transaction, case_subject)
            if known is not None and known.wrapped_key is not None:
                return SubjectKey(known.id, known.wrapped_key)
        # A question about nobody is sealed too, under a key of its own.
        kind, value = ("person", number) if number else ("inquiry", inquiry_id or "")
        made = subjects.ensure(
            transaction,
            fingerprint=self._vault.fingerprint(kind, value),
            new_key=self._vault.new_subject_key,
            now=now,
        )
        if made.wrapped_key is None:
            raise RuntimeError("the registry gave a subject without a key")
        return SubjectKey(made.id, made.wrapped_key)
