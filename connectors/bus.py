"""The exchange centre's bus, simulated: what stands in front of the provider that a simulator plays.

Two profiles: `exchange-basic` wants HTTP Basic and the headers `ext_username`, `ext_password`; `exchange-oauth` wants
a token of `POST /oauth/token` (password grant, refresh), `basicAuthorization` and `pid`. Any credential is welcome but
the secret `wrong`. Closed days and used-up quotas are the bus's own answers: HTTP 503 and 429 with `Retry-After`. An
answer is nested in `result.data` once.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.faults import FaultKind
from connectors.simulation import TEHRAN, SimulationContext

#: The one secret that the simulated bus does not accept.
WRONG_SECRET: Final = "wrong"  # noqa: S105 - it opens nothing.
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path.
LIFETIME: Final = timedelta(minutes=10)

#: What the bus itself can do wrong, beside the general faults.
BUS_FAULTS: Final = frozenset(
    {
        FaultKind.HTTP_299,
        FaultKind.CP1256,
        FaultKind.MOJIBAKE,
        FaultKind.HOLIDAY,
        FaultKind.OFFICE_HOURS,
        FaultKind.QUOTA,
        FaultKind.DRIFT_RENAMED,
        FaultKind.DRIFT_ENUM,
        FaultKind.UNKNOWN_CODE,
    }
)

_PID: Final = re.compile(r"([0-9a-f]{24})?")


class Bus:
    """Lets a caller through to the provider, or answers in its place."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._tokens: dict[str, datetime] = {}
        self._refreshes: set[str] = set()
        self.issued = 0

    def refusal(self, request: Request, operation: str) -> Response | None:
        """Why the caller does not get through, by the classic profile; None lets it through."""
        headers = request.headers
        if not _basic_accepted(headers.get("authorization", "")):
            return _problem(401, "اعتبارنامهٔ گذرگاه پذیرفته نشد")
        if "ext_username" not in headers or headers.get("ext_password", WRONG_SECRET) == WRONG_SECRET:
            return _problem(401, "اعتبارنامهٔ دستگاه ارائه‌دهنده پذیرفته نشد")
        return self._closed(operation)

    def token_refusal(self, request: Request, operation: str) -> Response | None:
        """Why the caller does not get through, by the newer profile with its three headers."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self._context.faults.take(FaultKind.EXPIRED_TOKEN, operation):
            self._tokens.pop(token, None)
        ends = self._tokens.get(token)
        if scheme != "Bearer" or ends is None or self._context.clock() >= ends:
            return _problem(401, "توکن پذیرفته نشد")
        if not _basic_accepted(request.headers.get("basicauthorization", "")):
            return _problem(401, "اعتبارنامهٔ دستگاه ارائه‌دهنده پذیرفته نشد")
        if not _PID.fullmatch(request.headers.get("pid", "-")):
            return _problem(400, "pid نادرست است")
        return self._closed(operation)

    def token_route(self) -> Route:
        """The token endpoint."""
        return Route(TOKEN_PATH, self._token, methods=["POST"], name="token")

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode(errors="replace")).items()}
        if not _basic_accepted(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401)
        if not self._granted(form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        token, refresh = (f"{self._context.random.getrandbits(192):048x}" for _ in range(2))
        self._tokens[token] = self._context.clock() + LIFETIME
        self._refreshes.add(refresh)
        self.issued += 1
        answer = {"access_token": token, "refresh_token": refresh, "token_type": "Bearer", "scope": "default"}
        return JSONResponse({**answer, "expires_in": int(LIFETIME.total_seconds())})

    def _granted(self, form: Mapping[str, str]) -> bool:
        """A refresh token serves once."""
        if form.get("grant_type") == "refresh_token":
            known = form.get("refresh_token", "") in self._refreshes
            self._refreshes.discard(form.get("refresh_token", ""))
            return known
        return form.get("grant_type") == "password" and form.get("password") != WRONG_SECRET

    def _closed(self, operation: str) -> Response | None:
        now, calendar, take = self._context.clock(), self._context.calendar, self._context.faults.take
        midnight = (now.astimezone(TEHRAN) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        wait = int((midnight - now).total_seconds())
        if calendar.holiday(now) or take(FaultKind.HOLIDAY, operation):
            return _problem(503, "سرویس در روز تعطیل بسته است", wait)
        if calendar.outside_hours(now) or take(FaultKind.OFFICE_HOURS, operation):
            return _problem(503, "سرویس خارج از ساعت کار بسته است", 3600)
        if take(FaultKind.QUOTA, operation):
            return _problem(429, "سهمیهٔ روزانه به پایان رسیده است", wait)
        return None


def nested(answer: Mapping[str, Any]) -> Response:
    """The provider's answer as the bus hands it on."""
    outside = {"result": {"data": answer, "status": {"statusCode": 200, "message": "موفق"}}}
    return Response(json.dumps(outside, ensure_ascii=False), media_type="application/json")


def _problem(status: int, message: str, wait: int | None = None) -> Response:
    headers = {"retry-after": str(wait)} if wait is not None else None
    return JSONResponse({"error": {"statusCode": status, "message": message}}, status, headers)


def _basic_accepted(header: str) -> bool:
    scheme, _, encoded = header.partition(" ")
    try:
        _, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme == "Basic" and bool(colon) and secret != WRONG_SECRET
