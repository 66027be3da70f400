"""Who calls. Everything that is not named public needs a credential: a forgotten route is closed, not open. Pure ASGI.

An API key begins with `hub_` and is looked up by its SHA-256; anything else must be an access token of this hub, which
stands only as long as the key that it was given for (RFC 9068). The order of checks says nothing about what lies behind.
"""

import re
from datetime import datetime
from hashlib import sha256

from pki.errors import PkiError
from pki.jws import verify
from registry.credentials import Credential
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.language import preferred
from gateway.parts import Caller, Parts
from gateway.problems import Problem, respond
from gateway.tracing import trace_of

PUBLIC = frozenset({"/healthz", "/readyz", "/openapi.json", "/oauth2/token", "/v1/services"})
PUBLIC_BELOW = ("/v1/services/",)
TOKEN_TYPE = "at+jwt"  # noqa: S105 - the media type of RFC 9068, no secret.
API_KEY = re.compile(r"hub_[A-Za-z0-9_-]{43}")
LONGEST_TOKEN = 4096  # Characters.


class Authentication:
    """Puts the `Caller` into the scope, or answers 401."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app = app
        self.parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and not is_public(scope["path"], scope["method"]):
            headers = Headers(scope=scope)
            try:
                scope["state"]["caller"] = identify(headers.get("authorization"), self.parts)
            except Problem as problem:
                language = preferred(headers.get("accept-language"))
                await respond(problem, language, trace_of(scope).trace_id)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def is_public(path: str, method: str) -> bool:
    """Tell whether a route answers without credentials: health, service cards, the description, the token endpoint."""
    if path in PUBLIC:
        return True
    return method in {"GET", "HEAD"} and path.startswith(PUBLIC_BELOW)


def identify(header: str | None, parts: Parts) -> Caller:
    """Read an `Authorization` header. Raises `Problem` with a `credential.*` or `token.*` code."""
    if header is None:
        raise Problem("credential.missing")
    scheme, _, text = header.partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text.isascii() or not 0 < len(text) <= LONGEST_TOKEN:
        raise Problem("credential.malformed")
    if text.startswith("hub_"):
        if not API_KEY.fullmatch(text):
            raise Problem("credential.malformed")
        credential = parts.current.value.api_keys.get(sha256(text.encode()).hexdigest())
        return usable(credential, parts)
    return _by_token(text, parts)


def usable(credential: Credential | None, parts: Parts) -> Caller:
    """The caller that a registered credential stands for, if it still does."""
    now: datetime = parts.clock()
    if credential is None:
        raise Problem("credential.unknown")
    if credential.revoked_at is not None and credential.revoked_at <= now:
        raise Problem("credential.revoked")
    if credential.expires_at is not None and credential.expires_at <= now:
        raise Problem("credential.expired")
    participant = parts.current.value.participants.get(credential.participant)
    if participant is None or not participant.active:
        raise Problem("credential.suspended")
    return Caller(participant, credential.id)


def _by_token(text: str, parts: Parts) -> Caller:
    key = parts.signing_key
    try:
        claims = verify(text, {key.kid: key.public_jwk()}, typ=TOKEN_TYPE)
    except PkiError as error:
        raise Problem("token.invalid") from error
    if claims.get("aud") != parts.base_url or claims.get("iss") != parts.base_url:
        raise Problem("token.invalid")
    expires, kid, subject = claims.get("exp"), claims.get("client_kid"), claims.get("sub")
    if not isinstance(expires, int) or not isinstance(kid, str):
        raise Problem("token.invalid")
    if expires <= parts.clock().timestamp():
        raise Problem("token.expired")
    caller = usable(parts.current.value.jwt_keys.get(kid), parts)
    if caller.identifier != subject:
        raise Problem("token.invalid")
    return caller
