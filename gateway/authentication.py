"""Who calls. Everything that is not named public needs a credential: a forgotten route is closed, not open. Pure ASGI.

An API key begins with `hub_` and is looked up by its SHA-256; anything else must be an access token of this hub, which
stands only as long as the key that it was given for (RFC 9068). Below `/v1/admin` it is people who call, each by the
cookie of a session.
"""

import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.admin.guard import identify_officer, is_admin, is_open
from gateway.language import preferred
from gateway.parts import Caller, Parts
from gateway.problems import Problem, respond
from gateway.tracing import trace_of
from pki.errors import PkiError
from pki.jws import verify
from registry import credentials
from registry.credentials import PREFIX, Credential, key_hash

# /soap/status looks at who calls by itself: its callers may prove it inside the message.
PUBLIC = frozenset(
    {
        "/soap/status",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/oauth2/token",
        "/v1/services",
        "/v1/track",
    }
)
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
                if is_admin(scope["path"]):
                    cookies = HTTPConnection(scope).cookies
                    scope["state"]["signed_in"] = await identify_officer(cookies, self.parts)
                else:
                    scope["state"]["caller"] = await identify(headers.get("authorization"), self.parts)
            except Problem as problem:
                language = preferred(headers.get("accept-language"))
                await respond(problem, language, trace_of(scope).trace_id)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def is_public(path: str, method: str) -> bool:
    """Tell whether a route answers without credentials: health, service cards, the description, the token endpoint."""
    if path in PUBLIC or is_open(path, method):
        return True
    return method in {"GET", "HEAD"} and path.startswith(PUBLIC_BELOW)


async def identify(header: str | None, parts: Parts) -> Caller:
    """Read an `Authorization` header. Raises `Problem` with a `credential.*` or `token.*` code."""
    if header is None:
        raise Problem("credential.missing")
    scheme, _, text = header.partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text.isascii() or not 0 < len(text) <= LONGEST_TOKEN:
        raise Problem("credential.malformed")
    if text.startswith(PREFIX):
        if not API_KEY.fullmatch(text):
            raise Problem("credential.malformed")
        return usable(await credential_hashed(parts, key_hash(text)), parts)
    return await _by_token(text, parts)


async def credential_hashed(parts: Parts, digest: str) -> Credential:
    """The API key with that hash. Raises `credential.unknown`."""
    found = parts.current.value.api_keys.get(digest)
    return found or await _not_in_force(parts, lambda one: one.secret_hash == digest)


async def credential_named(parts: Parts, *, kid: str) -> Credential:
    """The public key with that thumbprint. Raises `credential.unknown`."""
    found = parts.current.value.jwt_keys.get(kid)
    return found or await _not_in_force(parts, lambda one: one.kid == kid)


async def _not_in_force(parts: Parts, fits: Callable[[Credential], bool]) -> Credential:
    """Look among the revoked ones too, which the snapshot leaves out: their owner shall read why the key is refused."""
    for credential in await parts.store.read(credentials.every):
        if fits(credential) and credential.revoked_at is not None:
            return credential
    raise Problem("credential.unknown")


def usable(credential: Credential, parts: Parts) -> Caller:
    """The caller that a registered credential stands for, if it still does."""
    now = parts.clock()
    if credential.revoked_at is not None:
        raise Problem("credential.revoked")
    if not credential.valid(now):
        raise Problem("credential.expired")
    participant = parts.current.value.participants.get(credential.participant)
    if participant is None or not participant.active:
        raise Problem("credential.suspended")
    return Caller(participant, credential.id)


async def _by_token(text: str, parts: Parts) -> Caller:
    key = parts.signing_key
    try:
        claims = verify(text, {key.kid: key.public_jwk()}, typ=TOKEN_TYPE)
    except PkiError as error:
        raise Problem("token.invalid") from error
    if claims.get("aud") != parts.base_url or claims.get("iss") != parts.base_url:
        raise Problem("token.invalid")
    expires, kid = claims.get("exp"), claims.get("client_kid")
    if not isinstance(expires, int) or not isinstance(kid, str):
        raise Problem("token.invalid")
    if expires <= parts.clock().timestamp():
        raise Problem("token.expired")
    caller = usable(await credential_named(parts, kid=kid), parts)
    if caller.identifier != claims.get("sub"):
        raise Problem("token.invalid")
    return caller
