"""The profiles that prove themselves inside the message, against far sides that verify: signed, encrypted, user name.

What the hub sends passes; the same with a wrong key, at another time or a second time does not, and has no effect.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.catalogue import Example
from connectors.port import Answer, Call, Retryable
from connectors.reach import ConnectorSettings
from connectors.runtime import System, build_systems
from connectors.sandbox import create_sandbox
from connectors.simulation import SimulationContext
from connectors.transport import HttpCall
from pki.certificates import create_authority
from pki.jwe import generate_key

from .conftest import Stage
from .theatre import CATALOGUE, NOW, first_answer

SIGNERS = create_authority("signers", now=NOW, days=30)
OURS = SIGNERS.issue("municipality", now=NOW, days=30)
STRANGER = create_authority("strangers", now=NOW, days=30).issue("municipality", now=NOW, days=30)
ANSWER = ("land_window", "answer_inquiry")
SYSTEMS = {"jws": ANSWER, "jwe": ANSWER, "wss-username": ("civil_registry", "identity")}
CASES = pytest.mark.parametrize(
    ("profile", "auth"),
    [
        ("jws", {"profile": "jws"}),
        ("jws", {"profile": "jws", "placement": "header"}),
        ("jwe", None),
        ("wss-username", {"profile": "wss-username"}),
        ("wss-username", {"profile": "wss-username", "password_type": "text"}),
    ],
)  # fmt: skip


@dataclass
class Scene:
    """A system of the hub before a door, and a clock of its own."""

    system: System
    example: Example
    context: SimulationContext
    now: datetime = NOW

    async def ask(self) -> Answer:
        call = Call(
            "i-1", "05000112345678901234", "r-1", self.example.operation, self.example.request,
            self.now + timedelta(seconds=30),
        )  # fmt: skip
        return await self.system.ask(call)


def credentials(profile: str, key: str) -> dict[str, str]:
    own = {"username": "hub", "password": "secret"}
    signer = {"certificate": OURS.cert_pem.decode(), "private_key": OURS.key_pem.decode()}
    return own | {"jws": signer, "jwe": {"provider_key": key}, "wss-username": {}}[profile]


@asynccontextmanager
async def before(stage: Stage, profile: str, auth: Mapping[str, Any] | None, **changed: str) -> AsyncIterator[Scene]:
    name, operation = SYSTEMS[profile]
    connected = CATALOGUE[name]
    golden = first_answer(name, operation)
    if profile == "jwe":
        part = connected.manifest.operations[operation].model_copy(update={"encrypted": ("/RequestNo", "/Password")})
        operations = {**connected.manifest.operations, operation: part}
        connected = replace(connected, manifest=connected.manifest.model_copy(update={"operations": operations}))
    sandbox = create_sandbox({name: connected}, clock=lambda: NOW, seed=1)
    address = f"{stage.put(sandbox)}/_secured/{profile}/{name}"
    async with httpx.AsyncClient() as client:
        wants = (await client.get(f"{address}/_door")).json()
        assert wants["profile"] == profile
        if profile == "jws":
            assert (await client.post(f"{address}/_door", content=SIGNERS.cert_pem)).json()["roots"] == 1
            assert (await client.post(f"{address}/_door", content=b"no pem")).status_code == 422
    known = credentials(profile, json.dumps(wants.get("provider_key"))) | changed
    settings = ConnectorSettings.model_validate(
        {"address": address, "auth": auth, "credentials": {key: SecretStr(text) for key, text in known.items()}}
    )
    scene: Any = None
    clock = lambda: scene.now if scene else NOW  # noqa: E731 - the scene is made below.
    systems = build_systems({name: connected}, {name: settings}, clock=clock, random=Random(1))
    scene = Scene(systems.get(name), golden, sandbox.state.contexts[name])
    try:
        yield scene
    finally:
        await systems.close()


def line_of(scene: Scene) -> Any:
    connector: Any = scene.system._guarded._connector
    return getattr(connector, "_connector", connector)._line


@CASES
async def test_what_the_hub_sends_is_verified_and_taken_once(stage: Stage, profile: str, auth: Any) -> None:
    async with before(stage, profile, auth) as scene:
        line = line_of(scene)
        sent: list[Any] = []
        send = line._send

        async def keeping(call: HttpCall, *rest: Any, **more: Any) -> Any:
            sent.append((call, rest, more))
            return await send(call, *rest, **more)

        line._send = keeping
        answer = await scene.ask()
        assert set(answer.data) == set(scene.example.answer or {})
        effects = scene.context.ledger.effects
        assert bool(effects) is (SYSTEMS[profile] == ANSWER)
        call, rest, more = sent[0]
        again = await send(call, *rest, **more)
        assert again.status in {401, 500}
        assert b"replayed" in again.body
        assert scene.context.ledger.effects == effects, "a replay has no effect"


@CASES
@pytest.mark.parametrize("minutes", [-8, 8])
async def test_a_message_of_another_time_does_not_pass(stage: Stage, profile: str, auth: Any, minutes: int) -> None:
    async with before(stage, profile, auth) as scene:
        scene.now = NOW + timedelta(minutes=minutes)
        await refused(scene)


WRONG: Mapping[str, Callable[[], dict[str, str]]] = {
    "jws": lambda: {"certificate": STRANGER.cert_pem.decode(), "private_key": STRANGER.key_pem.decode()},
    "jwe": lambda: {"provider_key": generate_key()[1]},
    "wss-username": lambda: {"password": "another"},
}


@CASES
async def test_a_wrong_key_or_password_does_not_pass(stage: Stage, profile: str, auth: Any) -> None:
    async with before(stage, profile, auth, **WRONG[profile]()) as scene:
        await refused(scene)


async def refused(scene: Scene) -> None:
    with pytest.raises(Retryable) as stopped:
        await scene.ask()
    assert stopped.value.code == f"{scene.system.name}.credentials_rejected"
    assert stopped.value.after == timedelta(hours=1), "trying often locks accounts"
    assert scene.context.ledger.effects == ()


@pytest.mark.parametrize("profile", SYSTEMS)
async def test_what_proves_nothing_is_stopped_at_the_door_and_controls_are_open(stage: Stage, profile: str) -> None:
    async with before(stage, profile, None) as scene, httpx.AsyncClient() as client:
        base = line_of(scene)._reach.address
        for body in (b"", b"{}", b"<a/>", b"a.b.c", b"\xff\xfe", b"{" * 9):
            answer = await client.post(f"{base}/any", content=body)
            assert (answer.status_code, set(answer.json())) == (401, {"error", "text"})
        assert (await client.get(f"{base}/_sim/faults")).json() == []
