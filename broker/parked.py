"""What a person does with a parked inquiry: take it up again, or discard it."""

from collections.abc import Callable
from datetime import datetime

from broker.chronicle import Chronicle
from broker.errors import ExchangeError, UnknownInquiry
from broker.ledger import Owed
from broker.stages import CANCELLED, REPLAYED, StageText
from broker.wire import InquiryMessage
from connectors.port import Effect
from registry import inquiries, outbox, subjects
from registry.inquiries import Inquiry
from registry.outbox import Kind
from registry.states import Arrow, State
from registry.store import Transaction
from registry.subjects import Subject


class NotParked(ExchangeError):
    """The inquiry is not parked."""

    code = "inquiry.not_parked"


class PersonErased(ExchangeError):
    """The key of the person asked about is gone, so the payload can never be opened again."""

    code = "inquiry.person_erased"


class ParkedDesk:
    """Works inside the caller's transaction. A call in doubt is asked after, never repeated, whoever replays it."""

    def __init__(self, *, chronicle: Chronicle, lease: str, clock: Callable[[], datetime]) -> None:
        self.chronicle = chronicle
        self._lease = lease
        self._clock = clock

    def replay(self, transaction: Transaction, owed: Owed, inquiry_id: str, *, by: str) -> Inquiry:
        """Take the inquiry up again. Raises UnknownInquiry, NotParked, PersonErased: all before anything is written."""
        inquiry = _parked(transaction, inquiry_id)
        subject = subjects.get(transaction, inquiry.subject_id) if inquiry.subject_id else None
        doubtful = was_in_doubt(transaction, inquiry)
        now = self._clock()
        kind: Kind = "resolve" if doubtful else "inquiry"
        owe_again(transaction, owed, inquiry, kind, subject, now=now, lease=self._lease)
        moved = inquiries.move(transaction, inquiry_id, Arrow.ASK_AGAIN if doubtful else Arrow.REPLAY, now=now)
        self._write_down(transaction, inquiry, "inquiry.replayed", REPLAYED, by, now)
        return moved

    def discard(self, transaction: Transaction, inquiry_id: str, *, by: str) -> Inquiry:
        """Give the inquiry up for good. Raises UnknownInquiry, NotParked."""
        inquiry = _parked(transaction, inquiry_id)
        now = self._clock()
        moved = inquiries.move(transaction, inquiry_id, Arrow.CANCEL, now=now)
        self._write_down(transaction, inquiry, "inquiry.discarded", CANCELLED, by, now)
        return moved

    def _write_down(
        self,
        transaction: Transaction,
        inquiry: Inquiry,
        kind: str,
        text: StageText,
        by: str,
        now: datetime,
    ) -> None:
        self.chronicle.tell_about(transaction, inquiry, text=text, now=now, by=by)
        self.chronicle.leaf(
            transaction,
            kind=kind,
            now=now,
            case_id=inquiry.case_id,
            inquiry_id=inquiry.id,
            statement={"inquiry": inquiry.id, "case": inquiry.code, "by": by},
        )


def _parked(transaction: Transaction, inquiry_id: str) -> Inquiry:
    inquiry = inquiries.get(transaction, inquiry_id)
    if inquiry is None:
        raise UnknownInquiry(inquiry_id)
    if inquiry.state is not State.PARKED:
        raise NotParked(f"the inquiry is {inquiry.state}")
    return inquiry


def owe_again(
    transaction: Transaction,
    owed: Owed,
    inquiry: Inquiry,
    kind: Kind,
    subject: Subject | None,
    *,
    now: datetime,
    lease: str,
) -> None:
    """Owe the call, or the question after it, once more. Raises PersonErased."""
    if subject is None or subject.wrapped_key is None:
        raise PersonErased(inquiry.id)
    message = InquiryMessage(
        inquiry_id=inquiry.id,
        tracking_code=inquiry.code,
        case_id=inquiry.case_id,
        service=inquiry.service,
        system=inquiry.system,
        operation=inquiry.operation,
        effect=inquiry.effect,
        owner=inquiry.owner,
        channel=inquiry.channel,
        payload=inquiry.payload_sealed,
        subject_key=subject.wrapped_key,
        trace_parent=inquiry.trace_parent,
    )
    row = outbox.owe(
        transaction, kind=kind, system=inquiry.system, ref=inquiry.id, body=message.pack(), due_at=now, lease=lease
    )
    owed.append(row)


def was_in_doubt(transaction: Transaction, inquiry: Inquiry) -> bool:
    """Tell whether it was parked while nobody knew if its call had an effect: its last attempt says so."""
    if inquiry.effect != Effect.ONCE:
        return False
    attempts = inquiries.attempts(transaction, inquiry.id)
    return bool(attempts) and (
        attempts[-1].outcome == "in_doubt"
        or (attempts[-1].outcome.startswith("asked_after.") and attempts[-1].outcome != "asked_after.absent")
    )
