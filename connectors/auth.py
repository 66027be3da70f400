"""Auth profiles: how a call proves who is calling. The profile is data in the manifest, the secrets are settings.

`body-credentials` adds nothing here: mappings read `/$context/credential_username` and `…_password`.
`wss-x509` signs the envelope: see `SoapConnector`.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote, urlencode

from connectors.http import HttpClient, HttpReply
from connectors.manifest import Profile
from connectors.port import Retryable
from connectors.reach import Reach

#: A token is renewed this long before it ends, so that it does not end on the way.
_MARGIN = timedelta(seconds=30)

#: Wrong credentials do not become right by asking often; too many attempts lock the account.
CREDENTIALS_WAIT = timedelta(hours=1)

_REJECTED = frozenset({400, 401, 403})


class Authenticator(Protocol):
    """Gives each call its headers."""

    async def headers(self, timeout: float) -> Mapping[str, str]:
        """The headers that prove the caller. May call the system for a token; raises Retryable."""
        ...

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """The system answered 401 to a call made with these headers. True: another attempt may fare better."""
        ...


class Fixed:
    """Headers that never change."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    async def headers(self, timeout: float) -> Mapping[str, str]:  # noqa: ARG002 - the port's shape.
        """The same headers for every call."""
        return self._headers

    def rejected(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - the port's shape.
        """Nothing can be renewed."""
        return False


class Token:
    """An OAuth 2.0 token (RFC 6749). One for all calls, fetched once however many wait for it.

    `ask` gives the form of the token request, given the refresh token at hand ("" for none); `dress` turns the token
    into headers. A refresh that fails falls back to the first grant.
    """

    def __init__(
        self,
        reach: Reach,
        http: HttpClient,
        *,
        ask: Callable[[str], dict[str, str]],
        dress: Callable[[str], dict[str, str]],
    ) -> None:
        self._reach = reach
        self._http = http
        self._ask = ask
        self._dress = dress
        self._lock = asyncio.Lock()
        self._token = ""
        self._refresh = ""
        self._ends: datetime | None = None

    async def headers(self, timeout: float) -> Mapping[str, str]:
        """The headers with a token, fresh for at least half a minute."""
        if not self._fresh():
            async with self._lock:
                if not self._fresh():
                    await self._fetch(timeout)
        return self._dress(self._token)

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Forget the token, unless another call has renewed it meanwhile."""
        if headers == self._dress(self._token):
            self._ends = None
        return True

    def _fresh(self) -> bool:
        return self._ends is not None and self._reach.clock() < self._ends

    async def _fetch(self, timeout: float) -> None:
        """Raises Retryable; errors of the transport pass through, the call the token is for has not been made."""
        name = self._reach.manifest.name
        reply = await self._request(self._ask(self._refresh), timeout)
        if reply.status in _REJECTED and self._refresh:
            self._refresh = ""
            reply = await self._request(self._ask(""), timeout)
        if reply.status in _REJECTED:
            text = f"the token endpoint refuses the client's credentials (HTTP {reply.status})"
            raise Retryable(f"{name}.credentials_rejected", text, after=CREDENTIALS_WAIT)
        try:
            answer = json.loads(reply.body)
            token, seconds = str(answer["access_token"]), int(answer.get("expires_in", 300))
            self._refresh = str(answer.get("refresh_token") or "")
        except (ValueError, TypeError, KeyError, AttributeError) as unreadable:
            text = f"the token endpoint gave no token (HTTP {reply.status})"
            raise Retryable(f"{name}.no_token", text) from unreadable
        self._token = token
        # A token shorter than the margin still serves the calls that wait for it now.
        self._ends = self._reach.clock() + max(timedelta(seconds=seconds) - _MARGIN, timedelta(seconds=1))

    async def _request(self, form: Mapping[str, str], timeout: float) -> HttpReply:
        settings = self._reach.settings
        # RFC 6749 §2.3.1: both halves are form-encoded before Basic.
        client_id, secret = (quote(settings.credential(part), safe="") for part in ("client_id", "client_secret"))
        return await self._http.send(
            "POST",
            self._reach.address + self._reach.manifest.auth.token_path,
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
                **basic(client_id, secret),
            },
            content=urlencode(form).encode(),
            timeout=timeout,
        )


def _client_credentials(reach: Reach, http: HttpClient) -> Token:
    scope = reach.manifest.auth.scope
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    return Token(reach, http, ask=lambda _: form, dress=_bearer)


def _exchange_basic(reach: Reach) -> Fixed:
    """The classic bus of the exchange centre: Basic for the bus, two more headers for the provider behind it."""
    settings = reach.settings
    return Fixed(
        {
            **basic(settings.credential("username"), settings.credential("password")),
            "ext_username": settings.credential("provider_username"),
            "ext_password": settings.credential("provider_password"),
        }
    )


def _exchange_oauth(reach: Reach, http: HttpClient) -> Token:
    """The newer bus: password grant with refresh; three headers on each call."""
    settings = reach.settings
    provider = basic(settings.credential("provider_username"), settings.credential("provider_password"))

    def ask(refresh: str) -> dict[str, str]:
        if refresh:
            return {"grant_type": "refresh_token", "refresh_token": refresh}
        user, password = settings.credential("username"), settings.credential("password")
        return {"grant_type": "password", "username": user, "password": password}

    def dress(token: str) -> dict[str, str]:
        return {
            **_bearer(token),
            "basicAuthorization": provider["authorization"],
            "pid": settings.credential("pid"),
        }

    return Token(reach, http, ask=ask, dress=dress)


def authenticator(reach: Reach, http: HttpClient) -> Authenticator:
    """The profile of the manifest, filled with the secrets of the settings."""
    settings = reach.settings
    match reach.manifest.auth.profile:
        case Profile.BASIC:
            return Fixed(basic(settings.credential("username"), settings.credential("password")))
        case Profile.API_KEY:
            return Fixed({reach.manifest.auth.header: settings.credential("key")})
        case Profile.OAUTH_CLIENT_CREDENTIALS:
            return _client_credentials(reach, http)
        case Profile.EXCHANGE_BASIC:
            return _exchange_basic(reach)
        case Profile.EXCHANGE_OAUTH:
            return _exchange_oauth(reach, http)
        case Profile.NONE | Profile.BODY_CREDENTIALS | Profile.WSS_X509:
            return Fixed({})


def basic(user: str, password: str) -> dict[str, str]:
    """HTTP Basic (RFC 7617) in UTF-8."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
