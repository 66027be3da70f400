"""The line to one system: what a 401 and the client's errors mean for each effect."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.http import AnswerLost, HttpReply, NotSent, ReplyTooLarge
from connectors.manifest import Manifest
from connectors.port import ConnectorError, ContractBroken, InDoubt, Retryable
from connectors.reach import ConnectorSettings, Reach
from connectors.transport import HttpCall, Line

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
COMMON = {
    "title": {"fa": "آزمون", "en": "A test"},
    "request": "NeedQuery",
    "answer": "NeedReceipt",
    "mapping": "mappings/x.yaml",
    "grade": "assumed",
}
MANIFEST = Manifest.model_validate({
    "name": "far",
    "title": {"fa": "دور", "en": "Far"},
    "owner": "IR/GOV/far",
    "transport": "rest",
    "contract_version": "1",
    "auth": {"profile": "oauth-client-credentials"},
    "operations": {"read": COMMON | {"effect": "read"}, "once": COMMON | {"effect": "once", "resolve_with": "read"}},
})  # fmt: skip


class Wire:
    """The HTTP client's place; tokens are counted, calls play the script."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.tokens = 0
        self.used: list[str] = []

    async def send(self, _method: str, url: str, *, headers: Mapping[str, str], **how: Any) -> HttpReply:
        assert how["timeout"] > 0
        if url.endswith("/oauth2/token"):
            self.tokens += 1
            return HttpReply(200, {}, b'{"access_token": "t%d"}' % self.tokens)
        self.used.append(headers["authorization"])
        line = self.script.pop(0)
        if isinstance(line, Exception):
            raise line
        return HttpReply(line, {}, b"")


async def sent(operation: str, wire: Wire) -> HttpReply:
    line = Line(Reach(MANIFEST, Path(), "http://far.invalid", ConnectorSettings(), lambda: NOW), http=wire)  # type: ignore[arg-type]
    return await line.send(operation, HttpCall("POST", "/x"), timeout=5)


async def test_a_rejected_token_is_renewed_and_a_read_asked_again() -> None:
    wire = Wire(401, 200)
    assert (await sent("read", wire)).status == 200
    assert wire.used == ["Bearer t1", "Bearer t2"]


async def test_rejected_twice_is_the_reply() -> None:
    wire = Wire(401, 401)
    assert (await sent("read", wire)).status == 401
    assert len(wire.used) == 2


async def test_once_is_not_sent_again_even_after_401() -> None:
    wire = Wire(401, 200)
    assert (await sent("once", wire)).status == 401
    assert wire.used == ["Bearer t1"]


@pytest.mark.parametrize(
    ("error", "operation", "kind", "code"),
    [
        (NotSent("x"), "read", Retryable, "far.unreachable"),
        (NotSent("x"), "once", Retryable, "far.unreachable"),
        (AnswerLost("x"), "read", Retryable, "far.answer_lost"),
        (AnswerLost("x"), "once", InDoubt, "far.answer_lost"),
        (ReplyTooLarge("x"), "read", ContractBroken, "far.reply_too_large"),
        (ReplyTooLarge("x"), "once", InDoubt, "far.reply_too_large"),
    ],
)
async def test_the_clients_errors_become_the_ports(error: Exception, operation: str, kind: type, code: str) -> None:
    with pytest.raises(ConnectorError) as raised:
        await sent(operation, Wire(error))
    assert (type(raised.value), raised.value.code) == (kind, code)


@pytest.mark.parametrize("operation", ["read", "once"])
async def test_a_token_that_cannot_be_had_leaves_no_doubt(operation: str) -> None:
    class Deaf(Wire):
        async def send(self, _method: str, url: str, **_: Any) -> HttpReply:
            raise AnswerLost(url)

    with pytest.raises(Retryable) as raised:
        await sent(operation, Deaf())
    assert raised.value.code == "far.token_unreachable"
