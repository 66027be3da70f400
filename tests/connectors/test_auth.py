import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr, ValidationError

from connectors.auth import Accesses
from connectors.auth_profiles import (
    ApiKey,
    BasicAuth,
    BodyCredentials,
    ExchangeBasic,
    ExchangeOauth,
    MinistryEsb,
    MutualTls,
    NoAuth,
    OauthClientCredentials,
    WssUsername,
    WssX509,
)
from connectors.http import HttpReply
from connectors.manifest import Manifest, Operation
from connectors.port import Retryable
from connectors.reach import ConnectorSettings, Reach
from pki import jws
from pki.keys import SigningKey

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
URL = "http://far.invalid/oauth/token"
KEY = SigningKey.generate("ES256")
SECRETS = {
    "username": "user",
    "password": "pässword",
    "key": "k-1",
    "client_id": "a client",
    "client_secret": "s:ecret",
    "private_key": KEY.to_pem().decode(),
    "provider_username": "behind",
    "provider_password": "door",
    "pid": "0123456789abcdef01234567",
}


class TokenEndpoint:
    """The far side's token endpoint, in the place of the line to it."""

    def __init__(self, *replies: tuple[int, Any]) -> None:
        self.replies = list(replies)
        self.asked: list[dict[str, list[str]]] = []
        self.headers: Mapping[str, str] = {}

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes, timeout: float
    ) -> HttpReply:
        assert (method, url) == ("POST", URL)
        assert timeout == 5
        await asyncio.sleep(0)
        self.asked.append(parse_qs(content.decode()))
        self.headers = headers
        status, body = self.replies.pop(0)
        return HttpReply(status, {}, json.dumps(body).encode())


def accesses(
    auth: Any,
    endpoint: TokenEndpoint,
    *,
    clock: Any = lambda: START,
    operations: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Accesses:
    declared = {name: Operation.model_construct(auth=one) for name, one in (operations or {}).items()}
    manifest = Manifest.model_construct(name="far", auth=auth, operations=declared)
    known = {name: SecretStr(value) for name, value in {**SECRETS, **(secrets or {})}.items()}
    chosen = ConnectorSettings(credentials=known, **(settings or {}))
    reach = Reach(manifest, Path(), "http://far.invalid", chosen, clock)
    return Accesses(reach, endpoint)  # type: ignore[arg-type]


def made(auth: Any, endpoint: TokenEndpoint, clock: Any = lambda: START) -> Any:
    return accesses(auth, endpoint, clock=clock).of("anything").authenticator


def tokens(scope: str = "", **options: Any) -> OauthClientCredentials:
    return OauthClientCredentials(token_path="/oauth/token", scope=scope, **options)


def decoded(header: str) -> str:
    return base64.b64decode(header.removeprefix("Basic ")).decode()


@pytest.mark.parametrize("auth", [NoAuth(), BodyCredentials(), WssX509(), WssUsername(), MutualTls()])
async def test_profiles_without_headers(auth: Any) -> None:
    assert await made(auth, TokenEndpoint()).headers(5) == {}


async def test_basic_and_key() -> None:
    basic = made(BasicAuth(), TokenEndpoint())
    assert decoded((await basic.headers(5))["authorization"]) == "user:pässword"
    assert not basic.rejected({})
    assert await made(ApiKey(), TokenEndpoint()).headers(5) == {"X-API-Key": "k-1"}
    spoken = ApiKey(header="Authorization", scheme="Key")
    assert await made(spoken, TokenEndpoint()).headers(5) == {"Authorization": "Key k-1"}
    with pytest.raises(ValidationError):
        ApiKey(header="two words")


async def test_the_classic_bus_wants_two_credentials() -> None:
    headers = await made(ExchangeBasic(), TokenEndpoint()).headers(5)
    assert decoded(headers["authorization"]) == "user:pässword"
    assert (headers["ext_username"], headers["ext_password"]) == ("behind", "door")
    assert set(await made(ExchangeBasic(provider="message"), TokenEndpoint()).headers(5)) == {"authorization"}


async def test_a_ministrys_bus_wants_its_own_action_and_address() -> None:
    access = accesses(MinistryEsb(), TokenEndpoint()).of("anything")
    headers = await access.authenticator.headers(5)
    assert decoded(headers["authorization"]) == "user:pässword"
    assert headers["soapaction"] == '"urn:mediate"'
    assert access.suffix == "HttpSoap11Endpoint"


async def test_one_token_for_all_who_wait() -> None:
    endpoint = TokenEndpoint((200, {"access_token": "t1", "expires_in": 600}))
    auth = made(tokens("folder cards"), endpoint)
    given = await asyncio.gather(*(auth.headers(5) for _ in range(20)))
    assert given == [{"authorization": "Bearer t1"}] * 20
    assert endpoint.asked == [{"grant_type": ["client_credentials"], "scope": ["folder cards"]}]
    assert decoded(endpoint.headers["authorization"]) == "a%20client:s%3Aecret"


async def test_one_refusal_for_all_who_wait() -> None:
    endpoint = TokenEndpoint((401, {}), (200, {"access_token": "t1"}))
    auth = made(tokens(), endpoint)
    given = await asyncio.gather(*(auth.headers(5) for _ in range(20)), return_exceptions=True)
    assert [type(one) for one in given] == [Retryable] * 20
    assert len(endpoint.asked) == 1, "twenty wrong attempts lock an account"
    assert await auth.headers(5) == {"authorization": "Bearer t1"}, "a later call asks anew"


async def test_the_secret_in_the_form() -> None:
    endpoint = TokenEndpoint((200, {"access_token": "t1"}))
    await made(tokens(client_authentication="client_secret_post"), endpoint).headers(5)
    assert (endpoint.asked[0]["client_id"], endpoint.asked[0]["client_secret"]) == (["a client"], ["s:ecret"])
    assert "authorization" not in endpoint.headers


async def test_a_signed_assertion_instead_of_a_secret() -> None:
    endpoint = TokenEndpoint((200, {"access_token": "t1"}), (200, {"access_token": "t2"}))
    auth = made(tokens(client_authentication="private_key_jwt"), endpoint)
    auth.rejected(await auth.headers(5))
    await auth.headers(5)
    read = [jws.verify(form["client_assertion"][0], {KEY.kid: KEY.public_jwk()}, typ="JWT") for form in endpoint.asked]
    for claims in read:
        jws.check_claims(claims, now=START, audience=URL, max_age=timedelta(minutes=5))
        assert claims["iss"] == "a client"
    assert read[0]["jti"] != read[1]["jti"], "an assertion is used once"
    assert "client_secret" not in endpoint.asked[0]
    damaged = accesses(
        auth=tokens(client_authentication="private_key_jwt"), endpoint=endpoint, secrets={"private_key": "x"}
    )
    with pytest.raises(Retryable) as unusable:
        await damaged.of("any").authenticator.headers(5)
    assert unusable.value.code == "far.key_unusable"


async def test_a_rejected_token_is_renewed_once_for_all() -> None:
    endpoint = TokenEndpoint((200, {"access_token": "t1"}), (200, {"access_token": "t2"}))
    auth = made(tokens(), endpoint)
    first = await auth.headers(5)
    assert auth.rejected(first)
    assert await auth.headers(5) == {"authorization": "Bearer t2"}
    assert auth.rejected(first), "a call made with the old token may try again, but the new one stays"
    assert await auth.headers(5) == {"authorization": "Bearer t2"}


async def test_a_token_is_renewed_before_it_ends() -> None:
    now = START
    endpoint = TokenEndpoint((200, {"access_token": "t1", "expires_in": 60}), (200, {"access_token": "t2"}))
    auth = made(tokens(), endpoint, clock=lambda: now)
    await auth.headers(5)
    now += timedelta(seconds=31)
    assert await auth.headers(5) == {"authorization": "Bearer t2"}


@pytest.mark.parametrize(
    ("status", "body", "code", "waits"),
    [
        (401, {"error": "invalid_client"}, "far.credentials_rejected", True),
        (500, {}, "far.no_token", False),
        (200, ["t1"], "far.no_token", False),
        (200, {"access_token": "t1", "expires_in": "soon"}, "far.no_token", False),
    ],
)
async def test_no_token(status: int, body: Any, code: str, waits: bool) -> None:
    with pytest.raises(Retryable) as none:
        await made(tokens(), TokenEndpoint((status, body))).headers(5)
    assert none.value.code == code
    assert (none.value.after is not None) == waits
    assert not [secret for secret in SECRETS.values() if secret in str(none.value)]


async def test_the_newer_bus_refreshes_and_falls_back_to_the_password() -> None:
    endpoint = TokenEndpoint(
        (200, {"access_token": "t1", "refresh_token": "r1"}),
        (200, {"access_token": "t2", "refresh_token": "r2"}),
        (401, {}),
        (200, {"access_token": "t3"}),
    )
    auth = made(ExchangeOauth(), endpoint)
    headers = await auth.headers(5)
    assert headers["authorization"] == "Bearer t1"
    assert decoded(headers["basicAuthorization"]) == "behind:door"
    assert headers["pid"] == SECRETS["pid"]
    for token in ("t2", "t3"):
        auth.rejected(await auth.headers(5))
        assert (await auth.headers(5))["authorization"] == f"Bearer {token}"
    grants = [form["grant_type"][0] for form in endpoint.asked]
    assert grants == ["password", "refresh_token", "refresh_token", "password"]


async def test_each_operation_can_have_a_profile_and_credentials_of_its_own() -> None:
    declared = {"open": NoAuth(), "usual": None, "other_pid": None, "chosen": None}
    found = accesses(
        BasicAuth(),
        TokenEndpoint((200, {"access_token": "t1"}), (200, {"access_token": "t2"})),
        operations=declared,
        settings={"auth": ExchangeOauth(), "operation_auth": {"chosen": ApiKey()}},
        secrets={"other_pid.pid": "fedcba987654321001234567"},
    )
    given = {name: await found.of(name).authenticator.headers(5) for name in declared}
    assert given["open"] == {}, "the manifest's own word for an operation stands over the system's profile"
    assert given["usual"]["pid"] == SECRETS["pid"]
    assert given["other_pid"]["pid"] == "fedcba987654321001234567"
    assert given["chosen"] == {"X-API-Key": "k-1"}
