"""The load generator's HTTP: one keep-alive connection that carries one request at a time, with no client library."""

import asyncio
from typing import cast

from benchmarks.stub import length_of


class Broken(Exception):
    """The far side closed the connection, or was not there."""


class Wire(asyncio.Protocol):
    """One connection. `ask` returns (status, body)."""

    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance.

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Broken(str(exc or "closed")))

    @property
    def open(self) -> bool:
        return self._transport is not None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send one whole request. Raises Broken."""
        if self._transport is None:
            raise Broken("not connected")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end]
        if b"transfer-encoding: chunked" in head.lower():
            if not self._buffer.endswith(b"0\r\n\r\n"):
                return
            body = _unchunked(self._buffer[end + 4 :])
        else:
            size = length_of(head)
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4 : end + 4 + size]
        self._buffer = b""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result((int(head[9:12]), body))

    async def again(self, port: int) -> None:
        """Connect anew after the connection broke. Raises Broken."""
        self._buffer, self._waiting = b"", None
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        except OSError as refused:
            raise Broken(str(refused)) from refused

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


def _unchunked(data: bytes) -> bytes:
    body = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            break
        body += rest[:length]
        data = rest[length + 2 :]
    return body


async def connect(port: int) -> Wire:
    """Open one connection to this machine. Raises Broken."""
    try:
        _, wire = await asyncio.get_running_loop().create_connection(Wire, "127.0.0.1", port)
    except OSError as refused:
        raise Broken(str(refused)) from refused
    return wire


def request(method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request, whole."""
    lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", *(f"{k}: {v}" for k, v in (headers or {}).items())]
    if body or method == "POST":
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
