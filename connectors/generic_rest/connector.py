"""How a system known by its OpenAPI file is reached: requests say what goes into path, query, header, body."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from connectors.http import HttpReply
from connectors.port import Call, Connector, Json
from connectors.reach import Reach
from connectors.rest import RestConnector, http_facts, read_json
from connectors.transport import HttpCall


def create(reach: Reach) -> Connector:
    """The connector of one folder of this kind."""
    return GenericRest(reach)


class GenericRest(RestConnector):
    """Sends `{"path", "query", "header", "body"}`, gives back `{"body": …}` or `{"$text": …}`, with `$http`."""

    def call_for(self, operation: str, native: Mapping[str, Json], call: Call) -> HttpCall:
        """The request as the native message lays it out."""
        http = self.reach.manifest.operations[operation].http
        if http is None:
            raise LookupError(f"{self.reach.manifest.name}.{operation} has no method and path in its manifest")
        path = http.path
        for name, value in native.get("path", {}).items():
            path = path.replace("{" + name + "}", quote(_text(value), safe=""))
        query = [(name, part) for name, value in native.get("query", {}).items() for part in _parts(value)]
        headers = {"accept": "application/json"}
        headers |= {name: _text(value) for name, value in native.get("header", {}).items()}
        if call.trace_parent:
            headers["traceparent"] = call.trace_parent
        address = f"{path}?{urlencode(query)}" if query else path
        if "body" not in native:
            return HttpCall(http.method, address, headers)
        body = native["body"]
        if http.form:
            pairs = [(name, part) for name, value in body.items() for part in _parts(value)]
            headers["content-type"] = "application/x-www-form-urlencoded"
            return HttpCall(http.method, address, headers, urlencode(pairs).encode())
        headers["content-type"] = "application/json; charset=utf-8"
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return HttpCall(http.method, address, headers, content)

    def read(self, operation: str, reply: HttpReply) -> Json:  # noqa: ARG002 - the shape of RestConnector.
        """The reply under `body`, whatever kind of JSON it is."""
        facts = http_facts(reply)
        if not reply.body:
            return {"$http": facts}
        native = read_json(reply)
        if isinstance(native, dict):
            native.pop("$http", None)
            if set(native) == {"$text"}:
                return {**native, "$http": facts}
        return {"body": native, "$http": facts}


def _parts(value: Any) -> list[str]:
    """A list becomes a parameter repeated (OpenAPI's `form` style, exploded)."""
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
