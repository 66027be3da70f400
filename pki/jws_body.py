"""Whole messages signed as compact JWS with the signer's certificate in the header (JAdES baseline, ETSI TS 119 182-1).

    protected header = {"alg", "crit": ["sigT"], "sigT": RFC 3339 instant, "x5c": [certificate]}

A detached signature (RFC 7515 appendix F) is the same token without its middle part.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pki.certificates import load_certificate
from pki.errors import CertificateInvalid, KeyUnusable, SignatureInvalid
from pki.keys import PublicKey, SigningKey
from pki.strict import base64_decode, base64_encode, base64url_decode, base64url_encode, json_object
from pki.trust import Trust

_MOST_HEADER_CHARACTERS: Final = 16_384
_PARTS: Final = 3
_LEEWAY: Final = timedelta(minutes=5)
_HEADER_NAMES: Final = frozenset({"alg", "crit", "sigT", "x5c", "typ", "cty", "x5t#S256"})


@lru_cache(maxsize=16)
def _identity(cert_pem: bytes, key_pem: bytes) -> tuple[SigningKey, str]:
    key, certificate = SigningKey.from_pem(key_pem), load_certificate(cert_pem)
    if certificate.public_key() != key.public.material:
        raise KeyUnusable("key.certificate", "the key does not belong to the certificate")
    return key, base64_encode(certificate.public_bytes(serialization.Encoding.DER))


def sign_body(body: bytes, cert_pem: bytes, key_pem: bytes, *, now: datetime) -> str:
    """The signed message. Raises KeyUnusable, CertificateInvalid."""
    key, certificate = _identity(cert_pem, key_pem)
    instant = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    header = {"alg": key.algorithm, "crit": ["sigT"], "sigT": instant, "x5c": [certificate]}
    written = json.dumps(header, separators=(",", ":")).encode()
    signing_input = f"{base64url_encode(written)}.{base64url_encode(body)}"
    return f"{signing_input}.{base64url_encode(key.sign(signing_input.encode()))}"


def detached(token: str) -> str:
    """The signature alone; its message travels beside it."""
    header, _, signature = token.split(".")
    return f"{header}..{signature}"


def attached(signature: str, body: bytes) -> str:
    """A detached signature and its message put together again. Raises SignatureInvalid."""
    header, dots, rest = signature.partition("..")
    if not dots:
        raise SignatureInvalid("jws.format", "a detached signature has an empty middle part")
    return f"{header}.{base64url_encode(body)}.{rest}"


def verify_body(
    token: str, trust: Trust, *, now: datetime, leeway: timedelta = _LEEWAY
) -> tuple[bytes, x509.Certificate]:
    """The message and the certificate that signed it, which `trust` leads to a root.

    Raises SignatureInvalid (`jws.format`, `jws.encoding`, `jws.header`, `jws.sigT`, `jws.signature`, …),
    CertificateInvalid.
    """
    header, body, signature = _read(token)
    certificate = _certificate(header)
    instant = _signed_at(header)
    if abs(now - instant) > leeway:
        raise SignatureInvalid("jws.sigT", "signed at another time; compare the clocks")
    trust.check(certificate, instant)
    try:
        key = PublicKey(certificate.public_key())  # type: ignore[arg-type]  # It refuses other kinds itself.
    except KeyUnusable as unusable:
        raise CertificateInvalid("certificate.key", "a key of a kind that is not used here") from unusable
    if header.get("alg") != key.algorithm:
        raise SignatureInvalid("jws.algorithm", f"this key signs with {key.algorithm} only")
    key.verify(signature, token.rpartition(".")[0].encode())
    return body, certificate


def _read(token: str) -> tuple[dict[str, Any], bytes, bytes]:
    parts = token.split(".")
    if len(parts) != _PARTS or not all(parts) or len(parts[0]) > _MOST_HEADER_CHARACTERS:
        raise SignatureInvalid("jws.format", "a compact token has three parts and a header of bearable size")
    try:
        header, body, signature = (base64url_decode(part) for part in parts)
        read = json_object(header)
    except ValueError as error:
        raise SignatureInvalid("jws.encoding", "a part cannot be read") from error
    if read.get("crit") != ["sigT"] or not read.keys() <= _HEADER_NAMES:
        raise SignatureInvalid("jws.header", "the header has other members, or other critical ones, than expected")
    return read, body, signature


def _certificate(header: dict[str, Any]) -> x509.Certificate:
    chain = header.get("x5c")
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        raise SignatureInvalid("jws.header", "x5c holds the signer's certificate")
    try:
        return x509.load_der_x509_certificate(base64_decode(chain[0]))
    except (ValueError, x509.InvalidVersion) as error:
        raise CertificateInvalid("certificate.der", "x5c holds no certificate") from error


def _signed_at(header: dict[str, Any]) -> datetime:
    try:
        instant = datetime.fromisoformat(header["sigT"])
    except (KeyError, ValueError, TypeError) as error:
        raise SignatureInvalid("jws.sigT", "sigT is an instant of RFC 3339") from error
    if instant.tzinfo is None:
        raise SignatureInvalid("jws.sigT", "sigT has an offset")
    return instant
