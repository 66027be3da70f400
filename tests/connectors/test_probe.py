"""What an administrator is told of a wrong address, certificate or credential, each shown by a real far side."""

import asyncio
import ssl
import string
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.auth_profiles import BasicAuth, OauthClientCredentials
from connectors.manifest import HttpRequest, Manifest, Operation
from connectors.port import Effect
from connectors.probe import examine
from connectors.probe_words import WORDS, Severity
from connectors.reach import ConnectorSettings, Reach
from connectors.serving import listen
from pki.certificates import create_authority
from pki.tls import server_context

NOW = datetime.now(UTC)
AUTHORITY = create_authority("a test authority", now=NOW, days=2)
SECRETS = {"username": "user", "password": "hunter2", "client_id": "hub", "client_secret": "hunter2"}


@asynccontextmanager
async def far_side(reply: Callable[[bytes], bytes] | bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(reply(head) if callable(reply) else reply)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


def http(status: str, body: bytes = b"{}", kind: str = "application/json", date: datetime = NOW) -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    return f"{head}date: {format_datetime(date)}\r\nconnection: close\r\n\r\n".encode() + body


async def told(address: str, auth: Any = None, secrets: dict[str, str] | None = None, **settings: Any) -> list[Any]:
    operation = Operation.model_construct(
        effect=Effect.READ, auth=None, http=HttpRequest(method="POST", path="/ask"), soap=None
    )
    manifest = Manifest.model_construct(
        name="far", auth=auth or BasicAuth(), operations={"ask": operation}, hours=None, soap=None
    )
    known = {name: SecretStr(value) for name, value in (SECRETS if secrets is None else secrets).items()}
    chosen = ConnectorSettings(address=address, credentials=known, **settings)
    findings = await examine(Reach(manifest, Path(), address, chosen, lambda: NOW), patience=1.5)
    assert "hunter2" not in str(findings), "no secret is told"
    assert [one.severity for one in findings[:-1]].count(Severity.FAULT) == 0, "it ends at the first that is wrong"
    return [one.code for one in findings]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http("200 OK"), "http.good"),
        (http("405 Method Not Allowed"), "http.good"),
        (http("401 Unauthorized"), "http.unauthorised"),
        (http("403 Forbidden", b"<html>", "text/html"), "http.unauthorised"),
        (http("404 Not Found"), "http.path"),
        (http("407 Proxy Authentication Required"), "http.proxy"),
        (http("200 OK", b"<!DOCTYPE html><title>x</title>", "text/plain"), "http.page"),
        (http("503 Service Unavailable"), "http.fault"),
        (http("500 Internal Server Error"), "http.fault"),
        (lambda head: http("422 No") if head.startswith(b"POST /ask ") else http("405 No"), "http.good"),
        (b"", "http.silent"),
        (b"this is no HTTP\r\n\r\n", "http.silent"),
    ],
)
async def test_what_the_service_says(reply: Any, code: str) -> None:
    async with far_side(reply) as port:
        assert (await told(f"http://127.0.0.1:{port}"))[-2:] == ["tcp.good", code]


async def test_the_address() -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    assert await told(f"http://127.0.0.1:{port}") == ["tcp.refused"]
    assert await told("http://no-such-host.invalid") == ["address.unencrypted", "dns.unknown"]


async def test_clocks_that_differ_are_told_and_stop_nothing() -> None:
    async with far_side(http("200 OK", date=NOW + timedelta(minutes=10))) as port:
        assert (await told(f"http://127.0.0.1:{port}"))[-2:] == ["clock.skew", "http.good"]


async def test_a_server_that_says_in_http_that_it_wants_a_certificate() -> None:
    said = http("400 Bad Request", b"<html>No required SSL certificate was sent</html>", "text/html")
    async with far_side(said) as port:
        assert (await told(f"http://127.0.0.1:{port}"))[-1] == "tls.client_refused"


async def test_settings_come_first() -> None:
    lacking = await told("http://127.0.0.1:1", secrets={"username": "user"})
    assert lacking == ["credential.missing"]
    assert await told("http://127.0.0.1:1", enabled=False) == ["switch.off"]
    assert await told("http://127.0.0.1:1", trust_file=Path("/nowhere/root.pem")) == ["tls.settings"]


async def test_the_token_endpoint() -> None:
    auth = OauthClientCredentials(token_path="/token")
    for reply, code in ((http("401 Unauthorized"), "token.refused"), (http("404 Not Found"), "token.failed")):
        async with far_side(reply) as port:
            assert (await told(f"http://127.0.0.1:{port}", auth))[-1] == code
    async with far_side(
        lambda head: http("200 OK", b'{"access_token": "t"}') if b"/token" in head else http("415 No")
    ) as port:
        assert (await told(f"http://127.0.0.1:{port}", auth))[-1] == "http.good"


async def test_certificates(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(AUTHORITY.cert_pem)

    def issued(*, dns: str = "localhost", now: datetime = NOW) -> ssl.SSLContext:
        return server_context(AUTHORITY.issue(dns, now=now, days=1, dns=[dns]))

    for context, trust, code in (
        (issued(), roots, "http.good"),
        (issued(), None, "tls.issuer"),
        (issued(dns="elsewhere.example"), roots, "tls.host"),
        (issued(now=NOW - timedelta(days=5)), roots, "tls.expired"),
        (issued(now=NOW + timedelta(days=1)), roots, "tls.not_yet"),
    ):
        async with far_side(http("200 OK"), context) as port:
            assert (await told(f"https://localhost:{port}", trust_file=trust))[-1] == code
    async with far_side(http("200 OK")) as port:
        assert (await told(f"https://localhost:{port}", trust_file=roots))[-1] == "tls.failed"


async def test_a_far_side_that_wants_to_know_who_connects(tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_bytes(AUTHORITY.cert_pem)
    strict = server_context(AUTHORITY.issue("localhost", now=NOW, days=1, dns=["localhost"]))
    strict.load_verify_locations(cadata=AUTHORITY.cert_pem.decode())
    strict.verify_mode = ssl.CERT_REQUIRED
    mine = AUTHORITY.issue("municipality", now=NOW, days=1)
    shown = {"client_certificate": mine.cert_pem.decode(), "client_key": mine.key_pem.decode()}
    async with far_side(http("200 OK"), strict) as port:
        address = f"https://localhost:{port}"
        # asyncio's server drops its alert; others send it, and nginx answers HTTP 400.
        assert (await told(address, trust_file=roots))[-1] in {"tls.hung_up", "tls.client_refused"}
        assert (await told(address, secrets=SECRETS | shown, trust_file=roots))[-1] == "http.good"


def test_every_finding_has_words_in_both_languages_about_the_same_things() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for code, words in WORDS.items():
        assert words.fa, code
        assert words.en, code
        assert places(words.fa) - {"title_fa"} == places(words.en) - {"title_en"}, code
        if words.severity is Severity.FAULT:
            assert words.do_fa, code
            assert words.do_en, code
