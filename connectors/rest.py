"""REST connectors: a native object becomes a request, a reply of whatever encoding becomes a native object."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from connectors.http import HttpReply
from connectors.port import Call, Json
from connectors.reach import Reach
from connectors.transport import HttpCall, Line

_PLACE = re.compile(r"\{([^{}]+)\}")
_BODILESS = frozenset({"GET", "DELETE"})
_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


class RestConnector:
    """Reaches a REST system as its manifest describes. A folder with special wishes overrides `call_for` or `read`."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._line = Line(reach)

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Send the native request, give back the native reply whatever its HTTP status says."""
        reply = await self._line.send(operation, self.call_for(operation, native, call), timeout=timeout)
        return self.read(operation, reply)

    def call_for(self, operation: str, native: Mapping[str, Json], call: Call) -> HttpCall:
        """Method and path of the manifest; `{Name}` in the path is taken out of the native request.

        What is left goes into the query (GET, DELETE; null is left out) or into a JSON body.
        """
        http = self.reach.manifest.operations[operation].http
        if http is None:
            raise LookupError(f"{self.reach.manifest.name}.{operation} has no method and path in its manifest")
        rest = dict(native)
        path = _PLACE.sub(lambda found: quote(str(rest.pop(found[1])), safe=""), http.path)
        headers = {"accept": "application/json"}
        if call.trace_parent:
            headers["traceparent"] = call.trace_parent
        if http.method in _BODILESS:
            query = urlencode({name: _in_query(value) for name, value in rest.items() if value is not None}, doseq=True)
            return HttpCall(http.method, f"{path}?{query}" if query else path, headers)
        content = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode()
        return HttpCall(http.method, path, {**headers, "content-type": "application/json; charset=utf-8"}, content)

    def read(self, operation: str, reply: HttpReply) -> Json:  # noqa: ARG002 - for folders that override.
        """The reply as JSON, `{"$text": …}` where it is none. An object carries `$http`."""
        return read_json(reply)

    async def close(self) -> None:
        """Close every connection."""
        await self._line.close()


def read_json(reply: HttpReply) -> Json:
    """Decode a JSON reply. Integers keep every digit; text spoilt by a wrong encoding is repaired."""
    text = decode(reply.body, reply.headers.get("content-type", ""))
    try:
        native = repair(json.loads(text, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        native = {"$text": _repaired(text)}
    if isinstance(native, dict):
        native["$http"] = http_facts(reply)
    return native


def http_facts(reply: HttpReply) -> dict[str, int]:
    """What a native reply says of its carrier: `status`, and `retry_after` in seconds (RFC 9110 §10.2.3) if given."""
    wait = reply.headers.get("retry-after", "")
    return {"status": reply.status} | ({"retry_after": int(wait)} if wait.isascii() and wait.isdigit() else {})


def decode(body: bytes, content_type: str) -> str:
    """The body as text: UTF-8 if it can be, else the named encoding, else windows-1256, which can read anything."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        named = _CHARSET.search(content_type)
    if named:
        try:
            return body.decode(named[1])
        except (LookupError, UnicodeDecodeError):
            return body.decode("cp1256")
    return body.decode("cp1256")


def repair(native: Any) -> Any:
    """Undo UTF-8 read as windows-1256, string by string, where the way back gives valid UTF-8; else keep the text."""
    if isinstance(native, str):
        return _repaired(native)
    if isinstance(native, list):
        return [repair(item) for item in native]
    if isinstance(native, dict):
        return {_repaired(name): repair(value) for name, value in native.items()}
    return native


def _repaired(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("cp1256").decode("utf-8")
    except UnicodeError:
        return text


def _in_query(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
