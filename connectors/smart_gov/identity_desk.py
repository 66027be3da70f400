"""The simulated portal's faces of identity: the page of the sign-in, the claims, and the three steps of a consent."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, FaultKind, SimulationContext

from .citizens import Citizens
from .shelf import Refusal

_USUAL: Final = GENERAL | {
    FaultKind.HTTP_200_ERROR,
    FaultKind.HTTP_299,
    FaultKind.CP1256,
    FaultKind.MOJIBAKE,
    FaultKind.QUOTA,
    FaultKind.DRIFT_RENAMED,
    FaultKind.UNKNOWN_CODE,
}
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {
    "userinfo": _USUAL | {FaultKind.EXPIRED_TOKEN},
    "consent": _USUAL,
    "consent_token": _USUAL,
    "check_token": _USUAL,
}
#: The operation by its path.
PATHS: Final[Mapping[str, str]] = {
    "/api/v1/user/userinfo": "userinfo",
    "/api/v1/consent/create_authorize": "consent",
    "/api/v1/consent/token": "consent_token",
    "/api/v1/consent/check_token": "check_token",
}
#: A code counts once: when the claims behind it cannot be read, the citizen signs in again.
EXPECTED: Final = {
    ("userinfo", FaultKind.HTTP_401): frozenset({"refused"}),
    ("userinfo", FaultKind.EXPIRED_TOKEN): frozenset({"refused"}),
}
_RENAMED: Final = {
    "nationalCode": "national_code",
    "secure_code": "secureCode",
    "access_token": "token",
    "active": "is_active",
}


class IdentityDesk:
    """Handlers over the citizens."""

    def __init__(self, context: SimulationContext, citizens: Citizens) -> None:
        self._context = context
        self._citizens = citizens

    @property
    def routes(self) -> list[Route]:
        """Every path of identity."""
        steps = {
            "consent": self._citizens.invite,
            "consent_token": self._citizens.grant,
            "check_token": self._citizens.state,
        }
        posts = [
            Route(path, self._step(name, steps[name]), methods=["POST"])
            for path, name in PATHS.items()
            if name in steps
        ]
        return [
            Route("/oauth2/authorize", self._authorize, methods=["GET"]),
            Route("/api/v1/user/userinfo", self._userinfo, methods=["GET"]),
            *posts,
        ]

    async def _authorize(self, request: Request) -> Response:
        """Signs in whoever `national_id` names, without a page: a browser would show one."""
        asked = request.query_params
        if not asked.get("redirect_uri") or asked.get("response_type") != "code":
            return JSONResponse({"error": "invalid_request"}, 400)
        code = self._citizens.code_for(asked.get("national_id", "9990000018"))
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}", 302
        )

    async def _userinfo(self, request: Request) -> Response:
        if (failure := self._failure("userinfo")) is not None:
            return failure
        claims = self._citizens.claims(request.headers.get("authorization", ""))
        if claims is None or self._take(FaultKind.EXPIRED_TOKEN, "userinfo"):
            return JSONResponse({"code": "UNAUTHORIZED", "message": "توکن پذیرفته نشد"}, 401)
        return self._said(claims, "userinfo")

    def _step(self, operation: str, act: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Callable[[Request], Any]:
        async def step(request: Request) -> Response:
            if (failure := self._failure(operation)) is not None:
                return failure
            try:
                return self._said(act(json.loads(await request.body())), operation)
            except Refusal as refusal:
                return JSONResponse(refusal.body, refusal.status)

        return step

    def _failure(self, operation: str) -> Response | None:
        if self._take(FaultKind.QUOTA, operation):
            return JSONResponse({"code": "QUOTA_EXCEEDED", "message": "سهمیه امروز به پایان رسیده است"}, 429)
        if self._take(FaultKind.UNKNOWN_CODE, operation):
            return JSONResponse({"code": "E7781", "message": "خطای ناشناخته"}, 422)
        return None

    def _said(self, body: Mapping[str, Any], operation: str) -> Response:
        if self._take(FaultKind.DRIFT_RENAMED, operation):
            body = {_RENAMED.get(name, name): value for name, value in body.items()}
        return Response(json.dumps(body, ensure_ascii=False), media_type="application/json")

    def _take(self, kind: FaultKind, operation: str) -> bool:
        return self._context.faults.take(kind, operation) is not None
