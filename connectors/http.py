"""HTTP to the outside: the one place that knows the client library, and exactly when a request has left.

    TransportError
    ├── NotSent         not one byte of the request left this machine: surely no effect
    ├── AnswerLost      the request was begun, a whole answer never came: the effect is unknown
    └── ReplyTooLarge   an answer came that is larger than may be read

The library's own errors do not tell these apart (a server that disconnects after the request shows as a time-out while
connecting), so a trace hook notes the instant before the first byte of the head is written.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from pki.tls import client_context

#: Bytes of a reply that are read at most.
REPLY_LIMIT = 4 * 1024 * 1024

#: Seconds an idle connection is kept. Shorter than servers usually wait, so that few requests meet a closing one.
KEEP_ALIVE = 4.0

_ALWAYS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": f"python-httpx/{httpx.__version__}"}

_departure: ContextVar["_Departure | None"] = ContextVar("_departure", default=None)


class TransportError(Exception):
    """A call that brought no usable reply."""


class NotSent(TransportError):
    """The request never left."""


class AnswerLost(TransportError):
    """The request may have arrived; no whole answer came back."""


class ReplyTooLarge(TransportError):
    """The answer is larger than the limit."""


@dataclass(slots=True)
class _Departure:
    """Whether the request of the current task has begun to leave."""

    begun: bool = False


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole reply. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def _note_departure(*_: object) -> None:
    if (departure := _departure.get()) is not None:
        departure.begun = True


#: The context of who trusts what the machine trusts. Reading its trust store costs tens of milliseconds.
_usual = lru_cache(maxsize=1)(client_context)


#: Addresses read once. Only those of calls with a body: without one, what is asked stands in the address.
_parsed = lru_cache(maxsize=64)(httpx.URL)


class HttpClient:
    """Connections to one system. Redirects are not followed; certificates are always checked.

    `tls` is made by `pki.tls.client_context`; without it the machine's own trust store counts. `connect` is the limit
    in seconds for reaching the system, `connections` the most that are open at once.
    """

    def __init__(
        self,
        *,
        connect: float = 5.0,
        connections: int = 16,
        tls: ssl.SSLContext | None = None,
        reply_limit: int = REPLY_LIMIT,
    ) -> None:
        self._connect = connect
        self._connections = connections
        self._reply_limit = reply_limit
        self._tls = tls or _usual()
        # The transport by itself: httpx's client around it costs more than the exchange, and all it would add is
        # redirects, cookies, proxies and credentials from the environment, none of which may be used here.
        self._transport = AiohttpTransport(verify=self._tls, client=self._session)
        self._closed = False

    def _session(self) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_note_departure)
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls, limit=self._connections, keepalive_timeout=KEEP_ALIVE, enable_cleanup_closed=False
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trace_configs=[trace],
        )
        # It would send GET, PUT and DELETE a second time by itself; only the runtime may decide that.
        session._retry_connection = False  # noqa: SLF001 - there is no public switch.
        return session

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None, timeout: float
    ) -> HttpReply:
        """Make one call and read its whole reply. `timeout` in seconds bounds everything, waiting for a connection too.

        Raises NotSent, AnswerLost, ReplyTooLarge.
        """
        departure = _Departure()
        token = _departure.set(departure)
        try:
            async with asyncio.timeout(timeout):
                return await self._send(method, url, headers, content, timeout)
        except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError) as problem:
            what = f"{type(problem).__name__}: {problem}"
            if departure.begun:
                raise AnswerLost(what) from problem
            raise NotSent(what) from problem
        finally:
            _departure.reset(token)

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout: float
    ) -> HttpReply:
        if self._closed:
            raise RuntimeError("the client is closed")
        request = httpx.Request(
            method,
            url if content is None else _parsed(url),
            headers=_ALWAYS | {name.lower(): value for name, value in headers.items()},
            content=content,
            # The caller bounds the whole; only reaching the system has a limit of its own.
            extensions={"timeout": {"connect": min(self._connect, timeout)}},
        )
        reply = await self._transport.handle_async_request(request)
        try:
            body = bytearray()
            # The stream itself is half the price of httpx's decoding, which is for those who encode unasked.
            chunks = reply.aiter_bytes() if "content-encoding" in reply.headers else reply.stream
            async for chunk in chunks:  # type: ignore[union-attr]  # The aiohttp transport's stream is asynchronous.
                body += chunk
                if len(body) > self._reply_limit:
                    raise ReplyTooLarge(f"the reply is larger than {self._reply_limit} bytes")
        finally:
            await reply.aclose()
        return HttpReply(reply.status_code, dict(reply.headers), bytes(body))

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        await self._transport.aclose()
