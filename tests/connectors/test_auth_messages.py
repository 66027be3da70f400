"""What a profile does to a message: envelopes, signed bodies, encrypted fields, secrets by reference."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydantic import SecretStr, ValidationError
from typer.testing import CliRunner

from connectors.auth_body import Encrypting, body_signer
from connectors.auth_envelope import envelope_signer
from connectors.auth_forms import forms, missing
from connectors.auth_profiles import ExchangeOauth, Jws, NoAuth, Profile, WssUsername, WssX509
from connectors.manifest import Manifest, Operation
from connectors.port import Refused, Retryable
from connectors.reach import ConnectorSettings, Reach
from connectors.secrets import SecretUnusable, in_clear, place_of, resolved
from gateway.settings import SettingsDamaged, read_settings
from gateway.site import Site
from hub import build_cli
from pki.certificates import Identity, create_authority
from pki.errors import SealBroken
from pki.jwe import decrypt_value, encrypt_value, generate_key
from pki.jws_body import attached, verify_body
from pki.trust import Trust
from pki.vault import Vault
from pki.wss_username import password_digest

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
AUTHORITY = create_authority("signers", now=NOW, days=30)
IDENTITY = AUTHORITY.issue("municipality", now=NOW, days=30)
TRUST = Trust([AUTHORITY.cert_pem])
PRIVATE, PUBLIC = generate_key()
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ask xmlns="urn:x"/></s:Body></s:Envelope>'
)


def reach(operations: dict[str, Any] | None = None, **secrets: str) -> Reach:
    manifest = Manifest.model_construct(name="far", auth=NoAuth(), operations=operations or {})
    known = {name: SecretStr(value) for name, value in secrets.items()}
    return Reach(manifest, Path(), "http://far.invalid", ConnectorSettings(credentials=known), lambda: NOW)


def signing(identity: Identity = IDENTITY) -> dict[str, str]:
    return {"certificate": identity.cert_pem.decode(), "private_key": identity.key_pem.decode()}


@pytest.mark.parametrize("placement", ["body", "header"])
def test_the_body_is_signed(placement: Any) -> None:
    body = '{"نام": 1}'.encode()
    headers, sent = body_signer(reach(**signing()), Jws(placement=placement), "any")(body)
    token = sent.decode() if placement == "body" else attached(headers["X-JWS-Signature"], sent)
    read, certificate = verify_body(token, TRUST, now=NOW)
    assert read == body
    assert certificate.subject.rfc4514_string() == "CN=municipality"
    other = attached(headers["X-JWS-Signature"], b"{}") if placement == "header" else token[:-4] + "AAAA"
    for wrong, at in ((other, NOW), (token, NOW + timedelta(minutes=6))):
        with pytest.raises(Exception, match=r"signature|jws\.sigT"):
            verify_body(wrong, TRUST, now=at)


def test_a_signing_identity_that_is_no_pair_stops_the_call() -> None:
    mixed = {**signing(), "private_key": AUTHORITY.key_pem.decode()}
    for sign in (
        lambda: body_signer(reach(**mixed), Jws(), "any")(b"{}"),
        lambda: envelope_signer(reach(**mixed), WssX509(), "any")(etree.fromstring(ENVELOPE)),  # type: ignore[misc]
    ):
        with pytest.raises(Retryable) as stopped:
            sign()
        assert stopped.value.after == timedelta(hours=1)
        assert "PRIVATE" not in str(stopped.value)


@pytest.mark.parametrize("kind", ["digest", "text"])
def test_a_user_name_in_the_envelope(kind: Any) -> None:
    sign = envelope_signer(reach(username="user", password="door"), WssUsername(password_type=kind), "any")
    assert sign is not None
    written = etree.fromstring(sign(etree.fromstring(ENVELOPE)))
    found = {etree.QName(one).localname: one.text for one in written.iter() if isinstance(one.tag, str)}
    assert found["Username"] == "user"
    assert found["Created"] == "2026-11-21T08:00:00.000Z"
    if kind == "text":
        assert found["Password"] == "door"
    else:
        assert found["Password"] == password_digest(
            base64.b64decode(found["Nonce"] or ""), "2026-11-21T08:00:00.000Z", "door"
        )
        assert "door" not in (found["Password"] or "")
    assert envelope_signer(reach(), NoAuth(), "any") is None


class Far:
    """Keeps what would have left."""

    async def exchange(self, operation: str, native: Any, *, call: Any, timeout: float) -> Any:
        self.native = native
        return {}

    async def close(self) -> None:
        """Nothing is open."""


async def test_fields_are_encrypted_one_by_one() -> None:
    operation = Operation.model_construct(encrypted=("/nin", "/who/birth", "/absent"))
    far, call = Far(), Any
    native = {"nin": "0990000018", "who": {"birth": 13690922, "name": "الف"}, "open": True}
    encrypting = Encrypting(reach({"getEncrypted": operation}, provider_key=PUBLIC), far)
    await encrypting.exchange("getEncrypted", native, call=call, timeout=1)  # type: ignore[arg-type]
    assert far.native["open"] is True
    assert far.native["who"]["name"] == "الف"
    assert decrypt_value(far.native["nin"], PRIVATE, now=NOW) == "0990000018"
    assert decrypt_value(far.native["who"]["birth"], PRIVATE, now=NOW) == 13690922
    assert "absent" not in far.native
    assert native["nin"] == "0990000018", "the caller's own message stays as it was"
    header = json.loads(base64.urlsafe_b64decode(far.native["nin"].split(".")[0] + "=="))
    assert (header["alg"], header["enc"], header["epk"]["crv"]) == ("ECDH-ES+A256KW", "A256GCM", "P-521")
    for broken, key in ((native | {"who": "text"}, PUBLIC), (native, ""), (native, IDENTITY.key_pem.decode())):
        refusing = Encrypting(reach({"getEncrypted": operation}, provider_key=key), far)
        with pytest.raises((Refused, Retryable)) as stopped:
            await refusing.exchange("getEncrypted", broken, call=call, timeout=1)  # type: ignore[arg-type]
        assert "0990000018" not in str(stopped.value)


def test_an_encrypted_value_opens_for_its_provider_and_its_time_only() -> None:
    token = encrypt_value({"a": [1]}, PUBLIC, now=NOW)
    assert decrypt_value(token, PRIVATE, now=NOW) == {"a": [1]}
    stranger, _ = generate_key()
    for text, key, at in (
        (token, stranger, NOW),
        (token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), PRIVATE, NOW),
        (token, PRIVATE, NOW + timedelta(minutes=6)),
        ("a.b.c", PRIVATE, NOW),
    ):
        with pytest.raises(SealBroken):
            decrypt_value(text, key, now=at)


def test_secrets_are_references(tmp_path: Path) -> None:
    vault = Vault(bytes(32))
    (tmp_path / "door").write_text("from a file\n", encoding="utf-8")
    given = {
        "username": SecretStr("in clear"),
        "password": SecretStr("sealed:" + vault.seal_secret(place_of("far", "password"), "behind a seal")),
        "ask.password": SecretStr(f"file:{tmp_path / 'door'}"),
        "client_secret": SecretStr("env:FAR_SECRET"),
    }
    assert in_clear(given) == []
    known = resolved("far", given, vault=lambda: vault, environment={"FAR_SECRET": "from outside"})
    settings = ConnectorSettings(credentials=known)
    assert settings.credential("username") == "in clear"
    assert settings.credential("password") == "behind a seal"
    assert settings.credential("password", "ask") == "from a file"
    assert settings.credential("client_secret", "ask") == "from outside"
    assert not re.search("behind a seal|from a file|from outside", repr(settings))
    assert in_clear({"password": SecretStr("x"), "ask.client_key": SecretStr("y")}) == ["password", "ask.client_key"]
    moved = {"password": given["password"]}
    with pytest.raises(SealBroken):
        resolved("another", moved, vault=lambda: vault)
    with pytest.raises(SealBroken):
        resolved("far", moved, vault=lambda: Vault(bytes(31) + b"\x01"))
    for lost in ("env:NOT_THERE", f"file:{tmp_path / 'none'}"):
        with pytest.raises(SecretUnusable, match="systems/far/password"):
            resolved("far", {"password": SecretStr(lost)}, vault=lambda: vault, environment={})


def test_every_profile_is_a_form_in_both_languages() -> None:
    described = forms()
    assert set(described) == {profile.value for profile in Profile}

    def words(schema: Any) -> None:
        for part in ("x-title", "x-help"):
            assert schema[part]["fa"]
            assert schema[part]["en"]

    for schema in described.values():
        words(schema)
        for name, parameter in schema["properties"]["parameters"]["properties"].items():
            if name != "profile":
                words(parameter)
        asked = schema["properties"]["credentials"]
        for credential in asked["properties"].values():
            words(credential)
        assert set(asked["required"]) <= set(asked["properties"])
    bus = described["exchange-oauth"]["properties"]["credentials"]
    assert bus["properties"]["password"]["writeOnly"]
    assert "writeOnly" not in bus["properties"]["pid"]
    lacking = missing(ExchangeOauth(), frozenset({"client_id", "client_secret", "username", "password"}))
    assert [one.name for one in lacking] == ["provider_username", "provider_password", "pid"]


@pytest.mark.parametrize("switch", ["verify", "verify_tls", "insecure", "tls_verify", "check_hostname", "trust_all"])
def test_no_setting_turns_the_check_of_certificates_off(switch: str) -> None:
    with pytest.raises(ValidationError):
        ConnectorSettings.model_validate({switch: False})


def test_a_secret_in_clear_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hub.toml").write_text('[systems.far.credentials]\npassword = "hunter2"\n', encoding="utf-8")
    with pytest.raises(SettingsDamaged, match=r"far\.password") as stopped:
        read_settings()
    assert "hunter2" not in str(stopped.value)
    (tmp_path / "hub.toml").unlink()
    monkeypatch.setenv("HUB_MASTER_KEY", "11" * 32)
    asked = ["connectors", "seal", "smart_gov", "client_secret"]
    sealed = CliRunner().invoke(build_cli(), asked, input="hunter2\n")
    assert sealed.exit_code == 0, sealed.output
    text = f'[systems.smart_gov]\ncredentials = {{ client_id = "hub", client_secret = "{sealed.stdout.strip()}" }}\n'
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HUB_MASTER_KEY", "11" * 32)
    settings = Site(read_settings()).connector_settings("smart_gov")
    assert (settings.credential("client_id"), settings.credential("client_secret")) == ("hub", "hunter2")
