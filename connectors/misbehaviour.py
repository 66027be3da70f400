"""The faults any HTTP service can show, acted out around a simulator."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.faults import Fault, FaultKind, FaultMenu

_MAINTENANCE = "<!DOCTYPE html><html lang=fa dir=rtl><title>خطا</title><h1>سامانه در دست به‌روزرسانی است</h1></html>"
_ARABIC_LETTERS = str.maketrans("یک۰۱۲۳۴۵۶۷۸۹", "يك0123456789")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a simulator sees of a request before it answers. `path` is relative to the simulator's mount."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    scope: Scope


OperationOf = Callable[[Asked], str | None]
ErrorReply = Callable[[FaultKind, str], Response | None]


class UnfinishedReplies(logging.Filter):
    """Drops uvicorn's complaint about the replies that are broken off on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record but the one about an unfinished response."""
        return "returned without completing response" not in record.getMessage()


class Misbehaving:
    """ASGI middleware that acts out the armed faults of `menu` for the operation a request belongs to."""

    def __init__(self, app: ASGIApp, menu: FaultMenu, operation_of: OperationOf, error_reply: ErrorReply) -> None:
        self._app = app
        self._menu = menu
        self._operation_of = operation_of
        self._error_reply = error_reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, well or badly."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        asked = Asked(
            method=scope["method"],
            path=str(scope["path"]).removeprefix(str(scope.get("root_path", ""))) or "/",
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
            scope=scope,
        )
        operation = self._operation_of(asked)
        if operation is None:
            await self._app(scope, _replayed(body, receive), send)
            return
        if fault := self._menu.take(FaultKind.DELAY, operation):
            await asyncio.sleep(fault.number("seconds", 1.0))
        if fault := self._menu.take(FaultKind.HANG, operation):
            await _wait_for_disconnect(receive, fault.number("seconds", 300.0))
            await _break_off(send, b"", 1)
            return
        if (instead := self._instead(operation)) is not None:
            await instead(scope, _replayed(body, receive), send)
            return
        await self._after(operation, scope, _replayed(body, receive), send)

    def _instead(self, operation: str) -> Response | None:
        """A reply given instead of doing anything: no effect happens."""
        for kind, otherwise in _INSTEAD.items():
            if fault := self._menu.take(kind, operation):
                return self._error_reply(kind, operation) or otherwise(fault)
        if self._menu.take(FaultKind.HTTP_200_ERROR, operation):
            reply = self._error_reply(FaultKind.HTTP_200_ERROR, operation)
            return reply or PlainTextResponse("خطا در سامانه")
        return None

    async def _after(self, operation: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the simulator do the work, then damage its reply on the way out."""
        start: Message = {}
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        await self._app(scope, receive, collect)
        body = b"".join(chunks)
        headers = dict(start["headers"])
        if self._menu.take(FaultKind.HTTP_299, operation):
            own = self._error_reply(FaultKind.HTTP_299, operation)
            body = bytes(own.body) if own else body
            start["status"] = 299
        if self._menu.take(FaultKind.CP1256, operation):
            body = _in_windows_1256(body)
            media = headers.get(b"content-type", b"application/json").split(b";")[0]
            headers[b"content-type"] = media + b"; charset=windows-1256"
        if self._menu.take(FaultKind.MOJIBAKE, operation):
            body = body.decode("cp1256").encode()
        if self._menu.take(FaultKind.TRUNCATED, operation):
            body = body[: len(body) * 2 // 3]
        if self._menu.take(FaultKind.LOST_ANSWER, operation):
            await _break_off(send, b"", len(body) + 1)
            return
        if self._menu.take(FaultKind.RESET, operation):
            await _break_off(send, body[: len(body) // 2], len(body) + 1)
            return
        headers[b"content-length"] = str(len(body)).encode()
        await send({**start, "headers": list(headers.items())})
        await send({"type": "http.response.body", "body": body})


def _plain_text(_: Fault) -> Response:
    return PlainTextResponse("نام کاربری یا گذرواژه نادرست است")


_INSTEAD: dict[FaultKind, Callable[[Fault], Response]] = {
    FaultKind.HTTP_401: lambda _: Response(status_code=401, headers={"www-authenticate": "Bearer"}),
    FaultKind.HTTP_500: lambda _: PlainTextResponse("Internal Server Error", status_code=500),
    FaultKind.PLAIN_TEXT: _plain_text,
    FaultKind.HTML: lambda _: HTMLResponse(_MAINTENANCE),
    FaultKind.OVERSIZE: lambda fault: Response(
        b" " * int(fault.number("bytes", 5 * 1024 * 1024)), media_type="application/json"
    ),
}


def _in_windows_1256(body: bytes) -> bytes:
    """What an old system writes: Arabic ye and kaf, ASCII digits, and the encoding's own name in an XML prologue."""
    text = body.decode().translate(_ARABIC_LETTERS)
    for name in ("UTF-8", "utf-8"):
        text = text.replace(f"encoding='{name}'", "encoding='windows-1256'", 1)
        text = text.replace(f'encoding="{name}"', 'encoding="windows-1256"', 1)
    return text.encode("cp1256", errors="replace")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """`receive` for an application whose request was read before it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _wait_for_disconnect(receive: Receive, seconds: float) -> None:
    """Until the client has left, or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass


async def _break_off(send: Send, sent: bytes, promised: int) -> None:
    """Promise `promised` bytes, send fewer: the server closes the connection under the client's feet."""
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", str(promised).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if sent:
        await send({"type": "http.response.body", "body": sent, "more_body": True})
