"""A REST system simulated from its OpenAPI file: checks requests by the contract and answers as the contract shows."""

import base64
import binascii
import json
import random as _random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl

import jsonschema_rs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.auth_profiles import ApiKey, Auth, OauthClientCredentials
from connectors.contract import Contract, ContractOperation, ContractUnusable, Schema
from connectors.contract_replies import (
    UNKNOWN,
    echoed,
    example_reply,
    faults_of,
    with_unknown_choice,
    without_required,
)
from connectors.faults import FaultKind
from connectors.from_openapi import from_openapi
from connectors.manifest import Manifest
from connectors.port import Effect
from connectors.schema_sample import kind_of
from connectors.simulation import SimulationContext, simulate

WRONG: Final = "wrong"
"""The one key, password or secret that no simulated system accepts; every other caller is let in."""

Faults = Mapping[str, frozenset[FaultKind]]
Expected = Mapping[tuple[str, FaultKind], frozenset[str]]
_NOT_FOUND = 404


def simulation(folder: Path, manifest: Manifest) -> tuple[Callable[[SimulationContext], Starlette], Faults, Expected]:
    """The simulator of one folder: how to make it, what it can do wrong. Raises ContractUnusable, OSError."""
    if manifest.rest is None:
        raise ContractUnusable("contract.missing", "manifest.toml", "the table [rest] names no OpenAPI file")
    contract = from_openapi((folder / manifest.rest.openapi).read_bytes())
    operations = {name: _declared(contract, name, manifest) for name in manifest.operations}

    def create(context: SimulationContext) -> Starlette:
        return _System(context, manifest, operations).application()

    faults = {name: faults_of(one, manifest.operations[name].effect) for name, one in operations.items()}
    # A reply without a body cannot be cut short.
    bare = [name for name, one in operations.items() if "body" not in one.answer.get("properties", {})]
    return create, faults, {(name, FaultKind.TRUNCATED): frozenset({"answer"}) for name in bare}


def _declared(contract: Contract, name: str, manifest: Manifest) -> ContractOperation:
    """The contract's operation for one of the manifest's: the one with its method and path."""
    http = manifest.operations[name].http
    for operation in contract.operations:
        if http is not None and (operation.method, operation.path) == (http.method, http.path):
            return operation
    raise ContractUnusable("contract.operation", name, "the OpenAPI file has no such method and path")


class _System:
    """One simulated system."""

    def __init__(
        self, context: SimulationContext, manifest: Manifest, operations: Mapping[str, ContractOperation]
    ) -> None:
        self._context = context
        self._manifest = manifest
        self._operations = operations
        self._checks = {name: _check(operation.request) for name, operation in operations.items()}
        self._replies = {
            name: example_reply(operation, _random.Random(f"{context.seed}/{name}"))  # noqa: S311 - no secret.
            for name, operation in operations.items()
        }

    def application(self) -> Starlette:
        """Every operation under its own method and path; the most exact path is tried first."""
        exact = sorted(self._operations.items(), key=lambda one: one[1].path.count("{"))
        routes = [
            Route(operation.path, self._endpoint(name, operation), methods=[operation.method], name=name)
            for name, operation in exact
        ]
        auth = self._manifest.auth
        if isinstance(auth, OauthClientCredentials):
            routes.append(Route(auth.token_path, self._token, methods=["POST"], name="token"))
        self._context.state["replies"] = lambda: self._replies
        return simulate(self._context, routes, operation_of=None, error_reply=_error_reply)

    def _endpoint(self, name: str, operation: ContractOperation) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await self._answer(name, operation, request)

        return answer

    async def _answer(self, name: str, operation: ContractOperation, request: Request) -> Response:
        if WRONG in _credentials(request.headers.get("authorization", ""), request, _key_header(self._manifest.auth)):
            return _problem(401, "credentials", "these credentials are not accepted")
        closed = self._closed(name)
        if closed is not None:
            return closed
        try:
            asked = await _native(request, operation)
            self._checks[name].validate(asked)
        except ValueError as wrong:
            return _problem(400, "request.invalid", str(wrong).partition("\n")[0])
        if UNKNOWN in asked.get("path", {}).values() and _NOT_FOUND in operation.refusals:
            return _problem(_NOT_FOUND, "unknown", "there is no such thing")
        if self._context.faults.take(FaultKind.UNKNOWN_CODE, name):
            return _problem(418, "unheard.of", "a status no contract names")
        self._record(name, request, asked)
        return self._reply(name, operation, asked)

    def _closed(self, name: str) -> Response | None:
        take, now = self._context.faults.take, self._context.clock()
        if take(FaultKind.QUOTA, name):
            return _problem(429, "quota", "the daily quota is used up", {"retry-after": "3600"})
        shut = self._context.calendar.holiday(now) or self._context.calendar.outside_hours(now)
        if shut or take(FaultKind.HOLIDAY, name):
            return _problem(503, "closed", "the system is closed", {"retry-after": "3600"})
        return None

    def _record(self, name: str, request: Request, asked: Mapping[str, Any]) -> None:
        """Write down an effect: each `once` call, and what an `idempotent` one changes when it comes first."""
        effect = self._manifest.operations[name].effect
        if effect is Effect.READ:
            return
        key = request.headers.get("idempotency-key")
        reference = key or json.dumps(asked, sort_keys=True, ensure_ascii=False)
        if effect is Effect.ONCE or not self._context.ledger.count(name, reference):
            self._context.ledger.record(name, reference, asked)

    def _reply(self, name: str, operation: ContractOperation, asked: Mapping[str, Any]) -> Response:
        take = self._context.faults.take
        reply = echoed(self._replies[name], asked, operation.answer)
        if take(FaultKind.DRIFT_RENAMED, name):
            reply = without_required(reply, operation.answer)
        if take(FaultKind.DRIFT_ENUM, name):
            reply = with_unknown_choice(reply, operation.answer)
        status = operation.successes[0]
        return JSONResponse(reply["body"], status) if "body" in reply else Response(status_code=status)

    async def _token(self, request: Request) -> Response:
        """A token for every client but the one with the wrong secret (RFC 6749 §4.4)."""
        form = parse_qs((await request.body()).decode("utf-8", errors="replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if WRONG in _credentials(request.headers.get("authorization", ""), request, ""):
            return JSONResponse({"error": "invalid_client"}, 401, {"www-authenticate": "Basic"})
        token = f"{self._context.random.getrandbits(192):048x}"
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": 600})


def _check(schema: Schema) -> jsonschema_rs.Validator:
    try:
        return jsonschema_rs.validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    except ValueError as unusable:
        raise ContractUnusable("contract.schema", "", str(unusable).partition("\n")[0]) from unusable


async def _native(request: Request, operation: ContractOperation) -> dict[str, Any]:
    """The request as the connector's native message. Raises ValueError for a body that cannot be read."""
    native: dict[str, Any] = {}
    properties = operation.request.get("properties", {})
    given: dict[str, Mapping[str, Any]] = {
        "path": request.path_params,
        "query": {name: request.query_params.getlist(name) for name in request.query_params},
        "header": dict(request.headers),
    }
    for place, values in given.items():
        declared = properties.get(place, {}).get("properties", {})
        found = {
            name: _typed(values[key], schema)
            for name, schema in declared.items()
            if (key := name.lower() if place == "header" else name) in values
        }
        if found or place in operation.request.get("required", ()):
            native[place] = found
    body = await request.body()
    if body and "body" in properties:
        native["body"] = _form(body, properties["body"]) if operation.form else json.loads(body)
    return native


def _form(body: bytes, schema: Schema) -> dict[str, Any]:
    declared = schema.get("properties", {})
    pairs = parse_qsl(body.decode(), keep_blank_values=True)
    return {name: _typed(value, declared.get(name, {})) for name, value in pairs}


def _typed(value: Any, schema: Schema) -> Any:
    """A parameter's text as its schema wants it; left as it is where it is nothing of the kind."""
    kind = kind_of(schema)
    if kind == "array":
        return [_typed(item, schema.get("items", {})) for item in (value if isinstance(value, list) else [value])]
    text = value[-1] if isinstance(value, list) else value
    if kind in {"integer", "number", "boolean", "object"}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _key_header(auth: Auth) -> str:
    """The header a key travels in, where the profile has one."""
    return auth.header if isinstance(auth, ApiKey) else ""


def _credentials(authorization: str, request: Request, header: str) -> list[str]:
    """Every piece of what the caller proves itself with."""
    pieces = [request.headers.get(header, "")] if header else []
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            pieces.extend(base64.b64decode(rest, validate=True).decode().split(":"))
        except (binascii.Error, UnicodeDecodeError):
            pieces.append(WRONG)
    return pieces


def _problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"status": status, "code": code, "detail": detail}, status, headers)


def _error_reply(kind: FaultKind, _operation: str) -> Response | None:
    """HTTP 500 and 401 carry the same shape as every other refusal; the rest is the usual."""
    if kind is FaultKind.HTTP_401:
        return _problem(401, "credentials", "these credentials are not accepted")
    return _problem(500, "internal", "the system failed") if kind is FaultKind.HTTP_500 else None
