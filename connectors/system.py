"""One outside system as configured here: canonical question in, canonical answer or an error of the port out."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

from tenacity import RetryCallState

from connectors.catalogue import Connected
from connectors.drift import DriftWatch
from connectors.faults import Clock
from connectors.guarded import Guarded
from connectors.manifest import Operation
from connectors.port import (
    Answer,
    Call,
    ConnectorError,
    ContractBroken,
    Effect,
    InDoubt,
    Json,
    Provenance,
    Refused,
    Retryable,
)
from connectors.reach import ConnectorSettings
from connectors.repeating import pause, repeating
from connectors.resilience import Sleep
from connectors.resolving import found_at, numbers_in, resolving_payload
from connectors.status import Status
from connectors.verdicts import Judge, http_status, recorded_of, sample_of
from mappings.compiler import Mapping as Document
from mappings.errors import MappingError

_IN_MESSAGES = ("username", "password", "provider_username", "provider_password")  # What mappings may write there.


class System:
    """Translates, asks through the guards, judges, translates back. What may be repeated is repeated in its time."""

    def __init__(
        self,
        connected: Connected,
        settings: ConnectorSettings,
        guarded: Guarded,
        *,
        clock: Clock,
        random: Random,
        drifts: DriftWatch | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.name = connected.name
        self.manifest = connected.manifest
        self._connected = connected
        self._settings = settings
        self._guarded = guarded
        self._drifts = drifts or DriftWatch({}, clock)
        self._clock = clock
        self._random = random
        self._sleep = sleep
        self.quota = guarded.quota
        self._judge = Judge(self.name, guarded.calendar)
        self._credentials = {f"credential_{name}": settings.credential(name) for name in _IN_MESSAGES}

    @property
    def status(self) -> Status:
        """How the system fares at this instant."""
        return self._guarded.status

    def pause(self, *, paused: bool) -> None:
        """Stop asking the system, or go on. Not remembered: the settings say how a process begins."""
        self._guarded.pause(paused=paused)

    def switch(self, *, enabled: bool) -> None:
        """Reach the system, or not at all. Inquiries for a disabled system wait in the ledger."""
        self._guarded.switch(enabled=enabled)

    @property
    def concurrency(self) -> int:
        """Calls that may be under way at once."""
        return self._guarded.limits.concurrency

    @property
    def pushes(self) -> bool:
        """Whether the system reports states of its own accord, by contract."""
        return self._connected.inbound is not None

    def effect(self, operation: str) -> Effect:
        """What a repeated call of the operation does. Raises Refused for an operation that is not there."""
        return self._operation(operation).effect

    def seconds_for(self, operation: str) -> float:
        """Seconds one `ask` may take: one call, or as many as may be repeated."""
        repeats = self._repeatable(self._operation(operation))
        return self._timeout(operation) + (self.manifest.retry.within_seconds if repeats else 0.0)

    async def ask(self, call: Call) -> Answer:
        """Put one question. Raises Retryable, Refused, InDoubt, ContractBroken."""
        return await self._ask(call, told_by=self._operation(call.operation))

    async def ask_after(self, call: Call) -> Answer | None:
        """Ask what became of an earlier call that is in doubt; None when the far side knows nothing of it.

        An operation that may be repeated is simply repeated. Raises as `ask` does, but never InDoubt.
        """
        operation = self._operation(call.operation)
        if operation.resolve_with is None and operation.effect is Effect.ONCE:
            text = "nobody can be asked whether this happened: a person must find out"
            raise ContractBroken(f"{self.name}.no_resolver", text)
        if operation.resolve_with is None:
            return await self.ask(call)
        question = replace(call, operation=operation.resolve_with, payload=self.question_after(call))
        try:
            return await self._ask(question, told_by=operation, absence=True)
        except _Absent:
            return None
        except InDoubt as undecided:
            text = f"the far side does not know yet: {undecided.text}"
            raise Retryable(undecided.code, text, provenance=undecided.provenance) from undecided

    def question_after(self, call: Call) -> dict[str, Json]:
        """The payload of the operation that asks what became of `call`; empty where there is none."""
        return dict(resolving_payload(self._operation(call.operation).resolve_request, call))

    def inbound(self, native: Mapping[str, Json], message: str = "status") -> dict[str, Json]:
        """Translate what the system sent: a `StatusUpdate`, or what `message` asks. Raises ContractBroken."""
        document = self._connected.inbound if message == "status" else self._connected.arrivals.get(message)
        if document is None:
            raise ContractBroken(f"{self.name}.no_inbound", f"{self.name} pushes nothing by contract")
        try:
            return document.from_native(dict(native))
        except MappingError as problem:
            raise self._unreadable(problem, native, Effect.READ, self._provenance(document)) from problem

    def reply(self, message: str, said: Mapping[str, Json]) -> dict[str, Json]:
        """Word a `PortalReply` to what the system sent as it expects it."""
        return self._connected.arrivals[message].to_native(dict(said), {})

    def translate_with(self, connected: Connected) -> None:
        """Translate with the documents of `connected` from the next call on. Raises ValueError for another folder's."""
        if connected.folder != self._connected.folder:
            raise ValueError(f"{connected.folder} is not the folder of {self.name}")
        mine, new = self._connected, connected
        self._connected = replace(mine, mappings=new.mappings, inbound=new.inbound, arrivals=new.arrivals)

    @property
    def folder(self) -> Path:
        """The connector folder whose contract and documents it follows."""
        return self._connected.folder

    async def close(self) -> None:
        """Give back connections."""
        await self._guarded.close()

    async def _ask(self, call: Call, *, told_by: Operation, absence: bool = False) -> Answer:
        """`told_by` is the operation whose answer this is, also where another one fetches it."""
        operation = self._operation(call.operation)
        if operation.mapping is None:  # An inbox: people read the hub's own words, nothing is translated.
            await self._guarded.exchange(call, call.payload, timeout=self._timeout(call.operation))
        document = self._connected.mappings[call.operation]
        provenance = self._provenance(document)
        context = self._context(call)
        try:
            native = document.to_native(call.payload, context)
        except MappingError as problem:
            raise Refused(problem.code, str(problem), provenance=provenance) from problem
        try:
            try:
                answer = await self._attempt(call, document, native, context, absence=absence)
            except Retryable as first:
                if not self._repeatable(operation):
                    raise
                answer = await self._repeated(first, call, document, native, context, absence=absence)
        except ConnectorError as error:
            error.provenance = error.provenance or provenance
            raise
        stage = found_at(answer.data, told_by.stage_from) if told_by.stage_from else None
        aliases = numbers_in(told_by, self.name, answer.data)
        if not aliases and stage is None:
            return answer
        return replace(answer, aliases=aliases, stage=str(stage) if stage is not None else None)

    async def _repeated(
        self,
        first: Retryable,
        call: Call,
        document: Document,
        native: Mapping[str, Json],
        context: Mapping[str, str],
        *,
        absence: bool,
    ) -> Answer:
        """Go on after a first attempt that ended in `first`.

        Nearly every call needs one attempt only, and the machinery of the others costs several times what guards do.
        """
        retrying = repeating(
            self.manifest.retry,
            worth=lambda state: self._worth_repeating(state, call),
            random=self._random,
            sleep=self._sleep,
        )
        made = iter((first,))

        async def attempt() -> Answer:
            for ended in made:
                raise ended
            return await self._attempt(call, document, native, context, absence=absence)

        return await retrying(attempt)

    async def _attempt(
        self,
        call: Call,
        document: Document,
        native: Mapping[str, Json],
        context: Mapping[str, str],
        *,
        absence: bool,
    ) -> Answer:
        provenance = self._provenance(document)
        reply = await self._guarded.exchange(call, native, timeout=self._timeout(call.operation))
        recorded = recorded_of(reply) if self._settings.record_replies else b""
        try:
            data = self._understood(call, document, reply, context, absence=absence)
        except ConnectorError as error:
            error.sample = error.sample or recorded
            self._guarded.heard(error)
            raise
        drift = self._drifts.look(call.operation, reply)
        return Answer(data, provenance, drift=drift, reply=recorded or (sample_of(reply) if drift else b""))

    def _understood(
        self, call: Call, document: Document, reply: Json, context: Mapping[str, str], *, absence: bool
    ) -> dict[str, Json]:
        effect, provenance = self._operation(call.operation).effect, self._provenance(document)
        try:
            verdict = document.outcome(reply, http_status(reply))
            if absence and verdict.kind == "absent":
                raise _Absent
            self._judge.judge(verdict, reply, effect=effect, now=self._clock(), provenance=provenance)
            return document.from_native(reply, context, asked=call.payload)
        except MappingError as problem:
            error = self._unreadable(problem, reply, effect, provenance)
            error.drift = self._drifts.look(call.operation, reply)
            raise error from problem

    def _unreadable(
        self, problem: MappingError, native: Json, effect: Effect, provenance: Provenance
    ) -> InDoubt | ContractBroken:
        """A reply that cannot be translated: the effect of a `once` call may well have happened."""
        if effect is Effect.ONCE:
            return InDoubt(problem.code, str(problem), provenance=provenance)
        return ContractBroken(problem.code, str(problem), sample=sample_of(native), provenance=provenance)

    def _worth_repeating(self, state: RetryCallState, call: Call) -> bool:
        """A fault that may pass by itself while the call lasts. A named wait is left to the caller's ledger."""
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, Retryable) or error.after is not None or error.not_before is not None:
            return False
        return (call.deadline - self._clock()).total_seconds() > pause(state)

    def _repeatable(self, operation: Operation) -> bool:
        return operation.effect is not Effect.ONCE and operation.retries

    def _timeout(self, operation: str) -> float:
        return self._settings.timeouts.total if self._settings.timeouts else self.manifest.timeout_of(operation)

    def _operation(self, name: str) -> Operation:
        try:
            return self.manifest.operations[name]
        except KeyError as missing:
            raise Refused(f"{self.name}.unknown_operation", f"{self.name} has no operation {name!r}") from missing

    def _context(self, call: Call) -> dict[str, str]:
        return {
            "reference": call.reference,
            "inquiry_id": call.inquiry_id,
            "tracking_code": call.tracking_code,
            "now": self._clock().isoformat(),
            **self._credentials,
        }

    def _provenance(self, document: Document) -> Provenance:
        return Provenance(document.id, document.content_hash, self.manifest.contract_version)


class _Absent(Exception):
    """The resolving question found nothing."""
