"""The one question that matters: did the request leave? Against raw sockets, since a server library is too polite."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from connectors.http import AnswerLost, HttpClient, HttpReply, NotSent, ReplyTooLarge
from pki.certificates import create_authority
from pki.tls import client_context

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def client(**options: object) -> AsyncIterator[HttpClient]:
    made = HttpClient(connect=1.0, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        await made.close()


async def ask(made: HttpClient, url: str, *, method: str = "POST", timeout: float = 5.0) -> HttpReply:
    return await made.send(method, url, headers={}, content=b"{}", timeout=timeout)


def replying(raw: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    return talk


async def test_a_whole_reply() -> None:
    raw = b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\nX-Thing: a\r\n\r\nok"
    async with server(replying(raw)) as url, client() as made:
        reply = await ask(made, url)
    assert (reply.status, reply.body, reply.headers["x-thing"]) == (299, b"ok", "a")


async def test_nobody_listens() -> None:
    async with client() as made:
        with pytest.raises(NotSent):
            await ask(made, "http://127.0.0.1:1")


async def test_an_address_that_is_none() -> None:
    async with client() as made:
        for url in ("http://no-such-host.invalid/", "http:///nowhere", "ftp://127.0.0.1/"):
            with pytest.raises(NotSent):
                await ask(made, url)


async def test_tls_that_fails_sends_nothing() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"this is no handshake")

    async with server(talk) as url, client() as made:
        with pytest.raises(NotSent):
            await ask(made, url.replace("http:", "https:"))


async def test_a_private_trust_store_replaces_the_machines_own() -> None:
    authority = create_authority("A test authority", now=datetime.now(UTC), days=1)
    async with client(tls=client_context(trust_pem=authority.cert_pem.decode())) as made:
        assert len(made._tls.get_ca_certs()) == 1
        assert made._tls.verify_mode.name == "CERT_REQUIRED"
        assert made._tls.check_hostname


@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "DELETE"])
async def test_silence_then_hanging_up_is_an_answer_lost_and_asked_once(method: str) -> None:
    asked = 0

    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1

    async with server(talk) as url, client() as made:
        with pytest.raises(AnswerLost):
            await ask(made, url, method=method)
    assert asked == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_kept_connection_that_breaks_is_not_tried_again_behind_our_back(method: str) -> None:
    asked = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while await reader.readuntil(b"\r\n\r\n"):
            asked += 1
            if asked == 2:
                return
            await reader.readexactly(2)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with server(talk) as url, client() as made:
        await ask(made, url, method=method)
        with pytest.raises(AnswerLost):
            await ask(made, url, method=method)
    assert asked == 2


async def test_too_late_is_an_answer_lost() -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(talk) as url, client() as made:
        with pytest.raises(AnswerLost):
            await ask(made, url, timeout=0.1)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
        b"no HTTP at all\r\n\r\n",
    ],
)
async def test_a_reply_that_is_not_whole_is_an_answer_lost(raw: bytes) -> None:
    async with server(replying(raw)) as url, client() as made:
        with pytest.raises(AnswerLost):
            await ask(made, url)


async def test_a_reply_beyond_the_limit() -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"x" * 101
    async with server(replying(raw)) as url, client(reply_limit=100) as made:
        with pytest.raises(ReplyTooLarge):
            await ask(made, url)


async def test_redirects_are_replies() -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n"
    async with server(replying(raw)) as url, client() as made:
        assert (await ask(made, url)).status == 302


async def test_waiting_for_a_free_connection_sends_nothing() -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with server(talk) as url, client(connections=1) as made:
        first = asyncio.create_task(ask(made, url, timeout=0.4))
        await asyncio.sleep(0.05)  # Until the first call holds the only connection.
        with pytest.raises(NotSent):
            await ask(made, url, timeout=0.1)
        with pytest.raises(AnswerLost):
            await first
