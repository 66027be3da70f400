"""Who signs, and what happens when the far side does not know the certificate."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from lxml.etree import _Element

from connectors.http import HttpClient
from connectors.port import Call, Retryable
from pki.certificates import Identity, create_authority
from pki.wss import sign_envelope

Asked = Callable[..., Call]
NEED = {
    "title": "خرید نهال چنار",
    "kind": "goods",
    "description": "هزار اصله",
    "quantity": 1000,
    "unit": "اصله",
    "budget_rial": 500_000_000,
    "deadline": "2030-01-20T13:00:00+03:30",
    "organisation_legal_id": "99900000010",
}


def identity(theatre: Any) -> tuple[bytes, Identity]:
    now = theatre.context.clock()
    authority = create_authority("buyers", now=now, days=30)
    return authority.cert_pem, authority.issue("municipality", now=now, days=30)


async def enrol(address: str, root: bytes) -> int:
    http = HttpClient(connect=2.0, connections=1)
    try:
        reply = await http.send("POST", f"{address}/_sim/trust", headers={}, content=root, timeout=5.0)
    finally:
        await http.close()
    return reply.status


async def test_many_first_calls_enrol_once(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        calls = [asked("publish_need", NEED, f"0190-{number}") for number in range(8)]
        answers = await asyncio.gather(*map(system.ask, calls))
    assert len(theatre.context.state["trusted"]()) == 1
    assert len({answer.data["need_number"] for answer in answers}) == 8
    assert all(theatre.context.ledger.count("publish_need", f"0190-{number}") == 1 for number in range(8))


async def test_a_simulator_that_started_anew_is_told_again(theatre: Any, asked: Asked) -> None:
    again = theatre.fresh()
    question = asked("need_by_reference", {"reference": "sandbox-need-1"})
    async with AsyncExitStack() as stack:
        async with theatre.serving(theatre.context) as address:
            system = await stack.enter_async_context(theatre.system(address))
            await system.ask(question)
        await stack.enter_async_context(theatre.serving(again, port=int(address.rpartition(":")[2])))
        answer = await system.ask(question)
    assert answer.data["need_number"] == "0005980000000001"
    assert len(again.state["trusted"]()) == 1


async def test_a_signer_handed_in_is_used(theatre: Any, asked: Asked) -> None:
    root, own = identity(theatre)

    def sign(envelope: _Element) -> bytes:
        return sign_envelope(envelope, own, now=theatre.context.clock())

    async with theatre.serving(theatre.context) as address, theatre.system(address, sign=sign) as system:
        with pytest.raises(Retryable) as unknown:
            await system.ask(asked("publish_need", NEED))
        assert unknown.value.code == "setad.certificate_refused"
        assert theatre.context.ledger.effects == ()
        assert await enrol(address, root) == 204
        answer = await system.ask(asked("publish_need", NEED))
    assert answer.data["need_number"] == "0005996682948660"
    assert answer.aliases == {"setad": "0005996682948660"}


async def test_an_identity_from_the_settings_is_used(theatre: Any, asked: Asked) -> None:
    root, own = identity(theatre)
    credentials = {"certificate": own.cert_pem.decode(), "private_key": own.key_pem.decode()}
    playing = partial(theatre.system, credentials=credentials)
    async with theatre.serving(theatre.context) as address, playing(address) as system:
        await enrol(address, root)
        await system.ask(asked("publish_need", NEED))
    assert theatre.context.ledger.count("publish_need", "0190-1") == 1


async def test_an_unusable_identity_is_named(theatre: Any, asked: Asked) -> None:
    credentials = {"certificate": "not PEM", "private_key": "not PEM"}
    async with theatre.playing(credentials=credentials) as system:
        with pytest.raises(Retryable) as unusable:
            await system.ask(asked("publish_need", NEED))
    assert unusable.value.code == "setad.identity_unusable"
    assert unusable.value.after is not None


async def test_without_an_identity_nothing_leaves(theatre: Any, asked: Asked) -> None:
    async with theatre.system("https://setad.invalid") as system:
        with pytest.raises(Retryable) as missing:
            await system.ask(asked("publish_need", NEED))
    assert missing.value.code == "setad.no_identity"


async def test_rubbish_is_not_enrolled(theatre: Any) -> None:
    async with theatre.serving(theatre.context) as address:
        assert await enrol(address, b"not PEM") == 422
    assert theatre.context.state["trusted"]() == []
