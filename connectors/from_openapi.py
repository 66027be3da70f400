"""An OpenAPI file read as a contract: each method of each path is an operation.

The native request of an operation is `{"path": {…}, "query": {…}, "header": {…}, "body": …}`, its native reply
`{"body": …}`; `connectors/generic_rest` sends and reads just these.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.auth_profiles import ApiKey, Auth, BasicAuth, NoAuth, OauthClientCredentials
from connectors.contract import Contract, ContractOperation, ContractUnusable, snake, unlike
from connectors.openapi_document import Resolver, read_openapi
from connectors.port import Effect

METHODS: Final = ("get", "post", "put", "patch", "delete")
PLACES: Final = ("path", "query", "header")
MOST_OPERATIONS: Final = 300

#: RFC 9110 §9.2: what a method promises. PATCH and POST promise nothing.
_EFFECTS: Final = {"get": Effect.READ, "put": Effect.IDEMPOTENT, "delete": Effect.IDEMPOTENT}
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_OWN_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})


def from_openapi(raw: bytes) -> Contract:
    """The contract in the file. Raises ContractUnusable."""
    document = read_openapi(raw)
    reader = _Reader(document)
    info = document.get("info") if isinstance(document.get("info"), dict) else {}
    operations = tuple(reader.operations())
    if not operations:
        raise ContractUnusable("contract.empty", "/paths", "no operation can be made of this file")
    return Contract(
        title=str(info.get("title") or "OpenAPI"),  # type: ignore[union-attr]  # A dict, by the line above.
        version=str(info.get("version") or "1"),  # type: ignore[union-attr]
        operations=operations,
        auth=reader.auth(),
        address=reader.address(),
        notes=tuple(reader.notes),
    )


class _Reader:
    """Reads one document; what it must leave out is noted."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._resolver = Resolver(document)
        self._prefix = ""
        self.notes: list[str] = []
        self._taken: set[str] = set()

    def operations(self) -> Iterator[ContractOperation]:
        self._prefix = self._base_path()
        paths = self._document.get("paths")
        count = 0
        for path, raw_item in (paths if isinstance(paths, dict) else {}).items():
            item = self._resolver.follow(raw_item)
            for method in METHODS:
                declared = item.get(method) if isinstance(item, dict) else None
                if not isinstance(declared, dict):
                    continue
                count += 1
                if count > MOST_OPERATIONS:
                    raise ContractUnusable("contract.too_large", "/paths", f"more than {MOST_OPERATIONS} operations")
                made = self._operation(path, method, declared, item.get("parameters", []))
                if made is not None:
                    yield made

    def auth(self) -> Auth:
        """The profile of the first security scheme that the hub knows."""
        components = self._document.get("components")
        schemes = components.get("securitySchemes", {}) if isinstance(components, dict) else {}
        for name, raw in schemes.items():
            scheme = self._resolver.follow(raw)
            kind = (scheme.get("type"), str(scheme.get("scheme", scheme.get("in", ""))).lower())
            if kind == ("apiKey", "header"):
                return ApiKey(header=str(scheme.get("name")))
            if kind == ("http", "basic"):
                return BasicAuth()
            flow = (scheme.get("flows") or {}).get("clientCredentials") if kind[0] == "oauth2" else None
            if flow:
                path = urlsplit(str(flow.get("tokenUrl", ""))).path or "/oauth2/token"
                return OauthClientCredentials(token_path=path, scope=" ".join(flow.get("scopes") or {}))
            self.notes.append(f"security scheme {name!r} is none the hub has a profile for; [auth] must be set by hand")
        return NoAuth()

    def address(self) -> str | None:
        """The first server's origin, without the path: that goes into every operation."""
        parts = urlsplit(self._server())
        return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else None

    def _server(self) -> str:
        servers = self._document.get("servers")
        first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
        url = str(first.get("url", ""))
        for name, variable in (first.get("variables") or {}).items():
            url = url.replace("{" + name + "}", str(variable.get("default", "")))
        return url

    def _base_path(self) -> str:
        return urlsplit(self._server()).path.rstrip("/")

    def _operation(
        self, path: str, method: str, declared: Mapping[str, Any], shared: list[Any]
    ) -> ContractOperation | None:
        place = f"{method.upper()} {path}"
        name = snake(str(declared.get("operationId") or "")) or snake(f"{method} {path}")
        if not name.isascii() or not name[:1].isalpha():
            name = snake(f"{method} {path.encode('ascii', 'ignore').decode()}") or method
        request, body_example, form = self._request(declared, shared, place)
        if request is None:
            return None
        successes, answer, answer_example = self._answer(declared, place)
        if answer is None:
            return None
        return ContractOperation(
            name=unlike(name, self._taken),
            title=str(declared.get("summary") or declared.get("description") or name).strip().splitlines()[0][:200],
            effect=_EFFECTS.get(method, Effect.ONCE),
            method=method.upper(),
            path=self._prefix + path,
            request=request,
            answer=answer,
            form=form,
            successes=successes,
            refusals=tuple(sorted(int(status) for status in self._statuses(declared) if status.startswith("4"))),
            request_example=self._request_example(declared, shared, body_example),
            answer_example=answer_example,
        )

    def _parameters(self, declared: Mapping[str, Any], shared: list[Any]) -> list[dict[str, Any]]:
        """Parameters of the path, and of the operation, which win."""
        known: dict[tuple[Any, Any], dict[str, Any]] = {}
        for raw in [*shared, *(declared.get("parameters") or [])]:
            one = self._resolver.follow(raw)
            if isinstance(one, dict) and "name" in one:
                known[one.get("in"), one["name"]] = one
        return list(known.values())

    def _request(
        self, declared: Mapping[str, Any], shared: list[Any], place: str
    ) -> tuple[dict[str, Any] | None, Any, bool]:
        """The native request's schema (None where the hub cannot make it), the body's example, whether it is a form."""
        body = self._resolver.follow(declared.get("requestBody") or {})
        content = body.get("content") if isinstance(body, dict) else None
        media, form = _media(content, _JSON), False
        if content and media is None and _FORM in content:
            media, form = content[_FORM], True
        if content and media is None:
            self.notes.append(f"{place} is left out: its body is neither JSON nor a form ({', '.join(content)})")
            return None, None, False
        whole = self._around_the_body(declared, shared, place)
        if media is None:
            return whole, None, False
        whole["properties"]["body"] = self._resolver.schema(media.get("schema", {}))
        if body.get("required"):
            whole["required"].append("body")
        return whole, self._example(media), form

    def _around_the_body(self, declared: Mapping[str, Any], shared: list[Any], place: str) -> dict[str, Any]:
        """The native request's `path`, `query` and `header`."""
        parts: dict[str, dict[str, Any]] = {}
        for one in self._parameters(declared, shared):
            where, name = one.get("in"), str(one["name"])
            if where not in PLACES or (where == "header" and name.lower() in _OWN_HEADERS):
                if where == "cookie" or one.get("content"):
                    self.notes.append(f"{place}: the {where} parameter {name!r} is left out")
                continue
            part = parts.setdefault(where, _object())
            schema = self._resolver.schema(one.get("schema", {"type": "string"}))
            if one.get("description") and "description" not in schema:
                schema["description"] = str(one["description"])
            part["properties"][name] = schema
            if one.get("required") or where == "path":
                part["required"].append(name)
        whole = _object()
        for where, part in parts.items():
            whole["properties"][where] = part
            if part["required"]:
                whole["required"].append(where)
        return whole

    def _statuses(self, declared: Mapping[str, Any]) -> list[str]:
        responses = declared.get("responses")
        return [status for status in (responses if isinstance(responses, dict) else {}) if status.isdigit()]

    def _answer(self, declared: Mapping[str, Any], place: str) -> tuple[tuple[int, ...], dict[str, Any] | None, Any]:
        good = sorted(status for status in self._statuses(declared) if status.startswith("2"))
        responses = declared.get("responses") or {}
        if not good and not {"2XX", "default"} & set(responses):
            self.notes.append(f"{place} is left out: the file declares no answer of success")
            return (), None, None
        chosen = self._resolver.follow(responses[good[0] if good else "2XX" if "2XX" in responses else "default"])
        content = chosen.get("content") if isinstance(chosen, dict) else None
        whole = _object()
        example = None
        if content:
            media = _media(content, _JSON)
            if media is None:
                self.notes.append(f"{place} is left out: its answer is no JSON ({', '.join(content)})")
                return (), None, None
            whole["properties"]["body"] = self._resolver.schema(media.get("schema", {}))
            whole["required"].append("body")
            found = self._example(media)
            example = None if found is None else {"body": found}
        return tuple(int(status) for status in good) or (200,), whole, example

    def _example(self, media: Mapping[str, Any]) -> Any:
        """The first example of a media type or a parameter, None where there is none."""
        if "example" in media:
            return media["example"]
        named = media.get("examples")
        if isinstance(named, dict) and named:
            first = self._resolver.follow(next(iter(named.values())))
            return first.get("value") if isinstance(first, dict) else None
        schema = self._resolver.schema(media.get("schema", {}))
        shown = schema.get("examples")
        return shown[0] if isinstance(shown, list) and shown else None

    def _request_example(self, declared: Mapping[str, Any], shared: list[Any], body: Any) -> dict[str, Any]:
        """What the owner shows of a request; parts that are not shown are made up later."""
        example: dict[str, Any] = {} if body is None else {"body": body}
        for one in self._parameters(declared, shared):
            value = self._example(one)
            if value is not None and one.get("in") in PLACES and str(one["name"]).lower() not in _OWN_HEADERS:
                example.setdefault(one["in"], {})[str(one["name"])] = value
        return example


def _object() -> dict[str, Any]:
    return {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def _media(content: Any, wanted: str) -> Any:
    """The media type wanted, or one built on it (`application/problem+json` is read as JSON too)."""
    if not isinstance(content, dict):
        return None
    for name, media in content.items():
        plain = name.partition(";")[0].strip().lower()
        if plain in {wanted, "*/*"} or plain.endswith("+json"):
            return media
    return None
