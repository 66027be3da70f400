"""Access tokens for clients that sign an assertion with their own key: `private_key_jwt` (RFC 7521, RFC 7523).

An assertion is used once. The store of used ones is in memory, bounded by the time an assertion may live and by a
number that no honest traffic reaches; it is keyed on the claims, never on the token's text.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.authentication import TOKEN_TYPE, credential_named, usable
from gateway.parts import Caller, Parts
from gateway.problems import Problem
from pki.errors import PkiError
from pki.jws import check_claims, sign, verify
from pki.strict import base64url_decode

LIFETIME = timedelta(minutes=10)
LONGEST_ASSERTION = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)
MOST_REMEMBERED = 100_000
GRANT = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class UsedAssertions:
    """Which (issuer, jti) were used and until when that matters."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._until: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def use(self, issuer: str, identifier: str, *, now: datetime) -> None:
        """Note one use. Raises `assertion.replayed`, or `token.busy` when nothing more can be remembered."""
        # Every entry lives equally long, so the oldest is always in front.
        while self._until and next(iter(self._until.values())) <= now:
            self._until.popitem(last=False)
        if (issuer, identifier) in self._until:
            raise _refused("assertion.replayed", "invalid_client")
        if len(self._until) >= self._most:
            raise Problem("token.busy", headers={"Retry-After": "60"}, extra={"error": "temporarily_unavailable"})
        self._until[issuer, identifier] = now + LONGEST_ASSERTION + 2 * LEEWAY

    def __len__(self) -> int:
        return len(self._until)


async def authenticate(form: Mapping[str, str], parts: Parts, used: UsedAssertions) -> Caller:
    """The client that the form's assertion proves. Raises `Problem` with OAuth's own `error` beside our code."""
    if form.get("grant_type") != GRANT:
        raise _refused("token.grant", "unsupported_grant_type")
    assertion = form.get("client_assertion")
    if not assertion:
        raise _refused("assertion.missing", "invalid_client")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise _refused("token.request", "invalid_request")
    try:
        credential = await credential_named(parts, kid=_kid(assertion))
        caller = usable(credential, parts)
    except Problem as problem:
        raise _refused(problem.code, "invalid_client") from problem
    now = parts.clock()
    try:
        claims = verify(assertion, {credential.kid or "": credential.jwk or {}})
        check_claims(
            claims, now=now, audience=f"{parts.base_url}/oauth2/token", max_age=LONGEST_ASSERTION, leeway=LEEWAY
        )
    except PkiError as error:
        raise _refused("assertion.invalid", "invalid_client", str(error.reason)) from error
    if claims["iss"] != caller.identifier or form.get("client_id", caller.identifier) != caller.identifier:
        raise _refused("assertion.invalid", "invalid_client", "claims.iss")
    used.use(claims["iss"], claims["jti"], now=now)
    return caller


def issue(caller: Caller, kid: str, parts: Parts) -> dict[str, Any]:
    """Write the answer of the token endpoint (RFC 6749 §5.1)."""
    now = int(parts.clock().timestamp())
    seconds = int(LIFETIME.total_seconds())
    claims = {
        "iss": parts.base_url,
        "aud": parts.base_url,
        "sub": caller.identifier,
        "client_id": caller.identifier,
        "client_kid": kid,
        "iat": now,
        "exp": now + seconds,
        "jti": parts.random(16).hex(),
    }
    token = sign(parts.signing_key, claims, typ=TOKEN_TYPE)
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds}


def kid_of(form: Mapping[str, str]) -> str:
    """The key that an authenticated form was signed with."""
    return _kid(form["client_assertion"])


def _kid(assertion: str) -> str:
    """Read which key an assertion names; whether it tells the truth is for `verify` to say."""
    try:
        header = orjson.loads(base64url_decode(assertion.partition(".")[0]))
        kid = header["kid"]
    except (ValueError, KeyError, TypeError) as error:
        raise _refused("assertion.invalid", "invalid_client", "jws.header") from error
    if not isinstance(kid, str):
        raise _refused("assertion.invalid", "invalid_client", "jws.header")
    return kid


def _refused(code: str, error: str, reason: str | None = None) -> Problem:
    extra = {"error": error} | ({"error_description": reason} if reason else {})
    detail = (f"دلیل: {reason}", f"Reason: {reason}") if reason else None
    return Problem(code, detail, extra=extra)
