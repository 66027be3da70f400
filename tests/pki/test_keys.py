import base64
import hashlib
import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from joserfc import jwk

from pki.errors import KeyUnusable, PkiError, SignatureInvalid
from pki.keys import PublicKey, SigningKey, load_or_create

ALGORITHMS = ["Ed25519", "ES256", "RS256"]


def pem(key: ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signature_holds_for_its_data_and_key_only(signing_keys: dict[str, SigningKey], algorithm: str) -> None:
    key = signing_keys[algorithm]
    signature = key.sign(b"data")
    public = PublicKey.from_jwk(key.public_jwk())
    public.verify(signature, b"data")
    other = SigningKey.generate("ES256").public
    for wrong, data, judge in (
        (signature, b"Data", public),
        (signature[:-1], b"data", public),
        (bytes([signature[0] ^ 1]) + signature[1:], b"data", public),
        (b"", b"data", public),
        (signature, b"data", other),
    ):
        with pytest.raises(SignatureInvalid) as caught:
            judge.verify(wrong, data)
        assert caught.value.reason == "signature.mismatch"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_key_id_is_the_thumbprint_that_others_compute(signing_keys: dict[str, SigningKey], algorithm: str) -> None:
    key = signing_keys[algorithm]
    assert key.kid == jwk.import_key(key.public_jwk()).thumbprint()  # type: ignore[arg-type]
    assert key.public_jwk()["kid"] == key.kid
    assert SigningKey.from_pem(key.to_pem()).kid == key.kid
    assert PublicKey.from_jwk({**key.public_jwk(), "kid": "another"}).kid == key.kid


def test_the_thumbprint_of_the_rfc() -> None:
    # RFC 8037 appendix A.3 gives this public key and this thumbprint.
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    members = json.dumps(key, separators=(",", ":"), sort_keys=True).encode()
    assert PublicKey.from_jwk(key).kid == base64.urlsafe_b64encode(hashlib.sha256(members).digest()).decode().rstrip(
        "="
    )
    assert PublicKey.from_jwk(key).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_only_the_kinds_agreed_on_are_keys() -> None:
    refused = {
        "key.kind": [pem(ed448.Ed448PrivateKey.generate()), pem(ec.generate_private_key(ec.SECP384R1()))],
        "key.too_short": [pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))],  # noqa: S505 - to be refused.
        "key.pem": [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    }
    for reason, keys in refused.items():
        for key in keys:
            with pytest.raises(KeyUnusable) as caught:
                SigningKey.from_pem(key)
            assert caught.value.reason == reason


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
        {"kty": "OKP", "crv": "Ed25519", "x": 5},
        {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
    ],
)
def test_a_damaged_jwk_is_refused(members: dict[str, str]) -> None:
    with pytest.raises(KeyUnusable):
        PublicKey.from_jwk(members)


def test_a_public_pem_is_read(rsa_key: SigningKey) -> None:
    text = rsa_key.material.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert PublicKey.from_pem(text).kid == rsa_key.kid
    with pytest.raises(KeyUnusable):
        PublicKey.from_pem(b"nothing")


def test_a_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "var" / "journal.pem"
    key = load_or_create(path, "ES256")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create(path, "ES256").kid == key.kid
    assert [file.name for file in path.parent.iterdir()] == ["journal.pem"]
    with pytest.raises(KeyUnusable, match="ES256"):
        load_or_create(path, "Ed25519")
    path.write_bytes(b"half a key")
    with pytest.raises(KeyUnusable, match=r"key\.pem"):
        load_or_create(path, "ES256")


def test_who_comes_second_takes_the_key_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"
    first = SigningKey.generate()
    real = Path.exists

    def late(self: Path, **options: bool) -> bool:
        if self == path and not real(self, **options):
            path.write_bytes(first.to_pem())  # Another process writes between the look and the link.
            return False
        return real(self, **options)

    monkeypatch.setattr(Path, "exists", late)
    assert load_or_create(path).kid == first.kid


def test_no_repr_shows_a_private_key(signing_keys: dict[str, SigningKey]) -> None:
    for key in signing_keys.values():
        assert repr(key) == f"SigningKey({key.algorithm}, kid={key.kid})"


def test_every_error_has_a_code_of_its_own() -> None:
    def tree(kind: type[PkiError]) -> list[type[PkiError]]:
        return [kind, *(leaf for child in kind.__subclasses__() for leaf in tree(child))]

    kinds = tree(PkiError)
    assert len({kind.code for kind in kinds}) == len(kinds)
    error = SignatureInvalid("a.reason", "a sentence")
    assert (error.reason, error.text, str(error)) == ("a.reason", "a sentence", "a.reason: a sentence")


def test_other_algorithms_are_not_made() -> None:
    with pytest.raises(KeyUnusable, match=r"key\.kind"):
        SigningKey.generate("HS256")  # type: ignore[arg-type]
