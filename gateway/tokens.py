"""Access tokens for clients that sign an assertion with their own key: `private_key_jwt` (RFC 7521, RFC 7523).

An assertion is used once, at whichever process of the hub: used ones are a fact of the registry for as long as one may
live, keyed on the claims, never on the token's text.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson

from gateway.authentication import TOKEN_TYPE, credential_named, usable
from gateway.parts import Caller, Parts
from gateway.problems import Problem
from pki.errors import PkiError
from pki.jws import check_claims, sign, verify
from pki.strict import base64url_decode
from registry import nonces

LIFETIME = timedelta(minutes=10)
LONGEST_ASSERTION = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)
ASSERTION = "assertion"
"""The kind of nonce that a client assertion's `jti` is."""
GRANT = "client_credentials"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


async def authenticate(form: Mapping[str, str], parts: Parts) -> Caller:
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
    until = now + LONGEST_ASSERTION + 2 * LEEWAY
    if not await parts.store.write(lambda t: nonces.use(t, ASSERTION, claims["iss"], claims["jti"], until=until)):
        raise _refused("assertion.replayed", "invalid_client")
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
