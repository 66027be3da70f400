"""The OpenAPI description: bodies are read raw, so routes say here what they take and which problems they answer."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway import bodies
from gateway.admin import bodies as admin_bodies
from gateway.configuration import bodies as configuration_bodies
from gateway.missing import bodies as missing_bodies
from gateway.problems import PROBLEMS

TITLE = "Peyvand"
DESCRIPTION = (
    "A municipality's government integration bus: one tracking code for a case, inquiries to national systems, status "
    "pushed by portals. Problems are RFC 9457 documents with a stable `code`; titles follow `Accept-Language` (fa, en)."
)
_REF = "#/components/schemas/{model}"
_EVERYWHERE = ("store.unavailable", "internal")
_CLOSED = (
    "credential.missing", "credential.malformed", "credential.unknown", "credential.expired", "credential.revoked",
    "credential.suspended", "token.invalid", "token.expired",
)  # fmt: skip
_BODY = (
    "json.malformed", "json.not_utf8", "json.duplicate_key", "json.too_deep", "json.number", "json.surrogate",
    "body.too_large", "body.media_type", "body.encoding", "request.invalid",
)  # fmt: skip
_HEADERS = {
    "Idempotency-Key": "The same key with the same body gets the saved answer, with `Idempotency-Replayed: true`.",
    "Prefer": "`wait=N`: wait up to N seconds (at most 120) for the answer; echoed as `Preference-Applied`.",
}
_MODELS: tuple[type[BaseModel], ...] = (
    bodies.Alias,
    bodies.AnswerRequest,
    bodies.BatchRequest,
    bodies.CaseRequest,
    bodies.ClaimRequest,
    bodies.InquiryRequest,
    bodies.RefusalRequest,
    bodies.StatusRequest,
    bodies.SubscriptionRequest,
    admin_bodies.SignInRequest,
    admin_bodies.LinkRequest,
    admin_bodies.EnrolmentRequest,
    admin_bodies.OfficerRequest,
    admin_bodies.RolesRequest,
    admin_bodies.MappingChangeRequest,
    admin_bodies.StuckRequest,
    admin_bodies.DisclosureRequest,
    configuration_bodies.PlanRequest,
    configuration_bodies.ChangeRequest,
    configuration_bodies.RollbackRequest,
    configuration_bodies.ApprovalRequest,
    configuration_bodies.ReasonRequest,
    configuration_bodies.ConnectorRequest,
    configuration_bodies.StateRequest,
    configuration_bodies.ProbeRequest,
    missing_bodies.AmendRequest,
    missing_bodies.MissingRequest,
    missing_bodies.StepRequest,
)
_PROBLEM = {
    "type": "object",
    "required": ["status", "code", "title", "detail", "trace_id"],
    "properties": {
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": sorted(PROBLEMS)},
        "title": {"type": "string", "description": "In the language asked for: fa or en."},
        "detail": {"type": "string"},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "message"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer into the body; /path/…, /query/… and /header/… are outside of it.",
                    },
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "position": {"type": "integer", "description": "Zero-based index of the wrong character."},
                },
            },
        },
    },
}
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key `hub_…` or an access token of `/oauth2/token`.",
    },
    "clientCredentials": {
        "type": "oauth2",
        "description": "private_key_jwt (RFC 7523).",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
    },
}


def described(
    summary: str,
    *,
    body: type[BaseModel] | None = None,
    status: int = 200,
    problems: Sequence[str] = (),
    also: Sequence[int] = (),
    headers: Sequence[str] = (),
    public: bool = False,
    media_type: str = "application/json",
) -> dict[str, Any]:
    """Return the arguments of a route: `also` are further good statuses, `public` needs no credential."""
    codes = {*problems, *_EVERYWHERE, *(() if public else _CLOSED), *(_BODY if body else ())}
    shape = {"type": "object" if media_type == "application/json" else "string"}
    answer = {"content": {media_type: {"schema": shape}}}
    responses: dict[int | str, dict[str, Any]] = {
        good: {"description": "Done." if good == status else "Done otherwise; see the summary.", **answer}
        for good in (status, *also)
    }
    responses |= problem_responses(codes)
    extra: dict[str, Any] = {"security": [] if public else [{"bearer": []}, {"clientCredentials": []}]}
    if body is not None:
        schema = {"$ref": _REF.format(model=body.__name__)}
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if headers:
        extra["parameters"] = [
            {
                "name": name,
                "in": "header",
                "description": _HEADERS[name],
                "schema": {"type": "string"},
            }
            for name in headers
        ]
    return {"summary": summary, "status_code": status, "responses": responses, "openapi_extra": extra}


def problem_responses(codes: set[str]) -> dict[int | str, dict[str, Any]]:
    """Describe the problems a route may answer, by status."""
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(PROBLEMS[code].status, []).append(code)
    return {
        status: {
            "description": "\n".join(f"- `{code}`: {PROBLEMS[code].en}" for code in found),
            "content": {"application/problem+json": {"schema": {"$ref": _REF.format(model="Problem")}}},
            "x-problem-codes": found,
        }
        for status, found in by_status.items()
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """Build the whole description; `app.openapi` calls it once."""
    if app.openapi_schema is None:
        document = get_openapi(title=TITLE, version=app.version, description=DESCRIPTION, routes=app.routes)
        _, shared = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_REF)
        components = document.setdefault("components", {})
        components["schemas"] = shared["$defs"] | {"Problem": _PROBLEM}
        components["securitySchemes"] = _SCHEMES
        for path in document["paths"].values():
            for operation in path.values():
                _drop_unused(operation)
        app.openapi_schema = document
    return app.openapi_schema


def _drop_unused(operation: dict[str, Any]) -> None:
    """FastAPI describes its own validation answer; ours replaces it."""
    answer = operation.get("responses", {}).get("422")
    if answer is not None and "application/problem+json" not in answer.get("content", {}):
        operation["responses"].pop("422")
        operation["responses"] |= {str(key): value for key, value in problem_responses({"request.invalid"}).items()}
