"""Many parked inquiries taken up again: looked through first, duplicates left out, at a pace, until done or stopped.

A run lies in the ledger, so that it goes on after a restart and every process shows the same progress. One process in
the whole site takes the turns.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from broker.errors import ExchangeError
from broker.ledger import Ledger, Owed
from broker.parked import ParkedDesk
from pki.errors import SealBroken
from pki.vault import Vault
from registry import inquiries, processes, replays, subjects
from registry.ids import new_id
from registry.inquiries import Inquiry
from registry.replays import TAKEN_UP, ReplayRun
from registry.states import State
from registry.store import StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

TASK: Final = "replays"
HOLD: Final = timedelta(minutes=2)
LOOK_AGAIN: Final = 5.0
"""Seconds between two looks for runs that another process has begun."""
SOONEST: Final = 0.05

READY, UNKNOWN, NOT_PARKED = "ready", "inquiry.unknown", "inquiry.not_parked"
DUPLICATE, IN_RUN = "replay.duplicate", "replay.in_run"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a run would do with one inquiry: `ready`, or why it is left out."""

    inquiry_id: str
    verdict: str


class ReplayRuns:
    """Previews, begins, stops and takes the turns of runs."""

    def __init__(self, *, ledger: Ledger, desk: ParkedDesk, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._desk = desk
        self._vault = vault
        self._clock = clock
        self._wake = asyncio.Event()

    async def preview(self, wanted: Sequence[str]) -> list[Foreseen]:
        """Look through the inquiries; each is named once, in the order given."""
        return await self._ledger.store.read(lambda t: self._foresee(t, wanted))

    async def begin(self, cause: str, wanted: Sequence[str], *, per_minute: int, by: str) -> ReplayRun | None:
        """Begin a run over what is ready among the inquiries; None when nothing is."""

        def act(transaction: Transaction, _owed: Owed) -> ReplayRun | None:
            ready = [one.inquiry_id for one in self._foresee(transaction, wanted) if one.verdict == READY]
            if not ready:
                return None
            now = self._clock()
            run = ReplayRun(new_id(now), cause, by, per_minute, "running", now, now)
            replays.begin(transaction, run, ready)
            return run

        begun = await self._ledger.write(act)
        self._wake.set()
        return begun

    async def stop(self, run_id: str, *, by: str) -> bool:
        """Stop a run where it is; False when it had ended before."""
        return await self._ledger.write(lambda t, _: replays.end(t, run_id, "stopped", self._clock(), by=by))

    async def look(self) -> bool:
        """Take every turn that is due now, one of each run; tell whether there was any."""
        if not await self._ledger.store.read(lambda t: replays.due(t, self._clock())):
            return False
        return await self._ledger.write(self._turns)

    async def run(self) -> None:
        """Take turns until cancelled."""
        while True:
            try:
                busy = await self.look()
            except StoreUnavailable as fault:
                log.warning("replays.wait", fault=str(fault))
                busy = False
            await self._rest(SOONEST if busy else await self._until_next())

    async def _until_next(self) -> float:
        """Seconds until a run's next turn, at most `LOOK_AGAIN`."""
        now = self._clock()
        try:
            going = await self._ledger.store.read(lambda t: replays.due(t, now + timedelta(seconds=LOOK_AGAIN)))
        except StoreUnavailable:
            return LOOK_AGAIN
        return max(SOONEST, min(((one.next_at - now).total_seconds() for one in going), default=LOOK_AGAIN))

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _turns(self, transaction: Transaction, owed: Owed) -> bool:
        now = self._clock()
        if not processes.claim(transaction, TASK, self._ledger.lease, now, HOLD):
            return False
        going = replays.due(transaction, now)
        for run in going:
            turn = replays.turn(transaction, run)
            if turn is None:
                replays.end(transaction, run.id, "done", now)
                continue
            place, inquiry_id = turn
            try:
                self._desk.replay(transaction, owed, inquiry_id, by=run.by)
                result = TAKEN_UP
            except ExchangeError as against:
                # Refused before anything was written: somebody else has taken it up or given it up meanwhile.
                result = against.code
            replays.record(transaction, run, place, result, now)
        return bool(going)

    def _foresee(self, transaction: Transaction, wanted: Sequence[str]) -> list[Foreseen]:
        named = list(dict.fromkeys(wanted))
        running = replays.awaiting(transaction, named)
        asked: set[tuple[str, str, bytes]] = set()
        found = []
        for one in named:
            inquiry = inquiries.get(transaction, one)
            if inquiry is None:
                verdict = UNKNOWN
            elif inquiry.state is not State.PARKED:
                verdict = NOT_PARKED
            elif one in running:
                verdict = IN_RUN
            else:
                verdict = self._judge(transaction, inquiry, asked)
            found.append(Foreseen(one, verdict))
        return found

    def _judge(self, transaction: Transaction, inquiry: Inquiry, asked: set[tuple[str, str, bytes]]) -> str:
        """Find out whether the same question of the same case is answered, under way, or ready in this very run."""
        question = self._question(transaction, inquiry)
        if question is None:
            return READY  # Its replay will say what stands against it.
        key = (inquiry.case_id, inquiry.service, question)
        if key in asked:
            return DUPLICATE
        asked.add(key)
        for other in inquiries.of_case(transaction, inquiry.case_id):
            alike = other.id != inquiry.id and other.service == inquiry.service
            idle = other.state in {State.PARKED, State.CANCELLED, State.REFUSED}
            if alike and not idle and self._question(transaction, other) == question:
                return DUPLICATE
        return READY

    def _question(self, transaction: Transaction, inquiry: Inquiry) -> bytes | None:
        """What was asked, in this process only; None where the person was erased."""
        subject = subjects.get(transaction, inquiry.subject_id) if inquiry.subject_id else None
        if subject is None or subject.wrapped_key is None:
            return None
        try:
            return self._vault.open(subject.wrapped_key, inquiry.payload_sealed, inquiry.id.encode())
        except SealBroken:
            return None
