"""Answers as JSON, written by orjson."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response


class JsonReply(Response):
    """A JSON answer that no cache keeps: everything behind a credential is the caller's own."""

    media_type = "application/json"

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(orjson.dumps(content), status_code, {"Cache-Control": "no-store"} | dict(headers or {}))


class PublicReply(JsonReply):
    """A JSON answer that anyone may read and keep for a minute."""

    def __init__(self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content, status_code, {"Cache-Control": "public, max-age=60"} | dict(headers or {}))
