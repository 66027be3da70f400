"""Auth profiles: how a call proves who is calling. The profile is data in the manifest, the secrets are settings.

`body-credentials` adds nothing here: mappings read `/$context/credential_username` and `…_password`.
`wss-x509` signs the envelope: see `SoapConnector`.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote, urlencode

from connectors.http import HttpClient
from connectors.manifest import Profile
from connectors.port import Retryable
from connectors.reach import Reach

#: A token is renewed this long before it ends, so that it does not end on the way.
_MARGIN = timedelta(seconds=30)

#: Wrong credentials do not become right by asking often; too many attempts lock the account.
CREDENTIALS_WAIT = timedelta(hours=1)


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


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 §4.4). One token for all calls; fetched once however many wait for it."""

    def __init__(self, reach: Reach, http: HttpClient) -> None:
        self._reach = reach
        self._http = http
        self._lock = asyncio.Lock()
        self._token = ""
        self._ends: datetime | None = None

    async def headers(self, timeout: float) -> Mapping[str, str]:
        """A bearer token, fresh for at least half a minute."""
        if not self._fresh():
            async with self._lock:
                if not self._fresh():
                    await self._fetch(timeout)
        return _bearer(self._token)

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Forget the token, unless another call has renewed it meanwhile."""
        if headers == _bearer(self._token):
            self._ends = None
        return True

    def _fresh(self) -> bool:
        return self._ends is not None and self._reach.clock() < self._ends

    async def _fetch(self, timeout: float) -> None:
        """Errors of the transport pass through as NotSent: the call the token is for has not been made."""
        name = self._reach.manifest.name
        auth = self._reach.manifest.auth
        settings = self._reach.settings
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        # RFC 6749 §2.3.1: both halves are form-encoded before Basic.
        client_id, secret = (quote(settings.credential(part), safe="") for part in ("client_id", "client_secret"))
        reply = await self._http.send(
            "POST",
            self._reach.address + auth.token_path,
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
                **basic(client_id, secret),
            },
            content=urlencode(form).encode(),
            timeout=timeout,
        )
        if reply.status in {400, 401, 403}:
            text = f"the token endpoint refuses the client's credentials (HTTP {reply.status})"
            raise Retryable(f"{name}.credentials_rejected", text, after=CREDENTIALS_WAIT)
        try:
            answer = json.loads(reply.body)
            token, seconds = str(answer["access_token"]), int(answer.get("expires_in", 300))
        except (ValueError, TypeError, KeyError, AttributeError) as unreadable:
            text = f"the token endpoint gave no token (HTTP {reply.status})"
            raise Retryable(f"{name}.no_token", text) from unreadable
        self._token = token
        # A token shorter than the margin still serves the calls that wait for it now.
        self._ends = self._reach.clock() + max(timedelta(seconds=seconds) - _MARGIN, timedelta(seconds=1))


def authenticator(reach: Reach, http: HttpClient) -> Authenticator:
    """The profile of the manifest, filled with the secrets of the settings."""
    settings = reach.settings
    match reach.manifest.auth.profile:
        case Profile.BASIC:
            return Fixed(basic(settings.credential("username"), settings.credential("password")))
        case Profile.API_KEY:
            return Fixed({reach.manifest.auth.header: settings.credential("key")})
        case Profile.OAUTH_CLIENT_CREDENTIALS:
            return ClientCredentials(reach, http)
        case Profile.NONE | Profile.BODY_CREDENTIALS | Profile.WSS_X509:
            return Fixed({})


def basic(user: str, password: str) -> dict[str, str]:
    """HTTP Basic (RFC 7617) in UTF-8."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}
