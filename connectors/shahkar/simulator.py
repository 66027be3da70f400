"""Shahkar behind the exchange centre's bus: a requestId counts once, an error is a code under HTTP 200.

Numbers: `0912…` belongs to the national ID 9990000018, `0935…` to the legal person 99900000010, `0990…` to the FIDA
number 999000000001; any other identity is no match. `0900…` is unknown (610), the operator of `0901…` is silent (0).
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.bus import BUS_FAULTS, Bus, nested
from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate

from .requests import written_at

_MATCH: Final = "match"
_PATH: Final = "/shahkar/serviceIDmatching"
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {
    _MATCH: GENERAL | BUS_FAULTS | {FaultKind.HTTP_200_ERROR, FaultKind.DUPLICATE_REQUEST, FaultKind.CLOCK_SKEW}
}

_MEMBERS: Final = frozenset({"requestId", "serviceNumber", "serviceType", "identificationType", "identificationNo"})
_HOLDERS: Final = {"0912": (0, "9990000018"), "0935": (5, "99900000010"), "0990": (6, "999000000001")}
_MOST_SKEW: Final = timedelta(minutes=5)
_MOBILE_SERVICE: Final = 2
_KINDS: Final = range(7)


def create(context: SimulationContext) -> Starlette:
    """Shahkar as an application. `state` shows the identifiers that were used."""
    shahkar = _Shahkar(context)
    context.state["requests"] = lambda: sorted(shahkar.used)
    routes = [Route(_PATH, shahkar.match, methods=["POST"], name=_MATCH)]
    return simulate(context, routes, operation_of=_operation_of, error_reply=shahkar.error_reply)


def _operation_of(asked: Asked) -> str | None:
    return _MATCH if asked.path == _PATH else None


class _Shahkar:
    """Answers `serviceIDmatching`."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._bus = Bus(context)
        self.used: set[str] = set()

    async def match(self, request: Request) -> Response:
        """One question."""
        if refusal := self._bus.refusal(request, _MATCH):
            return refusal
        try:
            asked = json.loads(await request.body())
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _answer(311, "", "بدنهٔ درخواست خوانده نشد")
        request_id = str(asked.get("requestId", ""))
        take = self._context.faults.take
        if problem := self._problem_with(request_id):
            return _answer(330, request_id, problem)
        self.used.add(request_id)
        if take(FaultKind.UNKNOWN_CODE, _MATCH) or take(FaultKind.DRIFT_ENUM, _MATCH):
            return _answer(777, request_id, "")
        code, comment = _found(asked)
        answer = _body(code, request_id, comment)
        if take(FaultKind.DRIFT_RENAMED, _MATCH):
            answer["responseCode"] = answer.pop("response")
        return nested(answer)

    def error_reply(self, kind: FaultKind, operation: str) -> Response | None:  # noqa: ARG002 - the framework's shape.
        """An error under HTTP 200."""
        return _answer(500, "", "خطای داخلی") if kind is FaultKind.HTTP_200_ERROR else None

    def _problem_with(self, request_id: str) -> str | None:
        """Why an identifier does not serve: repeated, or written by a clock that is off."""
        take = self._context.faults.take
        if request_id in self.used or take(FaultKind.DUPLICATE_REQUEST, _MATCH):
            return "requestId تکراری است"
        try:
            skew = abs(written_at(request_id) - self._context.clock())
        except ValueError:
            return "requestId نادرست است"
        if skew > _MOST_SKEW or take(FaultKind.CLOCK_SKEW, _MATCH):
            return "زمان requestId با ساعت سامانه نمی‌خواند"
        return None


def _found(asked: Mapping[str, Any]) -> tuple[int, str]:
    number, kind = asked.get("serviceNumber"), asked.get("identificationType")
    sound = (
        set(asked) == _MEMBERS
        and asked["serviceType"] == _MOBILE_SERVICE
        and type(kind) is int
        and kind in _KINDS
        and isinstance(number, str)
        and isinstance(asked["identificationNo"], str)
    )
    if not sound or not isinstance(number, str):
        return 311, "درخواست نامعتبر است"
    start = number[:4]
    if start == "0900":
        return 610, "مشترک یافت نشد"
    if start == "0901":
        return 0, "اپراتور پاسخ نداد"
    return (200, "") if _HOLDERS.get(start) == (kind, asked["identificationNo"]) else (600, "عدم تطابق")


def _body(code: int, request_id: str, comment: str) -> dict[str, Any]:
    return {"result": "OK.", "response": code, "requestId": request_id, "comment": comment, "id": request_id[-6:]}


def _answer(code: int, request_id: str, comment: str) -> Response:
    return nested(_body(code, request_id, comment))
