"""Questions that come from outside with numbers of their own: whose case it is, whom it is about, until when.

A service's card says where such a question holds what; a pointer that finds nothing says nothing:

    [service.card.arrival]
    aliases = { permit_portal = "/request_number" }            # by system; the first one keeps the clock
    subject = ["/applicant_national_id", "/applicant_legal_id"]  # the first that is there
    deadline = "/deadline"                                     # a day of Tehran, or an instant
    decision = "/decision"                                     # in the answer: what it decides

A question whose number is known joins the case of that number. Asked again under the same numbers it is the same
question: other content under them is an idempotency clash.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from broker import deadlines
from broker.chronicle import may_see
from broker.orders import Idempotency, InquiryOrder
from connectors.resolving import found_at
from registry import cases
from registry.cases import AliasTaken, Case
from registry.services import Service
from registry.store import Transaction

_TEHRAN: Final = ZoneInfo("Asia/Tehran")
_STAGES: Final[Mapping[str, str]] = {"defect": deadlines.WAITS_FOR_APPLICANT}
"""Words of decisions that are called otherwise as stages of a case."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one question brings. `ends_at` is None where it names no deadline."""

    keeper: str
    aliases: tuple[tuple[str, str], ...]
    subject: str | None
    ends_at: datetime | None

    def completed(self, transaction: Transaction, order: InquiryOrder) -> InquiryOrder:
        """Give the order its case, its person and its key where the caller named none. Raises AliasTaken."""
        key = order.idempotency or self._key(order)
        code = order.case_code or self._case(transaction, order.caller)
        return replace(order, case_code=code, subject=order.subject or self.subject, idempotency=key)

    def note(self, transaction: Transaction, case: Case, order: InquiryOrder, now: datetime) -> None:
        """Put the numbers on the case and let its clock run. Raises AliasTaken."""
        for system, value in self.aliases:
            cases.add_alias(transaction, case_id=case.id, system=system, value=value, added_by=order.caller, now=now)
        if self.ends_at is not None:
            deadlines.begin(transaction, case.id, self.keeper, self.ends_at, now)
        else:
            begin(transaction, order.service, case, now)

    def _key(self, order: InquiryOrder) -> Idempotency | None:
        if not self.aliases:
            return None
        numbers = ";".join(f"{system}={value}" for system, value in self.aliases)
        named = sha256(f"{order.service.id}\n{numbers}".encode()).hexdigest()
        content = sha256(orjson.dumps(order.payload, option=orjson.OPT_SORT_KEYS)).hexdigest()
        return Idempotency(f"arrival:{named}", content)

    def _case(self, transaction: Transaction, caller: str) -> str | None:
        for system, value in self.aliases:
            known = cases.by_alias(transaction, system, value)
            if known is None:
                continue
            if not may_see(transaction, known, caller):
                raise AliasTaken(system, value)
            return known.code
        return None


def arrival_of(service: Service, payload: Mapping[str, Any]) -> Arrival | None:
    """What the card says such a question brings; None where it says nothing of arrivals."""
    card = _card(service)
    if not card:
        return None
    numbers = {system: found_at(payload, pointer) for system, pointer in card.get("aliases", {}).items()}
    people = [found_at(payload, pointer) for pointer in card.get("subject", ())]
    return Arrival(
        keeper=keeper_of(service),
        aliases=tuple((system, value) for system, value in numbers.items() if isinstance(value, str) and value),
        subject=next((number for number in people if isinstance(number, str)), None),
        ends_at=_end(found_at(payload, card["deadline"])) if "deadline" in card else None,
    )


def keeper_of(service: Service) -> str:
    """The system whose word moves the clock of such a question: the portal it came from, else the hub itself."""
    return next(iter(_card(service).get("aliases", {})), deadlines.OWN)


def begin(transaction: Transaction, service: Service, case: Case, now: datetime) -> None:
    """A case was opened: its clock runs if the service says how many days an answer may take."""
    if service.deadline_days is not None:
        ends_at = now + timedelta(days=service.deadline_days)
        deadlines.begin(transaction, case.id, keeper_of(service), ends_at, now)


def settled(
    transaction: Transaction, service: Service | None, case_id: str, answer: Mapping[str, Any] | None, now: datetime
) -> None:
    """The question has its answer, or was refused (None): the clock that began with it ends, or is held."""
    if service is None or not (service.deadline_days or _card(service)):
        return
    keeper = keeper_of(service)
    if keeper == deadlines.OWN:
        case = cases.by_id(transaction, case_id)
        if case is None or case.service != service.id:  # The clock is that of the case, not of this question.
            return
    pointer = _card(service).get("decision")
    if pointer is None or answer is None:
        deadlines.end(transaction, case_id, keeper)
        return
    word = str(found_at(answer, pointer))
    deadlines.follow(transaction, case_id, keeper, _STAGES.get(word, word), {}, now)


def _card(service: Service) -> Mapping[str, Any]:
    found = service.card.get("arrival")
    return found if isinstance(found, dict) else {}


def _end(named: Any) -> datetime | None:
    """The end of a day in Tehran, or the instant itself. The question has been validated: anything else is absent."""
    if not isinstance(named, str):
        return None
    if len(named) == len("2026-09-20"):
        return datetime.combine(date.fromisoformat(named) + timedelta(days=1), time(), _TEHRAN)
    return deadlines.moment(named)
