"""The smart-government portal, simulated: tokens that end, a folder and a card shelf that recognise repeats."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate

from .citizens import Citizens
from .desk import TokenDesk
from .identity_desk import EXPECTED, PATHS, IdentityDesk
from .identity_desk import FAULTS as IDENTITY
from .reports import KINDS, Reports
from .shelf import Refusal, Shelf

__all__ = ["EXPECTED", "FAULTS", "create"]

Json = Any

_USUAL: Final = GENERAL | {
    FaultKind.HTTP_200_ERROR,
    FaultKind.HTTP_299,
    FaultKind.CP1256,
    FaultKind.MOJIBAKE,
    FaultKind.HOLIDAY,
    FaultKind.OFFICE_HOURS,
    FaultKind.QUOTA,
    FaultKind.DUPLICATE_REQUEST,
    FaultKind.EXPIRED_TOKEN,
    FaultKind.DRIFT_RENAMED,
    FaultKind.UNKNOWN_CODE,
}
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {
    "push_folder": _USUAL | {FaultKind.DRIFT_ENUM},
    "publish_card": _USUAL,
    **dict.fromkeys(KINDS.values(), _USUAL),
    **IDENTITY,
}

_SCOPES: Final = {"push_folder": "folder", "publish_card": "cards", **dict.fromkeys(KINDS.values(), "reports")}
_RENAMED: Final = {"messageId": "message_id", "publishedAt": "published_at", "receiptId": "receipt_id"}


def create(context: SimulationContext) -> Starlette:
    """The portal as an application. `state` shows messages, cards and how many tokens were issued."""
    portal = _Portal(context)
    context.state["messages"] = portal.shelf.messages
    context.state["cards"] = portal.shelf.cards
    context.state["reports"] = portal.reports.shown
    context.state["tokens_issued"] = lambda: portal.desk.issued
    routes = [
        *IdentityDesk(context, portal.citizens).routes,
        Route("/oauth2/token", portal.desk.token, methods=["POST"]),
        Route("/api/v1/folder/messages", portal.guarded("push_folder", portal.push_folder), methods=["POST"]),
        Route(
            "/api/v1/service-cards/{code}/versions/{version:int}",
            portal.guarded("publish_card", portal.publish_card),
            methods=["PUT"],
        ),
        *(
            Route(f"/api/v1/service-cards/{{code}}/{kind}", portal.reporting(operation), methods=["POST"])
            for kind, operation in KINDS.items()
        ),
    ]
    return simulate(context, routes, operation_of=_operation_of, error_reply=_error_reply)


def _operation_of(asked: Asked) -> str | None:
    if asked.path == "/api/v1/folder/messages":
        return "push_folder"
    if asked.path in PATHS:
        return PATHS[asked.path]
    if not asked.path.startswith("/api/v1/service-cards/"):
        return None
    return KINDS.get(asked.path.rpartition("/")[2], "publish_card")


def _error_reply(kind: FaultKind, _operation: str) -> Response | None:
    if kind is FaultKind.HTTP_200_ERROR:
        return JSONResponse({"code": "MAINTENANCE", "message": "سامانه در دست به‌روزرسانی است"})
    if kind is FaultKind.HTTP_401:
        return JSONResponse({"code": "UNAUTHORIZED", "message": "توکن پذیرفته نشد"}, 401)
    return None


Handler = Callable[[Request], Awaitable[Response]]


class _Portal:
    """The handlers over one desk and one shelf."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._faults = context.faults
        self.citizens = Citizens(context.clock, context.random)
        self.desk = TokenDesk(context.clock, context.random, self.citizens)
        self.shelf = Shelf(context.clock)
        self.reports = Reports(context.clock)

    def guarded(self, operation: str, handler: Handler) -> Handler:
        """Token, calendar, quota first; refusals worded as the contract does."""

        async def handle(request: Request) -> Response:
            try:
                self._admit(operation, request.headers.get("authorization", ""))
                return await handler(request)
            except Refusal as refusal:
                return JSONResponse(refusal.body, refusal.status)

        return handle

    async def push_folder(self, request: Request) -> Response:
        """Deliver a message, or repeat the delivery of one that came before."""
        asked = await _body(request)
        delivery, new = self.shelf.take_message(asked)
        if new:
            self._context.ledger.record("push_folder", asked["reference"], asked)
        return self._answer(delivery, "push_folder", 201 if new else 200)

    async def publish_card(self, request: Request) -> Response:
        """Publish a version of a card, or repeat its publication."""
        asked = await _body(request)
        code, version = request.path_params["code"], request.path_params["version"]
        publication, new = self.shelf.take_card(code, version, asked)
        if new:
            self._context.ledger.record("publish_card", f"{code}/{version}", asked)
        return self._answer(publication, "publish_card", 201 if new else 200)

    def reporting(self, operation: str) -> Handler:
        """A handler that takes one kind of report, or repeats the receipt of one that came before."""

        async def report(request: Request) -> Response:
            asked = await _body(request)
            receipt, new = self.reports.take(operation, request.path_params["code"], asked)
            if new:
                self._context.ledger.record(operation, asked["reference"], asked)
            return self._answer(receipt, operation, 201 if new else 200)

        return self.guarded(operation, report)

    def _admit(self, operation: str, authorization: str) -> None:
        if self._faults.take(FaultKind.EXPIRED_TOKEN, operation):
            self.desk.expire(authorization)
        if not self.desk.accepts(authorization, _SCOPES[operation]):
            raise Refusal(401, "UNAUTHORIZED", "توکن پذیرفته نشد")
        now, calendar = self._context.clock(), self._context.calendar
        if calendar.holiday(now) or self._faults.take(FaultKind.HOLIDAY, operation):
            raise Refusal(503, "CLOSED_HOLIDAY", "امروز تعطیل است")
        if calendar.outside_hours(now) or self._faults.take(FaultKind.OFFICE_HOURS, operation):
            raise Refusal(503, "CLOSED_OFFICE_HOURS", "بیرون از ساعت کار است")
        if self._faults.take(FaultKind.QUOTA, operation):
            raise Refusal(429, "QUOTA_EXCEEDED", "سهمیه امروز به پایان رسیده است")
        if self._faults.take(FaultKind.DUPLICATE_REQUEST, operation):
            repeated = "VERSION_REUSED" if operation == "publish_card" else "REFERENCE_REUSED"
            raise Refusal(409, repeated, "این شناسه پیش‌تر با محتوای دیگری آمده است")
        if self._faults.take(FaultKind.UNKNOWN_CODE, operation):
            raise Refusal(422, "E7781", "خطای ناشناخته")

    def _answer(self, body: Json, operation: str, status: int) -> Response:
        """The reply, drifted away from the contract when the menu says so."""
        body = dict(body)
        if self._faults.take(FaultKind.DRIFT_RENAMED, operation):
            body = {_RENAMED.get(name, name): value for name, value in body.items()}
        if "status" in body and self._faults.take(FaultKind.DRIFT_ENUM, operation):
            body["status"] = "BOUNCED"
        return Response(json.dumps(body, ensure_ascii=False), status, media_type="application/json")


async def _body(request: Request) -> Json:
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise Refusal(400, "MALFORMED", "بدنه درخواست JSON نیست") from error
