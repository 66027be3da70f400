"""Who may call the simulated issuer side: any HTTP Basic account, or a token by client credentials (RFC 6749 §4.4).

The owner has published neither; the simulator takes both, so that either auth profile can be tried before he answers.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .book import Refusal

#: The one password the simulated portal does not accept; every other account may decide.
WRONG_PASSWORD: Final = "wrong"  # noqa: S105 - it opens nothing.
LIFETIME: Final = timedelta(minutes=10)


class Accounts:
    """Checks callers and issues tokens."""

    def __init__(self, clock: Callable[[], datetime], random: Random) -> None:
        self._clock = clock
        self._random = random
        self._ends: dict[str, datetime] = {}

    async def token(self, request: Request) -> Response:
        """`POST /oauth2/token`."""
        form = parse_qs((await request.body()).decode("utf-8", errors="replace"))
        if not _right_account(request.headers.get("authorization", ""), unquote_plus):
            return JSONResponse({"error": "invalid_client"}, 401, {"www-authenticate": "Basic"})
        if form.get("grant_type") != ["client_credentials"]:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        token = f"{self._random.getrandbits(192):048x}"
        self._ends[token] = self._clock() + LIFETIME
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(LIFETIME.total_seconds())}
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    def check(self, authorization: str) -> None:
        """Let the caller pass or raise Refusal."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and token in self._ends:
            if self._clock() < self._ends[token]:
                return
            raise Refusal(401, "token_expired", "اعتبار توکن به پایان رسیده است")
        if not _right_account(authorization, str):
            raise Refusal(401, "unauthorized", "اعتبارنامه پذیرفته نشد")


def _right_account(authorization: str, unescape: Callable[[str], str]) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        _, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and bool(colon) and unescape(password) != WRONG_PASSWORD
