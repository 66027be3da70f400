"""What a unit without a system does with its inquiries: see them, take one, give it back, answer or refuse by hand.

Every method returns after the commit it speaks of, and every act is a leaf of the journal.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from broker import arrivals, stages
from broker.chronicle import Chronicle
from broker.errors import InboxClaimed, InboxClosed, UnknownInquiry
from broker.intake import digest
from broker.ledger import Ledger, Owed
from broker.orders import Idempotency
from broker.port import Broker
from broker.stages import StageText
from broker.waiters import Waiters
from broker.wire import InquiryMessage
from pki.errors import SealBroken
from pki.vault import Vault
from registry import idempotency, inbox, inquiries, services, subjects
from registry.inbox import InboxItem
from registry.inquiries import Inquiry
from registry.services import Service
from registry.states import Arrow, State
from registry.store import Transaction

ROLE = "inbox:"
"""What the role begins with that lets a participant answer for a unit."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """Who acts: a participant, the units whose inboxes it was entrusted with, and whom it names."""

    participant: str
    units: Collection[str]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """An item with its inquiry. `payload` is the question, None where it was not opened or the person was erased."""

    item: InboxItem
    inquiry: Inquiry
    payload: dict[str, Any] | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer that fits the service, or the reason of a refusal: one of the two."""

    answer: dict[str, Any] | None = None
    reason: str | None = None
    idempotency: Idempotency | None = None


def put_into_inbox(transaction: Transaction, message: InquiryMessage, now: datetime) -> bool:
    """Deliver an inquiry to the unit that provides its service; False when it lies there already."""
    service = services.get(transaction, message.service)
    found = inquiries.get(transaction, message.inquiry_id)
    accepted = found.accepted_at if found else now
    days = service.deadline_days if service else None
    item = InboxItem(
        inquiry_id=message.inquiry_id,
        unit=service.provider if service else "",
        delivered_at=now,
        deadline_at=None if days is None else accepted + timedelta(days=days),
        notify=message.notify,
    )
    return inbox.deliver(transaction, item)


class InboxDesk:
    """The inboxes of all units. Another unit's inquiry looks like an unknown one."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        chronicle: Chronicle,
        vault: Vault,
        waiters: Waiters,
        broker: Broker,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._chronicle = chronicle
        self._vault = vault
        self._waiters = waiters
        self._broker = broker
        self._clock = clock

    async def page(self, clerk: Clerk, *, closed: bool, limit: int, after: str | None) -> Sequence[InboxEntry]:
        """Return items of the clerk's units, the oldest first, without the questions themselves."""

        def act(transaction: Transaction) -> list[InboxEntry]:
            found = inbox.page(transaction, sorted(clerk.units), closed=closed, limit=limit, after=after)
            pairs = [(item, inquiries.get(transaction, item.inquiry_id)) for item in found]
            return [InboxEntry(item, inquiry) for item, inquiry in pairs if inquiry is not None]

        return await self._ledger.store.read(act)

    async def see(self, clerk: Clerk, inquiry_id: str) -> InboxEntry:
        """Open one question. Who read it is written down. Raises UnknownInquiry."""

        def act(transaction: Transaction, _owed: Owed) -> InboxEntry:
            entry = _entry(transaction, clerk, inquiry_id)
            self._leaf(transaction, entry, "inbox.read", clerk)
            return InboxEntry(entry.item, entry.inquiry, self._payload(transaction, entry.inquiry))

        return await self._ledger.write(act)

    async def service_of(self, clerk: Clerk, inquiry_id: str) -> Service:
        """Return what was asked, to see what an answer must look like. Raises UnknownInquiry."""

        def act(transaction: Transaction) -> Service:
            found = services.get(transaction, _entry(transaction, clerk, inquiry_id).inquiry.service)
            if found is None:
                raise UnknownInquiry(inquiry_id)
            return found

        return await self._ledger.look_up(act)

    async def claim(self, clerk: Clerk, inquiry_id: str) -> InboxEntry:
        """Take an inquiry, so that no other clerk answers it. Raises UnknownInquiry, InboxClaimed, InboxClosed."""

        def act(transaction: Transaction, _owed: Owed) -> InboxEntry:
            entry = _open(transaction, clerk, inquiry_id)
            if entry.item.claimed_by is None:
                inbox.claim(transaction, inquiry_id, by=clerk.participant, clerk=clerk.name, now=self._clock())
                self._leaf(transaction, entry, "inbox.claimed", clerk)
            return _entry(transaction, clerk, inquiry_id)

        return await self._ledger.write(act)

    async def release(self, clerk: Clerk, inquiry_id: str) -> InboxEntry:
        """Give an inquiry back; giving back what nobody has changes nothing. Raises as `claim` does."""

        def act(transaction: Transaction, _owed: Owed) -> InboxEntry:
            entry = _open(transaction, clerk, inquiry_id)
            if entry.item.claimed_by is not None:
                inbox.claim(transaction, inquiry_id, by=None, clerk=None, now=self._clock())
                self._leaf(transaction, entry, "inbox.released", clerk)
            return _entry(transaction, clerk, inquiry_id)

        return await self._ledger.write(act)

    async def decide(self, clerk: Clerk, inquiry_id: str, decision: Decision) -> InboxEntry:
        """Answer or refuse, once; whoever waits is woken. Raises as `claim` does, and IdempotencyClash."""
        entry = await self._ledger.write(lambda t, _: self._decide(t, clerk, inquiry_id, decision))
        if not entry.replayed:
            self._waiters.wake(inquiry_id)
            if entry.item.notify not in {"", self._ledger.lease}:
                await self._broker.notice(entry.item.notify, inquiry_id)
        return entry

    def _decide(self, transaction: Transaction, clerk: Clerk, inquiry_id: str, decision: Decision) -> InboxEntry:
        key = decision.idempotency
        saved = idempotency.recall(transaction, clerk.participant, key.key) if key else None
        if key is not None and saved is not None:
            if saved.body_hash != key.body_hash:
                raise idempotency.IdempotencyClash(key.key)
            before = _entry(transaction, clerk, inquiry_id)
            return InboxEntry(before.item, before.inquiry, replayed=True)
        entry, now = _open(transaction, clerk, inquiry_id), self._clock()
        if decision.answer is not None:
            self._answered(transaction, entry, decision.answer, clerk, now)
        else:
            self._refused(transaction, entry, decision.reason or "", clerk, now)
        asked = entry.inquiry
        arrivals.settled(transaction, self._chronicle.service(asked.service), asked.case_id, decision.answer, now)
        inbox.close(transaction, inquiry_id, now=now)
        if entry.item.claimed_by is None:
            inbox.claim(transaction, inquiry_id, by=clerk.participant, clerk=clerk.name, now=now)
        if key is not None:
            idempotency.remember(
                transaction,
                participant=clerk.participant,
                key=key.key,
                body_hash=key.body_hash,
                status=200,
                response=orjson.dumps({"inquiry_id": inquiry_id}),
                now=now,
            )
        return _entry(transaction, clerk, inquiry_id)

    def _answered(self, transaction: Transaction, entry: InboxEntry, answer: Any, clerk: Clerk, now: datetime) -> None:
        inquiry = entry.inquiry
        subject = subjects.get(transaction, inquiry.subject_id) if inquiry.subject_id else None
        if subject is None or subject.wrapped_key is None:
            raise InboxClosed("the person asked about was erased: nobody could read the answer")
        sealed = self._vault.seal(subject.wrapped_key, orjson.dumps(answer), inquiry.id.encode())
        inquiries.move(
            transaction, inquiry.id, Arrow.ANSWER, now=now, answer_sealed=sealed,
            reason_code=None, reason_text=None, due_at=None,
        )  # fmt: skip
        self._tell(transaction, entry, stages.ANSWERED, now)
        self._leaf(transaction, entry, "inquiry.answered", clerk, answer_sha256=digest(sealed))

    def _refused(self, transaction: Transaction, entry: InboxEntry, reason: str, clerk: Clerk, now: datetime) -> None:
        code = f"{entry.inquiry.system}.refused"
        inquiries.move(
            transaction, entry.inquiry.id, Arrow.REFUSE, now=now, reason_code=code, reason_text=reason, due_at=None
        )
        self._tell(transaction, entry, stages.REFUSED, now, {"code": code, "text": reason})
        self._leaf(transaction, entry, "inquiry.refused", clerk, code=code)

    def _payload(self, transaction: Transaction, inquiry: Inquiry) -> dict[str, Any] | None:
        subject = subjects.get(transaction, inquiry.subject_id) if inquiry.subject_id else None
        if subject is None or subject.wrapped_key is None:
            return None
        try:
            opened = self._vault.open(subject.wrapped_key, inquiry.payload_sealed, inquiry.id.encode())
        except SealBroken:
            return None  # The person was erased and has come back under a new key.
        payload: dict[str, Any] = orjson.loads(opened)
        return payload

    def _tell(
        self,
        transaction: Transaction,
        entry: InboxEntry,
        text: StageText,
        now: datetime,
        detail: dict[str, str] | None = None,
    ) -> None:
        inquiry = entry.inquiry
        self._chronicle.tell_about(
            transaction, inquiry, text=text, now=now, system=inquiry.system, detail=detail, by=entry.item.unit
        )

    def _leaf(self, transaction: Transaction, entry: InboxEntry, kind: str, clerk: Clerk, **facts: str) -> None:
        """One act. A clerk's name is somebody's: the journal holds its keyed fingerprint."""
        inquiry = entry.inquiry
        named = {"clerk": self._vault.fingerprint("clerk", clerk.name)} if clerk.name else {}
        self._chronicle.leaf(
            transaction,
            kind=kind,
            now=self._clock(),
            case_id=inquiry.case_id,
            inquiry_id=inquiry.id,
            statement={
                "inquiry": inquiry.id,
                "case": inquiry.code,
                "system": inquiry.system,
                "operation": inquiry.operation,
                "unit": entry.item.unit,
                "by": clerk.participant,
                **named,
                **facts,
            },
        )


def _entry(transaction: Transaction, clerk: Clerk, inquiry_id: str) -> InboxEntry:
    item, inquiry = inbox.get(transaction, inquiry_id), inquiries.get(transaction, inquiry_id)
    if item is None or inquiry is None or item.unit not in clerk.units:
        raise UnknownInquiry(inquiry_id)
    return InboxEntry(item, inquiry)


def _open(transaction: Transaction, clerk: Clerk, inquiry_id: str) -> InboxEntry:
    """The entry, if this clerk may act on it: it is open, and nobody else has taken it."""
    entry = _entry(transaction, clerk, inquiry_id)
    if entry.item.closed_at is not None or entry.inquiry.state is not State.SENT:
        raise InboxClosed(inquiry_id)
    if entry.item.claimed_by is not None and (entry.item.claimed_by, entry.item.clerk) != (
        clerk.participant,
        clerk.name,
    ):
        raise InboxClaimed(inquiry_id)
    return entry
