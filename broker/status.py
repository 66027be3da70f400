"""A portal's word about a case: understood by its contract, put on the right case once, receipted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from broker.chronicle import Chronicle
from broker.deadlines import follow
from broker.errors import UnknownReference, UnknownStatus, UnknownSystem
from broker.ledger import Ledger, Owed
from broker.orders import Pushed, StatusPush
from broker.stages import STATUS
from connectors.manifest import Inbound
from connectors.port import ContractBroken
from connectors.runtime import Systems
from connectors.system import System
from pki.vault import Vault
from registry import cases, events
from registry.codes import CodeError, parse
from registry.store import Transaction

SEQUENCE = "source_sequence"
"""Where an event's detail keeps the number its source gave it."""

Sign = Callable[[Mapping[str, Any]], str]


class StatusDesk:
    """Takes pushes. Repeated and out-of-order ones are harmless: the first is recorded, the rest are told so."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        systems: Systems,
        chronicle: Chronicle,
        vault: Vault,
        sign: Sign,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._systems = systems
        self._chronicle = chronicle
        self._vault = vault
        self._sign = sign
        self._clock = clock

    def arriving(self, system: str, message: str) -> tuple[System, Inbound]:
        """The system, and what is declared of a message that it sends in its own words. Raises UnknownSystem."""
        found = self._systems.find(system)
        declared = found.manifest.inbound.get(message) if found and message != "status" else None
        if found is None or declared is None:
            raise UnknownSystem(system)
        return found, declared

    async def take(self, push: StatusPush) -> Pushed:
        """Record the push. Raises UnknownSystem, UnknownStatus, UnknownReference."""
        update = self._understand(push) if push.update is None else push.update
        fingerprint = self._vault.fingerprint("push", orjson.dumps(_body(push), option=orjson.OPT_SORT_KEYS).decode())
        now = self._clock()

        def act(transaction: Transaction, _: Owed) -> tuple[cases.Case, events.StatusEvent | None, bool]:
            case = _find(transaction, push, update)
            if push.update is not None and push.reference != case.code:
                cases.add_alias(
                    transaction,
                    case_id=case.id,
                    system=push.system,
                    value=push.reference,
                    added_by=push.caller,
                    now=now,
                )
            late = _is_late(transaction, case, push)
            event = events.record(
                transaction,
                case_id=case.id,
                code=case.code,
                type=STATUS,
                system=push.system,
                stage=update["stage"],
                title_fa=update["title_fa"],
                title_en=update["title_en"],
                detail=_detail(push, update),
                occurred_at=push.occurred_at,
                now=now,
                source_key=f"{case.code}:{fingerprint}",
                by=push.caller,
            )
            if event is not None:
                if not late:
                    follow(transaction, case.id, push.system, update["stage"], update.get("detail") or {}, now)
                self._chronicle.leaf(
                    transaction,
                    kind="status.received",
                    now=now,
                    case_id=case.id,
                    statement={
                        "case": case.code,
                        "system": push.system,
                        "caller": push.caller,
                        "stage": update["stage"],
                        "occurred_at": push.occurred_at.isoformat(),
                        "event": event.id,
                        "push_fingerprint": fingerprint,
                    },
                )
            return case, event, late

        case, event, late = await self._ledger.write(act)
        receipt = self._sign(
            {
                "sub": case.code,
                "system": push.system,
                "reference": push.reference,
                "status": push.status,
                "sequence": event.sequence if event else None,
                "duplicate": event is None,
                "iat": int(now.timestamp()),
                "push_fingerprint": fingerprint,
            }
        )
        return Pushed(
            tracking_code=case.code,
            sequence=event.sequence if event else None,
            duplicate=event is None,
            out_of_order=late and event is not None,
            receipt=receipt,
        )

    def _understand(self, push: StatusPush) -> Mapping[str, Any]:
        system = self._systems.find(push.system)
        if system is None or not system.pushes:
            raise UnknownSystem(push.system)
        try:
            return system.inbound(_body(push))
        except ContractBroken as fault:
            raise UnknownStatus(f"{push.system} does not know the status {push.status!r}: {fault.text}") from fault


def _body(push: StatusPush) -> dict[str, Any]:
    if push.update is not None:  # When it came does not make it another word.
        return {"system": push.system, "message": push.status, **push.update}
    body = {
        "system": push.system,
        "reference": push.reference,
        "status": push.status,
        "occurred_at": push.occurred_at.isoformat(),
        "sequence": push.sequence,
        "detail": push.detail or None,
        "decision": push.decision,
    }
    return {key: value for key, value in body.items() if value is not None}


def _find(transaction: Transaction, push: StatusPush, update: Mapping[str, Any]) -> cases.Case:
    """A portal speaks of its own number first; the tracking code is the shared one."""
    for number in (push.reference, *(update.get("also") or ())):
        case = cases.by_alias(transaction, push.system, number) or _by_code(transaction, number)
        if case is not None:
            return case
    raise UnknownReference(f"{push.system} has no case {push.reference!r} here")


def _by_code(transaction: Transaction, number: str) -> cases.Case | None:
    try:
        return cases.by_code(transaction, parse(number))
    except CodeError:
        return None


def _is_late(transaction: Transaction, case: cases.Case, push: StatusPush) -> bool:
    """Tell whether something newer from this system is on the case: by its sequence, else by its time."""
    pushed = [e for e in events.timeline(transaction, case.id) if e.system == push.system and e.source_key is not None]
    return any(
        known.detail[SEQUENCE] > push.sequence
        if push.sequence is not None and SEQUENCE in known.detail
        else known.occurred_at > push.occurred_at
        for known in pushed
    )


def _detail(push: StatusPush, update: Mapping[str, Any]) -> dict[str, Any]:
    detail = dict(update.get("detail") or {})
    return detail if push.sequence is None else {**detail, SEQUENCE: push.sequence}
