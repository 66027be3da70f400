"""The simulated portal's token endpoint: client credentials by HTTP Basic, tokens that end (RFC 6749 §2.3.1, §4.4)."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .citizens import Citizens

#: The one secret the simulated portal does not accept; every other client gets its token.
WRONG_SECRET: Final = "wrong"  # noqa: S105 - it opens nothing.
LIFETIME: Final = timedelta(minutes=10)
_SCOPES: Final = ("folder", "cards", "reports")


class TokenDesk:
    """Issues bearer tokens and knows which of them still count."""

    def __init__(self, clock: Callable[[], datetime], random: Random, citizens: Citizens) -> None:
        self._clock = clock
        self._citizens = citizens
        self._random = random
        self._tokens: dict[str, tuple[datetime, frozenset[str]]] = {}
        self.issued = 0

    async def token(self, request: Request) -> Response:
        """`POST /oauth2/token`."""
        form = parse_qs((await request.body()).decode("utf-8", errors="replace"))
        if not _right_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401, {"www-authenticate": "Basic"})
        if form.get("grant_type") == ["authorization_code"]:
            return self._signed_in(form.get("code", [""])[0])
        if form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        asked = " ".join(form.get("scope", [])).split()
        if not set(asked) <= set(_SCOPES):
            return JSONResponse({"error": "invalid_scope"}, 400)
        scopes = asked or list(_SCOPES)
        token = f"{self._random.getrandbits(192):048x}"
        self._tokens[token] = (self._clock() + LIFETIME, frozenset(scopes))
        self.issued += 1
        return JSONResponse(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": int(LIFETIME.total_seconds()),
                "scope": " ".join(scopes),
            },
            headers={"cache-control": "no-store"},
        )

    def _signed_in(self, code: str) -> Response:
        token = self._citizens.sign_in(code)
        if token is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        granted = {"access_token": token, "token_type": "Bearer", "expires_in": int(LIFETIME.total_seconds())}
        return JSONResponse(granted | {"scope": "openid profile"}, headers={"cache-control": "no-store"})

    def accepts(self, authorization: str, scope: str) -> bool:
        """Whether the header carries a living token for the scope."""
        scheme, _, token = authorization.partition(" ")
        ends, scopes = self._tokens.get(token, (None, frozenset()))
        return scheme.lower() == "bearer" and ends is not None and self._clock() < ends and scope in scopes

    def expire(self, authorization: str) -> None:
        """End the token in the header before its time."""
        self._tokens.pop(authorization.partition(" ")[2], None)


def _right_client(authorization: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        _, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and bool(colon) and unquote_plus(secret) != WRONG_SECRET
