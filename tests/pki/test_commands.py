import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from typer.testing import CliRunner

from pki.certificates import Authority
from pki.checkpoint import CheckpointSigner
from pki.commands import verify
from pki.jws import sign
from pki.keys import SigningKey
from pki.merkle import leaf_hash
from pki.receipt import Receipt, entry_of
from pki.webhook import new_secret
from pki.webhook import sign as sign_message

KEY = SigningKey.generate()
SIGNER = CheckpointSigner(KEY, "hub.example.ir/journal")
SECRETS = [new_secret(), new_secret()]
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def trust(tmp_path: Path, authority: Authority) -> Path:
    folder = tmp_path / "trust"
    folder.mkdir()
    (folder / "hub.vkey").write_text(SIGNER.verifier_key() + "\n\n")
    (folder / "hub.jwk").write_text(json.dumps(KEY.public_jwk()))
    (folder / "root.pem").write_bytes(authority.cert_pem)
    (folder / "portal.whsec").write_text("\n".join(SECRETS))
    (folder / "README").write_text("whom we believe")
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(kind: str, data: bytes | str, *options: str | Path) -> tuple[int, dict[str, Any]]:
        file = tmp_path / "file"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        result = CliRunner().invoke(verify, [kind, str(file), *map(str, options)])
        return result.exit_code, json.loads(result.stdout)

    return call


@pytest.fixture
def receipt() -> Receipt:
    statement, salt = '{"kind":"exchange"}', bytes(16)
    root = leaf_hash(entry_of(salt, statement))
    return Receipt(statement=statement, salt=salt.hex(), index=0, size=1, path=[], checkpoint=SIGNER.sign(1, root))


def message(now: datetime, *secrets: str) -> bytes:
    headers = sign_message(secrets, "msg_1", int(now.timestamp()), b'{"a":1}\n')
    lines = ["POST /hook HTTP/1.1", "Host: x", *(f"{name.title()}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + b'{"a":1}\n'


def test_a_proof_holds(run: Run, trust: Path, receipt: Receipt) -> None:
    code, answer = run("proof", receipt.model_dump_json(), "--trust", trust, "--json")
    assert (code, answer["valid"], answer["reason"]) == (0, True, "valid")
    assert answer["receipts"][0]["statement"] == {"kind": "exchange"}
    two = f"[{receipt.model_dump_json()},{receipt.model_dump_json()}]"
    for text in (two, f'{{"receipts": {two}}}'):
        code, answer = run("proof", text, "--trust", trust)
        assert (code, len(answer["receipts"])) == (0, 2)


def test_an_altered_proof_is_invalid(run: Run, trust: Path, receipt: Receipt) -> None:
    altered = receipt.model_copy(update={"statement": '{"kind":"other"}'})
    for text in (altered.model_dump_json(), f"[{receipt.model_dump_json()},{altered.model_dump_json()}]"):
        code, answer = run("proof", text, "--trust", trust)
        assert (code, answer["valid"], answer["reason"]) == (1, False, "receipt.inclusion")
    other = CheckpointSigner(SigningKey.generate(), SIGNER.origin)
    code, answer = run(
        "proof", altered.model_copy(update={"checkpoint": other.sign(1, bytes(32))}).model_dump_json(), "--trust", trust
    )
    assert (code, answer["reason"]) == (1, "checkpoint.unknown_key")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"5", b'{"receipts": []}', b"\xff", b'{"statement": 1}'])
def test_what_is_no_receipt_cannot_be_judged(run: Run, trust: Path, data: bytes) -> None:
    code, answer = run("proof", data, "--trust", trust)
    assert (code, answer["valid"], answer["reason"]) == (2, None, "receipt.unreadable")


def test_a_token_is_judged_at_the_time_asked(run: Run, trust: Path, now: datetime) -> None:
    token = sign(KEY, {"iss": "hub", "exp": int(now.timestamp()) + 60}, typ="receipt+jwt")
    code, answer = run("jws", token + "\n", "--trust", trust, "--at", now.isoformat())
    assert (code, answer["claims"]["iss"]) == (0, "hub")
    code, answer = run("jws", token, "--trust", trust, "--at", (now + timedelta(days=1)).isoformat())
    assert (code, answer["reason"]) == (1, "claims.exp")
    code, answer = run("jws", token[:-4] + "AAAA", "--trust", trust, "--at", now.isoformat())
    assert (code, answer["reason"]) in {(1, "jws.signature"), (1, "jws.encoding")}
    assert run("jws", sign(SigningKey.generate(), {}, typ="x"), "--trust", trust)[0] == 1
    assert run("jws", b"\xff", "--trust", trust)[0] == 2
    assert run("jws", sign(KEY, {}, typ="x"), "--trust", trust)[0] == 0


def test_keys_come_as_pem_or_set_too(run: Run, tmp_path: Path, rsa_key: SigningKey) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    material = rsa_key.material.public_key()
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "a.pem").write_bytes(material.public_bytes(serialization.Encoding.PEM, public))
    assert run("jws", sign(rsa_key, {}, typ="x"), "--trust", folder)[0] == 0
    (folder / "b.jwk").write_text(json.dumps({"keys": [KEY.public_jwk(), SigningKey.generate().public_jwk()]}))
    assert run("jws", sign(KEY, {}, typ="x"), "--trust", folder)[0] == 0
    assert run("proof", "{}", "--trust", folder)[1]["reason"] == "trust.missing"


def test_a_webhook_is_judged_as_received(run: Run, trust: Path, now: datetime) -> None:
    for secret in SECRETS:
        for data in (message(now, secret), message(now, secret).replace(b"\r\n", b"\n")):
            code, answer = run("webhook", data, "--trust", trust, "--at", now.isoformat())
            assert (code, answer["id"], answer["timestamp"]) == (0, "msg_1", int(now.timestamp()))
    for data, at, reason in (
        (message(now, new_secret()), now, "webhook.signature"),
        (message(now, SECRETS[0]).replace(b'"a":1', b'"a":2'), now, "webhook.signature"),
        (message(now, SECRETS[0]), now + timedelta(hours=1), "webhook.too_old"),
        (b"Host: x\n\nbody", now, "webhook.headers"),
    ):
        code, answer = run("webhook", data, "--trust", trust, "--at", at.isoformat())
        assert (code, answer["valid"], answer["reason"]) == (1, False, reason)
    assert run("webhook", b"no headers", "--trust", trust)[0] == 2
    assert run("webhook", message(datetime.now(UTC), SECRETS[1]), "--trust", trust)[0] == 0


@pytest.mark.parametrize("kind", ["proof", "jws", "webhook"])
def test_without_trust_or_file_nothing_can_be_said(run: Run, tmp_path: Path, trust: Path, kind: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for options, reason in (
        ((), "trust.missing"),
        (("--trust", empty), "trust.missing"),
        (("--trust", tmp_path / "absent"), "file.unreadable"),
        (("--trust", trust, "--at", "yesterday"), "at.format"),
        (("--trust", trust, "--at", "2026-03-21T08:00:00"), "at.zone"),
    ):
        code, answer = run(kind, "{}", *options)
        assert (code, answer["valid"], answer["reason"]) == (2, None, reason)
    result = CliRunner().invoke(verify, [kind, str(tmp_path / "absent"), "--trust", str(trust)])
    assert (result.exit_code, json.loads(result.stdout)["reason"]) == (2, "file.unreadable")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("x.vkey", b"damaged", "proof"),
        ("x.vkey", b"\xff", "proof"),
        ("x.whsec", b"damaged", "webhook"),
        ("x.jwk", b"{", "jws"),
        ("x.jwk", b'{"keys": 5}', "jws"),
        ("x.jwk", b'{"kty": "oct"}', "jws"),
        ("x.pem", b"-----BEGIN PUBLIC KEY-----\n", "jws"),
    ],
)
def test_a_damaged_trust_file_is_not_a_verdict(
    run: Run, tmp_path: Path, receipt: Receipt, now: datetime, name: str, data: bytes, kind: str
) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    (folder / name).write_bytes(data)
    subject = {"proof": receipt.model_dump_json(), "jws": "a.b.c", "webhook": message(now, SECRETS[0])}[kind]
    code, answer = run(kind, subject, "--trust", folder, "--at", now.isoformat())
    assert (code, answer["valid"]) == (2, None)


def test_usage_faults_are_two() -> None:
    assert CliRunner().invoke(verify, ["proof"]).exit_code == 2
    assert CliRunner().invoke(verify, ["nothing"]).exit_code == 2
    assert CliRunner().invoke(verify, ["--help"]).exit_code == 0
