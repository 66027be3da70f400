"""The clock of a request: it starts with the deadline a portal names, warns before, and records what silence means.

By the law on permits a request that nobody decided in time counts as issued; the issuer stays responsible and may
revoke later, with a reason. Whether silence issues is said by the card of the case's service.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from broker import stages
from broker.chronicle import Chronicle
from broker.ledger import Ledger
from registry import cases, deadlines, processes
from registry.deadlines import Deadline
from registry.snapshot import Current
from registry.store import StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

TASK: Final = "deadlines"
HOLD: Final = timedelta(minutes=2)
"""How long a process that is not heard of keeps the task."""
INTERVAL: Final = 30.0
"""Seconds between two looks: deadlines are days long."""
AT_ONCE: Final = 100
"""Clocks in one transaction."""

DECIDED: Final = frozenset({"approved", "rejected", "issued", "auto_issued", "revoked", "expired", "closed"})
WAITS_FOR_APPLICANT: Final = "awaiting_applicant"
FIELD: Final = "deadline"
"""Where a status update's detail names the deadline, RFC 3339."""
OWN: Final = "hub"
"""Whose clock it is that the card of a service starts, until a portal names a deadline of its own."""


def follow(
    transaction: Transaction, case_id: str, system: str, stage: str | None, detail: Mapping[str, Any], now: datetime
) -> None:
    """Start, hold, resume or stop the clock that `system` keeps on a case, by what it says of the case.

    The hub's own clock is held and resumed with it: whoever says it, the applicant has to act.
    """
    if stage in DECIDED:
        deadlines.stop(transaction, case_id)
    elif stage == WAITS_FOR_APPLICANT:
        for keeper in {system, OWN}:
            deadlines.pause(transaction, case_id, keeper, now)
    elif named := moment(detail.get(FIELD)):
        begin(transaction, case_id, system, named, now)
    else:
        for keeper in {system, OWN}:
            deadlines.resume(transaction, case_id, keeper, now)


def begin(transaction: Transaction, case_id: str, system: str, ends_at: datetime, now: datetime) -> None:
    """Let the clock of `system` run. The hub's own gives way to that of a portal, and never runs beside it."""
    if system != OWN:
        end(transaction, case_id, OWN)
    deadlines.start(transaction, case_id, system, ends_at, now)


def end(transaction: Transaction, case_id: str, system: str) -> None:
    """The clock of `system` alone is over."""
    deadlines.stop(transaction, case_id, system)


def moment(text: Any) -> datetime | None:
    """The instant, where the text is one with an offset; anything else starts no clock."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


class DeadlineClock:
    """Looks for what is due. One in the whole site does; a warning or an end is recorded once."""

    def __init__(
        self,
        ledger: Ledger,
        chronicle: Chronicle,
        current: Current,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._chronicle = chronicle
        self._current = current
        self._clock = clock

    async def look(self) -> int:
        """Record everything that is due now; return for how many clocks."""
        total = 0
        while done := await self._ledger.write(lambda t, _: self._some(t)):
            total += done
        return total

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as fault:
                log.warning("deadlines.wait", fault=str(fault))
            await asyncio.sleep(INTERVAL)

    def _some(self, transaction: Transaction) -> int:
        now = self._clock()
        if not processes.claim(transaction, TASK, self._ledger.lease, now, HOLD):
            return 0
        found = deadlines.due(transaction, now, AT_ONCE)
        for clock in found:
            self._happen(transaction, clock, now)
        return len(found)

    def _happen(self, transaction: Transaction, clock: Deadline, now: datetime) -> None:
        case = cases.by_id(transaction, clock.case_id)
        if case is None or case.last_stage in DECIDED:
            deadlines.stop(transaction, clock.case_id)
            return
        moved = deadlines.advance(transaction, clock, now)
        passed = moved.state == "passed"
        text = stages.DEADLINE_NEARS
        if passed:
            text = stages.AUTO_ISSUED if self._silence_issues(case.service) else stages.DEADLINE_PASSED
        left = max(clock.ends_at - now, timedelta(0))
        event = self._chronicle.tell(
            transaction,
            case_id=case.id,
            code=case.code,
            text=text,
            service=case.service,
            now=now,
            detail={"deadline": clock.ends_at.isoformat(), "set_by": clock.system, "days_left": str(left.days)},
        )
        if passed:
            self._chronicle.leaf(
                transaction,
                kind="deadline.passed",
                now=now,
                case_id=case.id,
                statement={
                    "case": case.code,
                    "system": clock.system,
                    "deadline": clock.ends_at.isoformat(),
                    "stage": text.stage,
                    "event": event.id,
                },
            )

    def _silence_issues(self, service: str) -> bool:
        found = self._current.value.services.get(service)
        permit = found.card.get("permit") if found else None
        return isinstance(permit, dict) and permit.get("silence_issues") is True
