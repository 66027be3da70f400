"""How an internal system calls the hub: plain JSON over HTTP, one key, one code."""

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.http import HttpClient

LONGEST = 60.0
"""Seconds a call of the story may take."""


class Unexpected(Exception):
    """The hub or a simulator answered something the story does not foresee."""


class Caller:
    """One participant with its key, or nobody (`key` empty) at a simulator's control routes."""

    def __init__(self, http: HttpClient, base_url: str, key: str = "") -> None:
        self._http = http
        self._base_url = base_url
        self._key = key

    async def get(self, path: str) -> Any:
        """Read. Raises Unexpected for anything but 2xx."""
        return await self.send("GET", path)

    async def post(self, path: str, body: Mapping[str, Any], *, wait: int = 0, key: str = "") -> Any:
        """Send JSON, waiting up to `wait` seconds for the answer. Raises Unexpected for anything but 2xx."""
        headers = {"idempotency-key": key} if key else {}
        if wait:
            headers["prefer"] = f"wait={wait}"
        return await self.send("POST", path, body, headers)

    async def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Make one call. Raises Unexpected."""
        sent = {"accept-language": "fa", **(headers or {})}
        if self._key:
            sent["authorization"] = f"Bearer {self._key}"
        if body is not None:
            sent["content-type"] = "application/json"
        content = orjson.dumps(body) if body is not None else None
        reply = await self._http.send(method, self._base_url + path, headers=sent, content=content, timeout=LONGEST)
        if reply.status // 100 != 2:  # noqa: PLR2004 - the class of statuses that mean yes.
            raise Unexpected(f"{method} {path}: {reply.status} {reply.body.decode(errors='replace')[:500]}")
        return orjson.loads(reply.body) if reply.body else None
