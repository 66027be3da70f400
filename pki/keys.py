"""Keys that sign: Ed25519 for the hub's own word, ES256 and RS256 for those who cannot verify it.

Signatures are in JOSE form (RFC 7518 §3.4: the two numbers of ECDSA side by side, not DER), and a key's name is its
RFC 7638 thumbprint, so that the same key has the same name wherever it is read.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self, cast, get_args

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from pki.errors import KeyUnusable, SignatureInvalid
from pki.secret_file import create_secret
from pki.strict import base64url_decode, base64url_encode

Algorithm = Literal["Ed25519", "ES256", "RS256"]
PrivateMaterial = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicMaterial = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_LEAST_RSA_BITS = 2048
_P256_BYTES = 32
_THUMBPRINT_MEMBERS = {"OKP": ("crv", "kty", "x"), "EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}


def _algorithm_of(key: object) -> Algorithm:
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "Ed25519"
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return "ES256"
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        if key.key_size < _LEAST_RSA_BITS:
            raise KeyUnusable("key.too_short", f"RSA keys have at least {_LEAST_RSA_BITS} bits here")
        return "RS256"
    raise KeyUnusable("key.kind", "only Ed25519, P-256 and RSA keys are used here")


def _integer(number: int) -> str:
    return base64url_encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _public_members(key: PublicMaterial) -> dict[str, str]:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(key.public_bytes_raw())}
    if isinstance(key, ec.EllipticCurvePublicKey):
        numbers = key.public_numbers()
        x, y = (base64url_encode(part.to_bytes(_P256_BYTES, "big")) for part in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}
    modulus = key.public_numbers()
    return {"kty": "RSA", "n": _integer(modulus.n), "e": _integer(modulus.e)}


def thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638: base64url of the SHA-256 over the required members, sorted, without spaces."""
    members = {name: jwk[name] for name in _THUMBPRINT_MEMBERS[jwk["kty"]]}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return base64url_encode(hashlib.sha256(text.encode()).digest())


class PublicKey:
    """The half of a key that everyone may have. `kid` is computed, never believed."""

    def __init__(self, material: PublicMaterial) -> None:
        self.algorithm = _algorithm_of(material)
        self.material = material
        self._members = _public_members(material)
        self.kid = thumbprint(self._members)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, str]) -> Self:
        """Read a public JWK (RFC 7517; Ed25519, P-256 or RSA). Raises KeyUnusable."""
        try:
            return cls(_material(tuple(sorted((name, jwk[name]) for name in _THUMBPRINT_MEMBERS[jwk["kty"]]))))
        except (KeyError, TypeError, ValueError) as error:
            raise KeyUnusable("key.jwk", "not a public JWK of a kind used here") from error

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read a SubjectPublicKeyInfo PEM. Raises KeyUnusable."""
        try:
            return cls(cast("PublicMaterial", serialization.load_pem_public_key(pem)))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise KeyUnusable("key.pem", "not a public key in PEM") from error

    def jwk(self) -> dict[str, str]:
        """This key as a JWK with `alg`, `use` and `kid`."""
        return {**self._members, "alg": self.algorithm, "use": "sig", "kid": self.kid}

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises SignatureInvalid unless `signature` (JOSE form) is this key's over `data`."""
        try:
            if isinstance(self.material, ed25519.Ed25519PublicKey):
                self.material.verify(signature, data)
            elif isinstance(self.material, ec.EllipticCurvePublicKey):
                self.material.verify(_der(signature), data, ec.ECDSA(hashes.SHA256()))
            else:
                self.material.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise SignatureInvalid("signature.mismatch", "the signature does not fit the data and key") from error


@lru_cache(maxsize=1024)
def _material(members: tuple[tuple[str, str], ...]) -> PublicMaterial:
    """One parse per key, not per message; the keys of callers change rarely."""
    jwk = dict(members)
    if not all(isinstance(value, str) for value in jwk.values()):
        raise ValueError("members of a JWK are text")
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(base64url_decode(jwk["x"]))
    if jwk["kty"] == "EC" and jwk["crv"] == "P-256":
        x, y = (int.from_bytes(base64url_decode(jwk[name]), "big") for name in ("x", "y"))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    if jwk["kty"] == "RSA":
        exponent, modulus = (int.from_bytes(base64url_decode(jwk[name]), "big") for name in ("e", "n"))
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    raise ValueError("unknown kind of key")


def _der(signature: bytes) -> bytes:
    if len(signature) != 2 * _P256_BYTES:
        raise InvalidSignature
    r, s = signature[:_P256_BYTES], signature[_P256_BYTES:]
    return utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


class SigningKey:
    """A private key. Make it with `generate`, `from_pem` or `load_or_create`; loading RSA costs 40 ms, so load once."""

    def __init__(self, material: PrivateMaterial) -> None:
        self.algorithm: Algorithm = _algorithm_of(material)
        self.material = material
        self.public = PublicKey(material.public_key())
        self.kid = self.public.kid

    def __repr__(self) -> str:
        return f"SigningKey({self.algorithm}, kid={self.kid})"

    @classmethod
    def generate(cls, algorithm: Algorithm = "Ed25519") -> Self:
        """A new key from the operating system's generator; RSA keys have 2048 bits."""
        if algorithm == "Ed25519":
            return cls(ed25519.Ed25519PrivateKey.generate())
        if algorithm == "ES256":
            return cls(ec.generate_private_key(ec.SECP256R1()))
        if algorithm == "RS256":
            return cls(rsa.generate_private_key(public_exponent=65537, key_size=_LEAST_RSA_BITS))
        raise KeyUnusable("key.kind", f"algorithms are {', '.join(get_args(Algorithm))}")

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Read an unencrypted PEM private key. Raises KeyUnusable."""
        try:
            return cls(cast("PrivateMaterial", serialization.load_pem_private_key(pem, password=None)))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyUnusable("key.pem", "not an unencrypted private key in PEM") from error

    def to_pem(self) -> bytes:
        """PKCS #8 in PEM, unencrypted: keep it in a file of mode 0600."""
        return self.material.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @cached_property
    def pem(self) -> bytes:
        """`to_pem()` remembered, for libraries that take keys as text."""
        return self.to_pem()

    def public_jwk(self) -> dict[str, str]:
        """The public half as a JWK with `alg`, `use` and `kid`."""
        return self.public.jwk()

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` in JOSE form: 64 bytes for Ed25519 and ES256, the modulus' length for RS256."""
        if isinstance(self.material, ed25519.Ed25519PrivateKey):
            return self.material.sign(data)
        if isinstance(self.material, ec.EllipticCurvePrivateKey):
            r, s = utils.decode_dss_signature(self.material.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
        return self.material.sign(data, padding.PKCS1v15(), hashes.SHA256())


def load_or_create(path: Path, algorithm: Algorithm = "Ed25519") -> SigningKey:
    """The key in `path`, made on first use (mode 0600, whole or absent; two processes end with the same key).

    Raises KeyUnusable when the file holds no key or a key of another algorithm, OSError when it cannot be read.
    """
    if not path.exists():
        key = SigningKey.generate(algorithm)
        try:
            create_secret(path, key.to_pem())
        except FileExistsError:
            # Another process was first; its key is the one that others already know.
            return load_or_create(path, algorithm)
        return key
    key = SigningKey.from_pem(path.read_bytes())
    if key.algorithm != algorithm:
        raise KeyUnusable("key.algorithm", f"{path.name} holds a key for {key.algorithm}, not {algorithm}")
    return key
