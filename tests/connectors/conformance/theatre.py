"""A connector folder on the stage: its simulator over real HTTP, the hub's side in front of it."""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.catalogue import Connected, Example, discover
from connectors.faults import FaultKind
from connectors.manifest import Limits, Timeouts
from connectors.port import Answer, Call, ConnectorError, ContractBroken, Effect, InDoubt, Refused, Retryable
from connectors.runtime import ConnectorSettings, System, build_systems
from connectors.sandbox import create_sandbox
from connectors.simulation import SimulationContext

from .conftest import Stage
from .endings import ANSWER, BROKEN, IN_DOUBT, REFUSED, RETRYABLE

#: A Saturday at 11:30 in Tehran: a working day in working hours.
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

#: An inbox has no far side; `tests/connectors/inbox` has its tests.
CATALOGUE = {name: one for name, one in discover().items() if one.manifest.transport != "inbox"}

OPERATIONS = [(name, operation) for name, one in CATALOGUE.items() for operation in one.manifest.operations]
FAULTS = [
    (name, operation, kind)
    for name, operation in OPERATIONS
    for kind in sorted(CATALOGUE[name].simulation.faults.get(operation, frozenset()))
]
ONCE = [
    (name, operation)
    for name, operation in OPERATIONS
    if CATALOGUE[name].manifest.operations[operation].effect is Effect.ONCE
]
EXAMPLES = [(name, f"{e.operation}.{e.name}") for name, one in CATALOGUE.items() for e in one.examples]


def example(name: str, which: str) -> Example:
    """The example `operation.name`."""
    return next(e for e in CATALOGUE[name].examples if f"{e.operation}.{e.name}" == which)


def first_answer(name: str, operation: str) -> Example:
    """The example of the operation that ends in an answer."""
    for golden in CATALOGUE[name].examples:
        if golden.operation == operation and golden.answer is not None and golden.simulated:
            return golden
    pytest.fail(f"{name}: examples/{operation}.json: an example that the simulator answers is missing")


@dataclass
class Scene:
    """One system, one fresh simulator."""

    connected: Connected
    system: System
    context: SimulationContext

    def call(self, example: Example, **changes: Any) -> Call:
        """The example as a call."""
        given = example.context
        call = Call(
            inquiry_id=given.get("inquiry_id", "0192f0c1-0000-7000-8000-000000000001"),
            tracking_code=given.get("tracking_code", "05000112345678901234"),
            reference=given.get("reference", "0192f0c1-0000-7000-8000-000000000001"),
            operation=example.operation,
            payload=example.request,
            deadline=NOW + timedelta(seconds=60),
        )
        return dataclasses.replace(call, **changes)

    async def prepared(self, operation: str) -> Call:
        """A call that ends in an answer when nothing goes wrong. What a resolving question asks for has happened."""
        name = self.connected.name
        for asked, declared in self.connected.manifest.operations.items():
            if declared.resolve_with == operation:
                before = self.call(first_answer(name, asked))
                await self.system.ask(before)
                return dataclasses.replace(before, operation=operation, payload=self.system.question_after(before))
        return self.call(first_answer(name, operation))

    def effects(self, operation: str) -> int:
        """How often the operation really happened."""
        return sum(effect.operation == operation for effect in self.context.ledger.effects)


@asynccontextmanager
async def playing(stage: Stage, name: str, *, given: Example | None = None) -> AsyncIterator[Scene]:
    """The system `name` against its own fresh simulator, with the credentials of the example."""
    connected = CATALOGUE[name]
    sandbox = create_sandbox({name: connected}, clock=lambda: NOW, seed=1)
    context = given.context if given else {}
    settings = ConnectorSettings(
        sandbox=stage.put(sandbox),
        timeouts=Timeouts(connect=5, total=20),
        limits=Limits(rate_per_second=1000, concurrency=8),
        credentials={
            "username": SecretStr(context.get("credential_username", "hub")),
            "password": SecretStr(context.get("credential_password", "secret")),
            "client_id": SecretStr("hub"),
            "client_secret": SecretStr("secret"),
            "key": SecretStr("secret"),
        },
    )
    systems = build_systems({name: connected}, {name: settings}, clock=lambda: NOW, random=Random(1), sleep=_at_once)
    try:
        yield Scene(connected, systems.get(name), sandbox.state.contexts[name])
    finally:
        await systems.close()


async def _at_once(_seconds: float) -> None:
    """Waiting that takes no time."""


@dataclass
class Ended:
    """How a call ended: its ending's name, the answer or the error."""

    ending: str
    what: Answer | ConnectorError


async def ending(system: System, call: Call) -> Ended:
    """Ask and name the ending."""
    try:
        return Ended(ANSWER, await system.ask(call))
    except Refused as error:
        return Ended(REFUSED, error)
    except Retryable as error:
        return Ended(RETRYABLE, error)
    except InDoubt as error:
        return Ended(IN_DOUBT, error)
    except ContractBroken as error:
        return Ended(BROKEN, error)


def options(kind: FaultKind) -> dict[str, float]:
    """How long a delay is, so that tests stay quick."""
    return {"seconds": 0.05} if kind is FaultKind.DELAY else {}
