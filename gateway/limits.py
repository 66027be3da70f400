"""What a body may be before anything else looks at it: size, media type, JSON rules. Pure ASGI.

A body that is too large is refused as soon as that is known: by its `Content-Length`, or when the counted bytes pass
the limit; the rest is never read.
"""

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import json_rules
from gateway.language import Language, preferred
from gateway.problems import Problem, respond
from gateway.tracing import trace_of

MEBIBYTE = 1024 * 1024
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Limits:
    """Check the body of every request that has one.

    `largest` is in bytes and holds where `larger` names no other limit for the path. `forms` are the paths that read a
    form instead of JSON. `own` are paths that judge their bodies themselves, with the way they answer problems.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        largest: int = MEBIBYTE,
        larger: Mapping[str, int] | None = None,
        forms: frozenset[str] = frozenset(),
        own: Mapping[str, Callable[[Problem, Language, str], Response]] | None = None,
    ) -> None:
        self.app = app
        self.largest = largest
        self.larger = dict(larger or {})
        self.forms = forms
        self.own = dict(own or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            body = await self._read(scope["path"], headers, receive)
            if body is None:
                return  # The caller hung up; nobody is there to be answered.
            if body and scope["path"] not in self.own:
                self._check(scope["path"], headers, body)
        except Problem as problem:
            language = preferred(headers.get("accept-language"))
            answer = self.own.get(scope["path"], respond)
            await answer(problem, language, trace_of(scope).trace_id)(scope, receive, send)
            return
        await self.app(scope, _Replay(body, receive), send)

    async def _read(self, path: str, headers: Headers, receive: Receive) -> bytes | None:
        limit = self.larger.get(path, self.largest)
        declared = headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            raise _too_large(limit)
        parts = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts += message.get("body", b"")
            if len(parts) > limit:
                raise _too_large(limit)
            if not message.get("more_body", False):
                return bytes(parts)

    def _check(self, path: str, headers: Headers, body: bytes) -> None:
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem("body.encoding")
        wanted = FORM if path in self.forms else JSON
        media, _, parameters = headers.get("content-type", "").partition(";")
        charset = parameters.strip().lower().replace(" ", "").replace('"', "")
        if media.strip().lower() != wanted or charset not in {"", "charset=utf-8"}:
            raise Problem("body.media_type", (f"نوع محتوا باید {wanted} باشد.", f"Send {wanted} in UTF-8."))
        if wanted == JSON:
            json_rules.check(body)


class _Replay:
    """Hand the body that was read on to the application, then whatever the server says next."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self.body: bytes | None = body
        self.receive = receive

    async def __call__(self) -> Message:
        if self.body is None:
            return await self.receive()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _too_large(limit: int) -> Problem:
    # The rest of the body stays unread, so the connection cannot carry another request.
    detail = (f"بیش از {limit} بایت پذیرفته نیست.", f"More than {limit} bytes are not accepted.")
    return Problem("body.too_large", detail, headers={"Connection": "close"})
