"""Writes what happened to a case: the status event, which the dispatcher tells, and the journal leaf."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from broker.stages import StageText
from registry import cases, events, journal
from registry.events import StatusEvent
from registry.inquiries import Inquiry
from registry.services import Service
from registry.snapshot import Current
from registry.store import Transaction


class Chronicle:
    """Composes both facts in the caller's transaction. Nothing personal enters a leaf or an event title."""

    def __init__(self, current: Current, *, system_name: str, random: Callable[[int], bytes]) -> None:
        self._current = current
        self._system_name = system_name
        self._random = random

    def service(self, identifier: str) -> Service | None:
        """The service as it is offered now."""
        return self._current.value.services.get(identifier)

    def tell(
        self,
        transaction: Transaction,
        *,
        case_id: str,
        code: str,
        text: StageText,
        service: str,
        now: datetime,
        inquiry_id: str | None = None,
        system: str | None = None,
        detail: Mapping[str, str] | None = None,
        by: str | None = None,
        sequence: int | None = None,
    ) -> StatusEvent:
        """Record an event whose title names the service in both languages.

        `sequence` is given where the case was opened with the event counted already.
        """
        found = self.service(service)
        event = events.record(
            transaction,
            case_id=case_id,
            code=code,
            type=text.type,
            system=system or self._system_name,
            stage=text.stage,
            title_fa=text.fa.format(service=found.title_fa if found else service),
            title_en=text.en.format(service=found.title_en if found else service),
            detail=dict(detail or {}),
            occurred_at=now,
            now=now,
            inquiry_id=inquiry_id,
            by=by or self._system_name,
            sequence=sequence,
            random=self._random,
        )
        if event is None:  # Only an event with a source key can be a repetition.
            raise RuntimeError("an event of the hub's own was taken for a repetition")
        return event

    def tell_about(
        self,
        transaction: Transaction,
        inquiry: Inquiry,
        *,
        text: StageText,
        now: datetime,
        system: str | None = None,
        detail: Mapping[str, str] | None = None,
        by: str | None = None,
    ) -> StatusEvent:
        """Record an event of an inquiry's case that tells of this inquiry."""
        return self.tell(
            transaction,
            case_id=inquiry.case_id,
            code=inquiry.code,
            text=text,
            service=inquiry.service,
            now=now,
            inquiry_id=inquiry.id,
            system=system,
            detail=detail,
            by=by,
        )

    def leaf(
        self,
        transaction: Transaction,
        *,
        kind: str,
        now: datetime,
        case_id: str,
        statement: Mapping[str, Any],
        inquiry_id: str | None = None,
    ) -> None:
        """Append one journal leaf. `statement` must hold nothing personal: sealed bodies appear as their digests."""
        journal.append(
            transaction,
            kind=kind,
            statement={"v": 1, "kind": kind, "at": now.isoformat(timespec="microseconds"), **statement},
            case_id=case_id,
            inquiry_id=inquiry_id,
            now=now,
            random=self._random,
        )


def may_see(transaction: Transaction, case: cases.Case | None, participant: str) -> bool:
    """Tell whether a participant may know that this case exists."""
    return case is not None and cases.may_see(transaction, case, participant)
