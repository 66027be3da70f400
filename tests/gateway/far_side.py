"""Every outside system, and a clock that stands still: what the house of this room's tests is simulated with."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from broker.waiters import Waiters
from connectors.port import ContractBroken
from pki.vault import Vault
from registry import inquiries, subjects
from registry.outbox import OutboxRow
from registry.states import Arrow
from registry.store import Store, Transaction
from registry.subjects import Subject

IDENTITY = "civil_registry.identity"


@dataclass
class Clock:
    """Stands still until a test moves it."""

    now: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class FarSide:
    """Every outside system: answers an inquiry the moment it is handed over, or never while `answer` is None."""

    vault: Vault
    clock: Clock
    answer: dict[str, Any] | None = None
    refusal: tuple[str, str] | None = None
    store: Store | None = None
    waiters: Waiters = field(default_factory=Waiters)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def hand_over(self, rows: Sequence[OutboxRow]) -> None:
        for row in rows:
            if row.kind == "inquiry" and (self.answer or self.refusal):
                task = asyncio.get_running_loop().create_task(self._settle(row.ref))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _settle(self, inquiry_id: str) -> None:
        assert self.store is not None
        await self.store.write(lambda t: self.settle(t, inquiry_id))
        self.waiters.wake(inquiry_id)

    def settle(self, t: Transaction, inquiry_id: str) -> None:
        """Move an inquiry to its end."""
        now = self.clock()
        sent = inquiries.move(t, inquiry_id, Arrow.SEND, now=now)
        outcome = "answered" if self.answer else "refused"
        inquiries.record_attempt(
            t, inquiry_id=inquiry_id, number=1, started_at=now, ended_at=now, outcome=outcome, code="", text="",
            mapping_hash="ab" * 32,
        )  # fmt: skip
        if self.answer is None:
            code, text = self.refusal or ("", "")
            inquiries.move(t, inquiry_id, Arrow.REFUSE, now=now, reason_code=code, reason_text=text)
            return
        subject = subjects.get(t, sent.subject_id or "")
        assert isinstance(subject, Subject)
        sealed = self.vault.seal(subject.wrapped_key or b"", orjson.dumps(self.answer), inquiry_id.encode())
        inquiries.move(
            t, inquiry_id, Arrow.ANSWER, now=now, answer_sealed=sealed, mapping_id=IDENTITY, mapping_hash="ab" * 32
        )

    def effect(self, _operation: str) -> str:
        return "read"

    # What the desk of pushes asks of a connector.
    pushes = True

    def get(self, _name: str) -> "FarSide":
        return self

    def find(self, name: str) -> "FarSide | None":
        return self if name == "permit_portal" else None

    def inbound(self, body: dict[str, Any]) -> dict[str, Any]:
        stages = {"12": ("under_review", "در حال بررسی", "Under review"), "20": ("approved", "تأیید شد", "Approved")}
        if body["status"] not in stages:
            raise ContractBroken("status.unknown", "no such status")
        stage, fa, en = stages[body["status"]]
        return {"stage": stage, "title_fa": fa, "title_en": en, "detail": {}}
