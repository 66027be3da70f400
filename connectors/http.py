"""HTTP to the outside: the one place that knows the client library, and exactly when a request has left.

    TransportError
    ├── NotSent         not one byte of the request left this machine: surely no effect
    ├── AnswerLost      the request was begun, a whole answer never came: the effect is unknown
    └── ReplyTooLarge   an answer came that is larger than may be read

The library's own errors do not tell these apart (a server that disconnects after the request shows as a time-out while
connecting), so the request itself notes the instant before the first byte of the head is written.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from pki.tls import client_context

#: Bytes of a reply that are read at most.
REPLY_LIMIT = 4 * 1024 * 1024

#: Seconds an idle connection is kept. Shorter than servers usually wait, so that few requests meet a closing one.
KEEP_ALIVE = 4.0

_ALWAYS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "peyvand"}

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


class _Request(aiohttp.ClientRequest):
    """Notes its departure: `send` is called with a connection at hand, and the first thing it does is to write.

    The library's trace hooks would tell the same, and cost a tenth of the whole exchange.
    """

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        """Send the request over a connection."""
        if (departure := _departure.get()) is not None:
            departure.begun = True
        return await super().send(conn)


#: The context of who trusts what the machine trusts. Reading its trust store costs tens of milliseconds.
_usual = lru_cache(maxsize=1)(client_context)


def _target(url: str) -> URL:
    """Write an address as it goes over the line. What is escaped stays as it is, what must be escaped is."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"no address of a web service: {url}")
    return URL(quote(url, safe="%/:?#[]@!$&'()*+,;=~"), encoded=True)


#: Addresses read once. Only those of calls with a body: without one, what is asked stands in the address.
_known_target = lru_cache(maxsize=64)(_target)


@lru_cache(maxsize=64)
def _reaching(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=seconds)


def _in_lower_case(headers: Mapping[str, str]) -> dict[str, str]:
    """One value for a name; those of a header that came more than once are joined (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


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
        self._made: aiohttp.ClientSession | None = None
        self._closed = False

    def _session(self) -> aiohttp.ClientSession:
        """The one session, made inside of the loop that uses it."""
        if self._made is not None:
            return self._made
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._tls, limit=self._connections, keepalive_timeout=KEEP_ALIVE, enable_cleanup_closed=False
            ),
            headers=_ALWAYS,
            skip_auto_headers=("content-type",),
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_Request,
        )
        # It would send GET, PUT and DELETE a second time by itself; only the runtime may decide that.
        session._retry_connection = False  # noqa: SLF001 - there is no public switch.
        self._made = session
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
        except (aiohttp.ClientError, OSError, ValueError) as problem:
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
        call = self._session().request(
            method,
            (_target if content is None else _known_target)(url),
            headers=headers,
            data=content or None,
            allow_redirects=False,
            # The caller bounds the whole; only reaching the system has a limit of its own.
            timeout=_reaching(min(self._connect, timeout)),
        )
        async with call as reply:
            stream = reply.content
            body = bytearray()
            while not stream.at_eof() and len(body) <= self._reply_limit:
                body += await stream.readany()
            if len(body) > self._reply_limit:
                reply.close()  # The rest of it stays unread.
                raise ReplyTooLarge(f"the reply is larger than {self._reply_limit} bytes")
            return HttpReply(reply.status, _in_lower_case(reply.headers), bytes(body))

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._made is not None:
            await self._made.close()
