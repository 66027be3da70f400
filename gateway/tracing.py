"""W3C Trace Context in and out, as the outermost layer: every answer, also a refusal, carries its trace."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Trace:
    """One span of ours: 32 and 16 lower-case hex digits and the flags of the caller."""

    trace_id: str
    span_id: str
    flags: str

    @property
    def parent(self) -> str:
        """The `traceparent` value that names this span as the parent of what follows."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


def begin(header: str | None, random: Callable[[int], bytes]) -> Trace:
    """Join the caller's trace, or begin one when its header is absent or malformed (Trace Context §3.2.2)."""
    found = _PARENT.fullmatch(header.strip()) if header else None
    if found and found[1].strip("0") and found[2].strip("0"):
        return Trace(found[1], random(8).hex(), found[3])
    return Trace(random(16).hex(), random(8).hex(), "01")


def trace_of(scope: Scope) -> Trace:
    """The trace of a request that passed `Tracing`."""
    trace: Trace = scope["state"]["trace"]
    return trace


class Tracing:
    """Pure ASGI layer: puts the `Trace` into the scope and `traceparent` on the answer."""

    def __init__(self, app: ASGIApp, random: Callable[[int], bytes]) -> None:
        self.app = app
        self.random = random

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace = begin(Headers(scope=scope).get("traceparent"), self.random)
        scope.setdefault("state", {})["trace"] = trace

        async def traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["traceparent"] = trace.parent
            await send(message)

        await self.app(scope, receive, traced)
