import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from connectors.auth import authenticator
from connectors.http import HttpReply
from connectors.manifest import Auth, Manifest, Profile
from connectors.port import Retryable
from connectors.reach import ConnectorSettings, Reach

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
SECRETS = {
    "username": "user",
    "password": "pässword",
    "key": "k-1",
    "client_id": "a client",
    "client_secret": "s:ecret",
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
        assert (method, url) == ("POST", "http://far.invalid/oauth/token")
        assert timeout == 5
        await asyncio.sleep(0)
        self.asked.append(parse_qs(content.decode()))
        self.headers = headers
        status, body = self.replies.pop(0)
        return HttpReply(status, {}, json.dumps(body).encode())


def made(profile: Profile, endpoint: TokenEndpoint, clock: Any = lambda: START, scope: str = "") -> Any:
    manifest = Manifest.model_construct(
        name="far", auth=Auth(profile=profile, token_path="/oauth/token", scope=scope), operations={}
    )
    settings = ConnectorSettings(credentials={name: SecretStr(value) for name, value in SECRETS.items()})
    reach = Reach(manifest, Path(), "http://far.invalid", settings, clock)
    return authenticator(reach, endpoint)  # type: ignore[arg-type]


def decoded(header: str) -> str:
    return base64.b64decode(header.removeprefix("Basic ")).decode()


@pytest.mark.parametrize("profile", [Profile.NONE, Profile.BODY_CREDENTIALS, Profile.WSS_X509])
async def test_profiles_without_headers(profile: Profile) -> None:
    assert await made(profile, TokenEndpoint()).headers(5) == {}


async def test_basic_and_key() -> None:
    basic = made(Profile.BASIC, TokenEndpoint())
    assert decoded((await basic.headers(5))["authorization"]) == "user:pässword"
    assert not basic.rejected({})
    assert await made(Profile.API_KEY, TokenEndpoint()).headers(5) == {"X-API-Key": "k-1"}


async def test_the_classic_bus_wants_two_credentials() -> None:
    headers = await made(Profile.EXCHANGE_BASIC, TokenEndpoint()).headers(5)
    assert decoded(headers["authorization"]) == "user:pässword"
    assert (headers["ext_username"], headers["ext_password"]) == ("behind", "door")


async def test_one_token_for_all_who_wait() -> None:
    endpoint = TokenEndpoint((200, {"access_token": "t1", "expires_in": 600}))
    auth = made(Profile.OAUTH_CLIENT_CREDENTIALS, endpoint, scope="folder cards")
    given = await asyncio.gather(*(auth.headers(5) for _ in range(20)))
    assert given == [{"authorization": "Bearer t1"}] * 20
    assert endpoint.asked == [{"grant_type": ["client_credentials"], "scope": ["folder cards"]}]
    assert decoded(endpoint.headers["authorization"]) == "a%20client:s%3Aecret"


async def test_a_rejected_token_is_renewed_once_for_all() -> None:
    endpoint = TokenEndpoint((200, {"access_token": "t1"}), (200, {"access_token": "t2"}))
    auth = made(Profile.OAUTH_CLIENT_CREDENTIALS, endpoint)
    first = await auth.headers(5)
    assert auth.rejected(first)
    assert await auth.headers(5) == {"authorization": "Bearer t2"}
    assert auth.rejected(first), "a call made with the old token may try again, but the new one stays"
    assert await auth.headers(5) == {"authorization": "Bearer t2"}


async def test_a_token_is_renewed_before_it_ends() -> None:
    now = START
    endpoint = TokenEndpoint((200, {"access_token": "t1", "expires_in": 60}), (200, {"access_token": "t2"}))
    auth = made(Profile.OAUTH_CLIENT_CREDENTIALS, endpoint, clock=lambda: now)
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
        await made(Profile.OAUTH_CLIENT_CREDENTIALS, TokenEndpoint((status, body))).headers(5)
    assert none.value.code == code
    assert (none.value.after is not None) == waits


async def test_the_newer_bus_refreshes_and_falls_back_to_the_password() -> None:
    endpoint = TokenEndpoint(
        (200, {"access_token": "t1", "refresh_token": "r1"}),
        (200, {"access_token": "t2", "refresh_token": "r2"}),
        (401, {}),
        (200, {"access_token": "t3"}),
    )
    auth = made(Profile.EXCHANGE_OAUTH, endpoint)
    headers = await auth.headers(5)
    assert headers["authorization"] == "Bearer t1"
    assert decoded(headers["basicAuthorization"]) == "behind:door"
    assert headers["pid"] == SECRETS["pid"]
    for token in ("t2", "t3"):
        auth.rejected(await auth.headers(5))
        assert (await auth.headers(5))["authorization"] == f"Bearer {token}"
    grants = [form["grant_type"][0] for form in endpoint.asked]
    assert grants == ["password", "refresh_token", "refresh_token", "password"]
