import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk
from joserfc import jws as jose

from pki.errors import ClaimsRefused, KeyUnusable, SignatureInvalid
from pki.jws import check_claims, check_times, sign, verify
from pki.keys import SigningKey
from pki.strict import base64url_decode

KEY = SigningKey.generate()
KEYS = {KEY.kid: KEY.public_jwk()}
CLAIMS = {"iss": "IR/GOV/1", "n": 1, "text": "سلام"}


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(header: dict[str, Any] | bytes, payload: bytes | dict[str, Any] = b'{"a":1}', key: SigningKey = KEY) -> str:
    signing_input = f"{b64(header)}.{b64(payload)}"
    return f"{signing_input}.{b64(key.sign(signing_input.encode()))}"


def reason(token: str, keys: dict[str, dict[str, str]] | None = None, typ: str | None = None) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        verify(token, KEYS if keys is None else keys, typ=typ)
    return caught.value.reason


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256", "RS256"])
def test_what_is_signed_is_read_back_and_others_agree(signing_keys: dict[str, SigningKey], algorithm: str) -> None:
    key = signing_keys[algorithm]
    token = sign(key, CLAIMS, typ="receipt+jwt")
    assert verify(token, {key.kid: key.public_jwk()}, typ="receipt+jwt") == CLAIMS
    read = jose.deserialize_compact(token, jwk.import_key(key.public_jwk()), algorithms=[algorithm])  # type: ignore[arg-type]
    assert json.loads(read.payload or b"") == CLAIMS
    assert read.headers() == {"alg": algorithm, "kid": key.kid, "typ": "receipt+jwt"}


def test_the_old_name_of_ed25519_is_understood() -> None:
    assert verify(forged({"alg": "EdDSA", "kid": KEY.kid}), KEYS) == {"a": 1}


def test_a_caller_may_choose_the_names_of_its_keys() -> None:
    assert verify(forged({"alg": "Ed25519", "kid": "mine"}), {"mine": KEY.public_jwk()}) == {"a": 1}


def test_no_algorithm_but_the_keys_own(rsa_key: SigningKey) -> None:
    for name in ("none", "None", "HS256", "ES256", "RS256", "PS256", "Ed448", ""):
        assert reason(forged({"alg": name, "kid": KEY.kid})) == "jws.algorithm"
    unsigned = f"{b64({'alg': 'none', 'kid': KEY.kid})}.{b64(b'{}')}."
    assert reason(unsigned) == "jws.format"
    keys = {rsa_key.kid: rsa_key.public_jwk()}
    signing_input = f"{b64({'alg': 'HS256', 'kid': rsa_key.kid})}.{b64(b'{}')}"
    for secret in (rsa_key.public_jwk()["n"].encode(), json.dumps(rsa_key.public_jwk()).encode()):
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        assert reason(f"{signing_input}.{b64(mac)}", keys) == "jws.algorithm"
    assert (
        reason(forged({"alg": "Ed25519", "kid": KEY.kid}), {KEY.kid: {**KEY.public_jwk(), "alg": "ES256"}})
        == "jws.algorithm"
    )


def test_the_token_brings_no_key_of_its_own() -> None:
    stranger = SigningKey.generate()
    for extra in (
        {"jwk": stranger.public_jwk()},
        {"jku": "https://x.example"},
        {"x5u": "https://x.example"},
        {"x5c": []},
    ):
        assert reason(forged({"alg": "Ed25519", "kid": KEY.kid, **extra}, key=stranger)) == "jws.header"
    assert reason(forged({"alg": "Ed25519", "kid": stranger.kid}, key=stranger)) == "jws.unknown_key"
    assert reason(forged({"alg": "Ed25519", "kid": KEY.kid}, key=stranger)) == "jws.signature"
    assert reason(forged({"alg": "Ed25519"})) == "jws.unknown_key"
    assert reason(forged({"alg": "Ed25519", "kid": KEY.kid}), {}) == "jws.unknown_key"


def test_critical_extensions_are_refused() -> None:
    assert reason(forged({"alg": "Ed25519", "kid": KEY.kid, "crit": ["b64"], "b64": False})) == "jws.critical"
    assert reason(forged({"alg": "Ed25519", "kid": KEY.kid, "crit": []})) == "jws.critical"


@pytest.mark.parametrize(
    "header",
    [{"alg": 5}, {"alg": "Ed25519", "kid": 7}, {"alg": "Ed25519", "typ": None}, {"alg": "Ed25519", "b64": True}],
)
def test_header_members_are_text(header: dict[str, Any]) -> None:
    assert reason(forged({"kid": KEY.kid, **header})) == "jws.header"


def test_one_spelling_only() -> None:
    token = sign(KEY, CLAIMS, typ="JWT")
    header, payload, signature = token.split(".")
    assert len(base64url_decode(signature)) == 64
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 64 bytes leave four spare bits in the last letter; the next letter decodes to the same bytes.
    twin = signature[:-1] + alphabet[alphabet.index(signature[-1]) + 1]
    for other in (
        f"{signature}==",
        f"{signature}=",
        twin,
        f"{signature}\n",
        f" {signature}",
        f"{signature[:40]}\n{signature[40:]}",
        "é" + signature,
    ):
        assert reason(f"{header}.{payload}.{other}") == "jws.encoding"
    assert reason(f"{header}.{payload}==.{signature}") == "jws.encoding"
    standard = forged({"alg": "Ed25519", "kid": KEY.kid}, b'{"a":"\xff"}')
    assert reason(standard) == "jws.json"


def test_parts_are_three() -> None:
    token = sign(KEY, CLAIMS, typ="JWT")
    for other in ("", ".", "..", "a.b", f"{token}.x", token.replace(".", "..", 1), token.rpartition(".")[0] + "."):
        assert reason(other) == "jws.format"


def test_names_appear_once_and_json_is_plain() -> None:
    header = {"alg": "Ed25519", "kid": KEY.kid}
    assert reason(forged(header, b'{"sub":"a","sub":"b"}')) == "jws.json"
    assert reason(forged(f'{{"alg":"none","alg":"Ed25519","kid":"{KEY.kid}"}}'.encode())) == "jws.json"
    for payload in (
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b"[" * 20_000,
        b'{"a":' * 9_000,
    ):
        assert reason(forged(header, payload)) in {"jws.json", "jws.format"}


def test_huge_tokens_are_not_looked_at() -> None:
    assert reason("a" * 70_000) == "jws.too_large"
    assert reason(sign(KEY, {"a": "x" * 70_000}, typ="JWT")) == "jws.too_large"
    assert reason(forged({"alg": "Ed25519", "kid": "x" * 2_000})) == "jws.too_large"


def test_the_type_is_checked_where_one_is_named() -> None:
    token = sign(KEY, CLAIMS, typ="receipt+jwt")
    assert verify(token, KEYS, typ="application/Receipt+JWT") == CLAIMS
    assert reason(token, typ="JWT") == "jws.typ"
    assert reason(forged({"alg": "Ed25519", "kid": KEY.kid}), typ="JWT") == "jws.typ"


def test_a_damaged_key_is_not_the_tokens_fault() -> None:
    with pytest.raises(KeyUnusable):
        verify(sign(KEY, CLAIMS, typ="JWT"), {KEY.kid: {"kty": "OKP"}})


@given(data=st.data())
@settings(deadline=None)
def test_any_altered_character_is_noticed(data: st.DataObject) -> None:
    token = sign(KEY, CLAIMS, typ="JWT")
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("Aaz09-_.=").filter(lambda other: other != token[place]))
    assert reason(token[:place] + letter + token[place + 1 :]).startswith("jws.")


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert reason(text).startswith("jws.")


AUDIENCE = "https://hub.example.ir/oauth2/token"


def assertion(now: datetime, **change: Any) -> dict[str, Any]:
    second = int(now.timestamp())
    claims = {"iss": "IR/GOV/1", "sub": "IR/GOV/1", "aud": AUDIENCE, "jti": "x", "iat": second, "exp": second + 60}
    return {name: value for name, value in {**claims, **change}.items() if value is not ...}


def claims_reason(claims: dict[str, Any], now: datetime) -> str:
    with pytest.raises(ClaimsRefused) as caught:
        check_claims(claims, now=now, audience=AUDIENCE, max_age=timedelta(minutes=5))
    return caught.value.reason


def test_a_good_assertion_passes(now: datetime) -> None:
    for change in ({}, {"aud": [AUDIENCE]}, {"iat": ...}, {"nbf": int(now.timestamp())}, {"extra": 1}):
        check_claims(assertion(now, **change), now=now, audience=AUDIENCE, max_age=timedelta(minutes=5))
    check_claims(assertion(now), now=now + timedelta(seconds=89), audience=AUDIENCE, max_age=timedelta(minutes=5))


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "jti", "exp"])
def test_what_is_missing_is_named(now: datetime, name: str) -> None:
    assert claims_reason(assertion(now, **{name: ...}), now) == f"claims.{name}"
    assert claims_reason(assertion(now, **{name: {}}), now) == f"claims.{name}"


def test_every_rule_has_its_reason(now: datetime) -> None:
    second = int(now.timestamp())
    refused: list[tuple[str, dict[str, Any]]] = [
        ("claims.iss", {"iss": ""}),
        ("claims.sub", {"sub": "IR/GOV/2"}),
        ("claims.aud", {"aud": "https://other.example"}),
        ("claims.aud", {"aud": [AUDIENCE, "https://other.example"]}),
        ("claims.aud", {"aud": []}),
        ("claims.jti", {"jti": ""}),
        ("claims.jti", {"jti": "x" * 257}),
        ("claims.jti", {"jti": 5}),
        ("claims.exp", {"exp": second - 30}),
        ("claims.exp", {"exp": str(second + 60)}),
        ("claims.exp", {"exp": True}),
        ("claims.exp", {"exp": None}),
        ("claims.exp", {"exp": 10**30}),
        ("claims.exp", {"exp": second + 301}),
        ("claims.exp", {"exp": second + 331, "iat": ...}),
        ("claims.exp", {"exp": second + 60, "iat": second - 300}),
        ("claims.iat", {"iat": second + 31}),
        ("claims.iat", {"iat": "now"}),
        ("claims.nbf", {"nbf": second + 31}),
        ("claims.nbf", {"nbf": False}),
    ]
    for expected, change in refused:
        assert claims_reason(assertion(now, **change), now) == expected, change


def test_a_token_without_times_has_none_to_break(now: datetime) -> None:
    check_times({}, now=now)
    with pytest.raises(ClaimsRefused, match=r"claims\.exp"):
        check_times({"exp": 0}, now=now)
