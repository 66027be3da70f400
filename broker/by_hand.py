"""A doubt that a person resolves: somebody has asked the far side by telephone or letter, and says what it said."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from broker import stages
from broker.chronicle import Chronicle
from broker.errors import ExchangeError, UnknownInquiry
from broker.intake import digest
from broker.ledger import Owed
from broker.parked import PersonErased, owe_again, was_in_doubt
from broker.stages import StageText
from pki.vault import Vault
from registry import inquiries, outbox, subjects
from registry.inquiries import Inquiry
from registry.states import Arrow, State
from registry.store import Transaction
from registry.subjects import Subject

Found = Literal["done", "refused", "absent"]
_MOVES: dict[Found, tuple[Arrow, StageText]] = {
    "done": (Arrow.SETTLE_BY_HAND, stages.ANSWERED),
    "refused": (Arrow.REFUSE_BY_HAND, stages.REFUSED),
    "absent": (Arrow.REPEAT_BY_HAND, stages.REPLAYED),
}
CODE = "hub.resolved_by_hand"


class NotInDoubt(ExchangeError):
    """Nobody doubts what became of this inquiry's call."""

    code = "inquiry.not_in_doubt"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What the person has found: the effect happened (`done`), the far side refused, or the call never arrived.

    `reason` says how they know; the asker reads it. `answer` is what the far side has answered, where that is known.
    """

    found: Found
    reason: str
    answer: dict[str, Any] | None = None


class DoubtDesk:
    """Works inside the caller's transaction."""

    def __init__(self, *, chronicle: Chronicle, vault: Vault, lease: str, clock: Callable[[], datetime]) -> None:
        self._chronicle = chronicle
        self._vault = vault
        self._lease = lease
        self._clock = clock

    def resolve(
        self, transaction: Transaction, owed: Owed, inquiry_id: str, resolution: Resolution, *, by: str
    ) -> Inquiry:
        """End the doubt. Raises UnknownInquiry, NotInDoubt, PersonErased."""
        inquiry, now = _in_doubt(transaction, inquiry_id), self._clock()
        subject = subjects.get(transaction, inquiry.subject_id) if inquiry.subject_id else None
        arrow, text = _MOVES[resolution.found]
        # Whoever was about to ask the far side need not any more.
        outbox.settle_many(transaction, [row.id for row in outbox.of_ref(transaction, inquiry_id)])
        if resolution.found == "absent":
            owe_again(transaction, owed, inquiry, "inquiry", subject, now=now, lease=self._lease)
            moved = inquiries.move(transaction, inquiry_id, arrow, now=now)
            facts: dict[str, str] = {}
        else:
            sealed = self._sealed(inquiry, subject, resolution.answer)
            told = {"reason_code": CODE, "reason_text": resolution.reason}
            more = {} if sealed is None else {"answer_sealed": sealed}
            moved = inquiries.move(transaction, inquiry_id, arrow, now=now, **told, **more)
            facts = {} if sealed is None else {"answer_sha256": digest(sealed)}
        self._write_down(transaction, inquiry, text, resolution, by, now, facts)
        return moved

    def _sealed(self, inquiry: Inquiry, subject: Subject | None, answer: dict[str, Any] | None) -> bytes | None:
        if answer is None:
            return None
        if subject is None or subject.wrapped_key is None:
            raise PersonErased(inquiry.id)
        return self._vault.seal(subject.wrapped_key, orjson.dumps(answer), inquiry.id.encode())

    def _write_down(
        self,
        transaction: Transaction,
        inquiry: Inquiry,
        text: StageText,
        resolution: Resolution,
        by: str,
        now: datetime,
        facts: dict[str, str],
    ) -> None:
        detail = {"code": CODE, "text": resolution.reason}
        self._chronicle.tell_about(
            transaction, inquiry, text=text, now=now, system=inquiry.system, detail=detail, by=by
        )
        # The words themselves may name somebody; the journal proves them by their hash.
        self._chronicle.leaf(
            transaction,
            kind="inquiry.resolved_by_hand",
            now=now,
            case_id=inquiry.case_id,
            inquiry_id=inquiry.id,
            statement={
                "inquiry": inquiry.id,
                "case": inquiry.code,
                "system": inquiry.system,
                "found": resolution.found,
                "reason_sha256": digest(resolution.reason.encode()),
                "by": by,
                **facts,
            },
        )


def _in_doubt(transaction: Transaction, inquiry_id: str) -> Inquiry:
    inquiry = inquiries.get(transaction, inquiry_id)
    if inquiry is None:
        raise UnknownInquiry(inquiry_id)
    parked = inquiry.state is State.PARKED and was_in_doubt(transaction, inquiry)
    if inquiry.state is not State.IN_DOUBT and not parked:
        raise NotInDoubt(f"the inquiry is {inquiry.state}")
    return inquiry
