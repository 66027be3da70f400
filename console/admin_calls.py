"""The pages' way to the admin API: the same application, in the same process, with the reader's own session.

Nothing is sent anywhere: a request is handed to the gateway as a server would hand it over. So every page passes the
same guard, the same matrix of roles, the same checks and the same journal as a caller of `/v1/admin`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Scope

from gateway.admin.guard import CSRF_HEADER
from gateway.admin.roles import BASE
from gateway.language import Language
from gateway.tracing import trace_of

PASSED_ON = ("cookie", "host", "origin", "user-agent")
"""Headers of the reader that the gateway looks at."""
LEAST_REFUSAL = 400


class AdminRefusal(Exception):
    """The admin API said no. `problem` is its RFC 9457 document."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Headers) -> None:
        super().__init__(problem.get("code", status))
        self.status = status
        self.problem = problem
        self.headers = headers

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return str(self.problem.get("code", "internal"))

    def fields(self) -> dict[str, str]:
        """What is wrong, by the first step of each pointer: for the form's own fields."""
        return {
            str(error["pointer"]).strip("/").partition("/")[0]: str(error["message"])
            for error in self.problem.get("errors", ())
        }


@dataclass(frozen=True, slots=True)
class AdminReply:
    """A good answer of the admin API."""

    status: int
    headers: Headers
    body: Any

    @property
    def cookies(self) -> list[str]:
        """The `Set-Cookie` headers, to be handed on."""
        return self.headers.getlist("set-cookie")


@dataclass(frozen=True, slots=True)
class AdminApi:
    """The admin API for one request of one reader. Paths are below `/v1/admin`."""

    app: ASGIApp
    outer: Scope
    language: Language
    csrf: str = ""

    async def get(self, path: str, **query: object) -> Any:
        """Read. Parameters that are None or empty are left out. Raises AdminRefusal."""
        asked = urlencode({name: value for name, value in query.items() if value not in {None, ""}})
        return (await self.call("GET", path, query=asked)).body

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Change. Raises AdminRefusal."""
        return (await self.call("POST", path, body=body)).body

    async def call(
        self, method: str, path: str, *, body: Mapping[str, Any] | None = None, query: str = ""
    ) -> AdminReply:
        """Hand one call over and wait for its answer. Raises AdminRefusal."""
        sent = b"" if body is None else orjson.dumps(body)
        messages: list[Message] = []
        pending = [{"type": "http.request", "body": sent, "more_body": False}]

        async def receive() -> Message:
            return pending.pop() if pending else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.app(self._scope(method, path, query, sent), receive, send)
        start = next(one for one in messages if one["type"] == "http.response.start")
        content = b"".join(one.get("body", b"") for one in messages if one["type"] == "http.response.body")
        headers = Headers(raw=start["headers"])
        found = orjson.loads(content) if content else None
        if start["status"] >= LEAST_REFUSAL:
            raise AdminRefusal(start["status"], found or {}, headers)
        return AdminReply(start["status"], headers, found)

    def _scope(self, method: str, path: str, query: str, body: bytes) -> Scope:
        address = BASE + path
        given = Headers(scope=self.outer)
        headers = [(name.encode(), value.encode("latin-1")) for name in PASSED_ON if (value := given.get(name))]
        headers += [
            (b"accept-language", self.language.encode()),
            (b"traceparent", trace_of(self.outer).parent.encode()),
            (CSRF_HEADER.encode(), self.csrf.encode()),
        ]
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        kept = ("type", "asgi", "http_version", "scheme", "client", "server", "app")
        return {name: self.outer[name] for name in kept if name in self.outer} | {
            "method": method,
            "path": address,
            "raw_path": quote(address).encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": headers,
            "state": {},
        }
