"""Compact JWS (RFC 7515) with one way to write it: tokens of callers, receipts of pushes.

joserfc signs and verifies; this module decides what may reach it. The algorithm is fixed by the key, never chosen by
the token, which closes `none` and the confusion of public keys with HMAC secrets (RFC 8725 §3.1). A replay store
must be keyed on the claims (`iss`, `jti`), never on a token's text.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from joserfc import jwk
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from pki.errors import ClaimsRefused, SignatureInvalid
from pki.keys import PublicKey, SigningKey
from pki.strict import base64url_decode, base64url_encode, json_object

MOST_CHARACTERS: Final = 65_536
_MOST_HEADER_CHARACTERS: Final = 1_024
_MOST_JTI_CHARACTERS: Final = 256
_PARTS: Final = 3
# Many libraries still write RFC 8037's `EdDSA`, which RFC 9864 renamed; with an Ed25519 key they mean the same.
_ALGORITHMS_OF_KEY: Final = {
    "Ed25519": frozenset({"Ed25519", "EdDSA"}),
    "ES256": frozenset({"ES256"}),
    "RS256": frozenset({"RS256"}),
}
_HEADER_NAMES: Final = frozenset({"alg", "kid", "typ", "cty", "x5t", "x5t#S256"})
_KTY: Final = {"Ed25519": "OKP", "ES256": "EC", "RS256": "RSA"}


def _segment(value: Mapping[str, Any]) -> str:
    return base64url_encode(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())


@lru_cache(maxsize=16)
def _signing_half(key: SigningKey) -> Any:
    return jwk.import_key(key.pem, _KTY[key.algorithm])  # type: ignore[call-overload]


@lru_cache(maxsize=1024)
def _verifying_half(members: tuple[tuple[str, str], ...]) -> Any:
    return jwk.import_key(dict(members))


def sign(key: SigningKey, claims: Mapping[str, Any], *, typ: str) -> str:
    """A compact JWS over `claims` (JSON values); `alg` and `kid` come from the key."""
    header = {"alg": key.algorithm, "kid": key.kid, "typ": typ}
    signing_input = f"{_segment(header)}.{_segment(claims)}"
    algorithm = JWSRegistry.algorithms[key.algorithm]
    return f"{signing_input}.{base64url_encode(algorithm.sign(signing_input.encode(), _signing_half(key)))}"


def _read(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    if len(token) > MOST_CHARACTERS:
        raise SignatureInvalid("jws.too_large", f"a token has at most {MOST_CHARACTERS} characters")
    parts = token.split(".")
    if len(parts) != _PARTS or not all(parts):
        raise SignatureInvalid("jws.format", "a compact token has three parts")
    if len(parts[0]) > _MOST_HEADER_CHARACTERS:
        raise SignatureInvalid("jws.too_large", f"a header has at most {_MOST_HEADER_CHARACTERS} characters")
    try:
        header, payload, signature = (base64url_decode(part) for part in parts)
    except ValueError as error:
        raise SignatureInvalid("jws.encoding", "a part is not canonical base64url without padding") from error
    try:
        return json_object(header), json_object(payload), signature
    except ValueError as error:
        raise SignatureInvalid("jws.json", "header or claims are not a JSON object with each name once") from error


def _media_type(name: object) -> str:
    return name.casefold().removeprefix("application/") if isinstance(name, str) else ""


def verify(token: str, keys: Mapping[str, Mapping[str, str]], *, typ: str | None = None) -> dict[str, Any]:
    """The claims of a token that one of `keys` (kid to public JWK) signed. Times are not looked at: `check_claims`.

    Raises SignatureInvalid: `jws.too_large`, `jws.format`, `jws.encoding`, `jws.json`, `jws.critical`, `jws.header`
    (a member that is not allowed or not text), `jws.typ`, `jws.unknown_key`, `jws.algorithm`, `jws.signature`;
    KeyUnusable when the JWK itself is damaged.
    """
    header, claims, signature = _read(token)
    if "crit" in header:
        raise SignatureInvalid("jws.critical", "no critical extension is understood here")
    if not header.keys() <= _HEADER_NAMES or not all(isinstance(value, str) for value in header.values()):
        raise SignatureInvalid("jws.header", "the header has a member that is not allowed")
    if typ is not None and _media_type(header.get("typ")) != _media_type(typ):
        raise SignatureInvalid("jws.typ", f"not a token of type {typ}")
    known = keys.get(header.get("kid", ""))
    if known is None:
        raise SignatureInvalid("jws.unknown_key", "the token names no key that is known here")
    key = PublicKey.from_jwk(known)
    name = header.get("alg", "")
    if name not in _ALGORITHMS_OF_KEY[key.algorithm] or known.get("alg", name) not in _ALGORITHMS_OF_KEY[key.algorithm]:
        raise SignatureInvalid("jws.algorithm", f"this key signs with {key.algorithm} only")
    signing_input = token.rpartition(".")[0].encode()
    members = tuple(sorted((member, value) for member, value in key.jwk().items() if member not in {"alg", "use"}))
    try:
        holds = JWSRegistry.algorithms[name].verify(signing_input, signature, _verifying_half(members))
    except (JoseError, ValueError) as error:
        raise SignatureInvalid("jws.signature", "the signature does not fit") from error
    if not holds:
        raise SignatureInvalid("jws.signature", "the signature does not fit")
    return claims


def _instant(claims: Mapping[str, Any], name: str) -> datetime | None:
    value = claims.get(name)
    if value is None and name not in claims:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ClaimsRefused(f"claims.{name}", f"{name} is a number of seconds")
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise ClaimsRefused(f"claims.{name}", f"{name} is out of range") from error


def check_times(claims: Mapping[str, Any], *, now: datetime, leeway: timedelta = timedelta(seconds=30)) -> None:
    """What a token says of its own time, where it says anything. Raises ClaimsRefused (`claims.exp|iat|nbf`)."""
    expires, issued, begins = (_instant(claims, name) for name in ("exp", "iat", "nbf"))
    if expires is not None and expires <= now - leeway:
        raise ClaimsRefused("claims.exp", "the token has expired")
    if issued is not None and issued > now + leeway:
        raise ClaimsRefused("claims.iat", "the token is from the future")
    if begins is not None and begins > now + leeway:
        raise ClaimsRefused("claims.nbf", "the token is not valid yet")


def check_claims(
    claims: Mapping[str, Any],
    *,
    now: datetime,
    audience: str,
    max_age: timedelta,
    leeway: timedelta = timedelta(seconds=30),
) -> None:
    """The rules for a client's assertion (`private_key_jwt`, RFC 7523 §3): who, to whom, when, once.

    `iss` and `sub` are the same name; `aud` is `audience` and nobody else, so that the assertion cannot be carried
    on; it has not expired, begun too early or been made to live longer than `max_age`; `jti` is there to be
    remembered by the caller until `exp`. Raises ClaimsRefused with reason `claims.<name>`.
    """
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        raise ClaimsRefused("claims.iss", "iss names the client")
    if claims.get("sub") != issuer:
        raise ClaimsRefused("claims.sub", "sub is the client that iss names")
    if claims.get("aud") not in (audience, [audience]):
        raise ClaimsRefused("claims.aud", "aud is this hub alone")
    identifier = claims.get("jti")
    if not isinstance(identifier, str) or not 0 < len(identifier) <= _MOST_JTI_CHARACTERS:
        raise ClaimsRefused("claims.jti", f"jti is a text of 1 to {_MOST_JTI_CHARACTERS} characters")
    check_times(claims, now=now, leeway=leeway)
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    if expires is None:
        raise ClaimsRefused("claims.exp", "an assertion must expire")
    # Without `iat` its life is counted from now, which can only be too kind by the leeway.
    if expires - (issued or now) > max_age + (timedelta() if issued else leeway):
        raise ClaimsRefused("claims.exp", "the assertion lives longer than is allowed")
