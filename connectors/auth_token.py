"""OAuth 2.0 tokens (RFC 6749): one for all calls, fetched once however many wait, never written anywhere."""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from connectors.auth_headers import basic
from connectors.auth_profiles import ExchangeOauth, OauthClientCredentials
from connectors.http import HttpClient, HttpReply
from connectors.port import Retryable
from connectors.reach import Reach
from pki import jws
from pki.errors import KeyUnusable
from pki.keys import SigningKey

#: A token is renewed this long before it ends, so that it does not end on the way.
_MARGIN = timedelta(seconds=30)

#: Wrong credentials do not become right by asking often; too many attempts lock the account.
CREDENTIALS_WAIT = timedelta(hours=1)

#: How long a signed assertion may be used (RFC 7523 §3).
_ASSERTION_LIFE = timedelta(minutes=2)

_REJECTED = frozenset({400, 401, 403})

#: Headers and form fields by which the client proves itself at the token endpoint.
Proof = tuple[Mapping[str, str], Mapping[str, str]]


class Token:
    """`ask` gives the form of the token request, given the refresh token at hand ("" for none); `prove` the client's
    proof; `dress` turns the token into headers. A refresh that fails falls back to the first grant.
    """

    def __init__(
        self,
        reach: Reach,
        http: HttpClient,
        url: str,
        *,
        ask: Callable[[str], dict[str, str]],
        prove: Callable[[], Proof],
        dress: Callable[[str], dict[str, str]],
    ) -> None:
        self._reach = reach
        self._http = http
        self._url = url
        self._ask = ask
        self._prove = prove
        self._dress = dress
        self._lock = asyncio.Lock()
        self._token = ""
        self._refresh = ""
        self._ends: datetime | None = None
        self._tries = 0
        self._failure: Retryable | None = None

    async def headers(self, timeout: float) -> Mapping[str, str]:
        """The headers with a token, fresh for at least half a minute. Raises Retryable."""
        if not self._fresh():
            tries = self._tries
            async with self._lock:
                if self._failure is not None and self._tries != tries:
                    # Somebody asked while we waited, and was refused: that answer is ours too.
                    raise Retryable(self._failure.code, self._failure.text, after=self._failure.after)
                if not self._fresh():
                    await self._once(timeout)
        return self._dress(self._token)

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """Forget the token, unless another call has renewed it meanwhile."""
        if headers == self._dress(self._token):
            self._ends = None
        return True

    def _fresh(self) -> bool:
        return self._ends is not None and self._reach.clock() < self._ends

    async def _once(self, timeout: float) -> None:
        self._failure = None
        try:
            await self._fetch(timeout)
        except Retryable as failure:
            self._failure = failure
            raise
        finally:
            self._tries += 1

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
        headers, proof = self._prove()
        return await self._http.send(
            "POST",
            self._url,
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **headers},
            content=urlencode({**form, **proof}).encode(),
            timeout=timeout,
        )


def client_credentials(reach: Reach, http: HttpClient, auth: OauthClientCredentials, operation: str) -> Token:
    """The client's own credentials (RFC 6749 §4.4), proved in one of three ways."""
    url = _url(reach, auth.token_path)
    form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
    return Token(reach, http, url, ask=lambda _: form, prove=_prover(reach, auth, operation, url), dress=bearer)


def exchange_oauth(reach: Reach, http: HttpClient, auth: ExchangeOauth, operation: str) -> Token:
    """The newer bus: password grant with refresh; three headers on each call."""

    def said(name: str) -> str:
        return reach.settings.credential(name, operation)

    provider = basic(said("provider_username"), said("provider_password"))["authorization"]
    scope = {"scope": auth.scope} if auth.scope else {}

    def ask(refresh: str) -> dict[str, str]:
        if refresh:
            return {"grant_type": "refresh_token", "refresh_token": refresh}
        return {"grant_type": "password", "username": said("username"), "password": said("password"), **scope}

    def dress(token: str) -> dict[str, str]:
        return {**bearer(token), "basicAuthorization": provider, "pid": said("pid")}

    url = _url(reach, auth.token_path)
    return Token(reach, http, url, ask=ask, prove=lambda: _secret_basic(reach, operation), dress=dress)


def bearer(token: str) -> dict[str, str]:
    """RFC 6750 §2.1."""
    return {"authorization": f"Bearer {token}"}


def _url(reach: Reach, path: str) -> str:
    return reach.address + path if path.startswith("/") else path


def _secret_basic(reach: Reach, operation: str) -> Proof:
    # RFC 6749 §2.3.1: both halves are form-encoded before Basic.
    said = (quote(reach.settings.credential(part, operation), safe="") for part in ("client_id", "client_secret"))
    return basic(*said), {}


def _prover(reach: Reach, auth: OauthClientCredentials, operation: str, url: str) -> Callable[[], Proof]:
    client = reach.settings.credential("client_id", operation)
    if auth.client_authentication == "client_secret_basic":
        return lambda: _secret_basic(reach, operation)
    if auth.client_authentication == "client_secret_post":
        secret = reach.settings.credential("client_secret", operation)
        return lambda: ({}, {"client_id": client, "client_secret": secret})
    pem = reach.settings.credential("private_key", operation).encode()

    def assertion() -> Proof:
        name = reach.manifest.name
        try:
            key = SigningKey.from_pem(pem)
        except KeyUnusable as unusable:
            text = "the private key for the client's assertion cannot be used"
            raise Retryable(f"{name}.key_unusable", text, after=CREDENTIALS_WAIT) from unusable
        now = reach.clock()
        claims = {
            "iss": client,
            "sub": client,
            "aud": url,
            "iat": int(now.timestamp()),
            "exp": int((now + _ASSERTION_LIFE).timestamp()),
            "jti": secrets.token_urlsafe(18),
        }
        return {}, {
            "client_id": client,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jws.sign(key, claims, typ="JWT"),
        }

    return assertion
