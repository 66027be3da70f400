"""The token endpoint (RFC 6749 §3.2) for clients with a registered public key."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request

from gateway.documentation import problem_responses
from gateway.parts import parts_of
from gateway.problems import Problem
from gateway.replies import JsonReply
from gateway.tokens import ASSERTION_TYPE, GRANT, authenticate, issue, kid_of

PATH = "/oauth2/token"
MOST_FIELDS = 10

router = APIRouter(tags=["token"])

_FORM = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"const": GRANT},
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {"type": "string", "description": "A JWT: iss and sub the participant, aud this endpoint."},
        "client_id": {"type": "string"},
    },
}
_CODES = {
    "token.request", "token.grant", "assertion.missing", "assertion.invalid", "assertion.replayed",
    "credential.unknown", "credential.expired", "credential.revoked", "credential.suspended",
    "body.too_large", "body.media_type", "body.encoding", "store.unavailable", "internal",
}  # fmt: skip


@router.post(
    PATH,
    summary="Exchange a signed client assertion for an access token of ten minutes",
    responses=problem_responses(_CODES),
    openapi_extra={
        "security": [],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}},
    },
)
async def token(request: Request) -> JsonReply:
    """Issue an access token to a client that proved its key."""
    parts = parts_of(request)
    form = _form(await request.body())
    caller = await authenticate(form, parts)
    return JsonReply(issue(caller, kid_of(form), parts), 200, {"Pragma": "no-cache"})


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Problem("token.request", extra={"error": "invalid_request"}) from error
    form = dict(pairs)
    if len(form) != len(pairs):
        # RFC 6749 §3.2: parameters must not be included more than once.
        raise Problem("token.request", extra={"error": "invalid_request"})
    return form
