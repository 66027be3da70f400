"""The permit portal, simulated: GraphQL reading with its quirks, and the assumed issuer side with the law's rules."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate

from .accounts import Accounts
from .book import DECISIONS, Book, Refusal
from .data import CONDITIONS, KINDS, STATUSES, requests
from .graphql import QueryRefused, execute
from .reading import query_root

Json = Any

_READING: Final = GENERAL | {
    FaultKind.HTTP_200_ERROR,
    FaultKind.HTTP_299,
    FaultKind.CP1256,
    FaultKind.MOJIBAKE,
    FaultKind.QUOTA,
    FaultKind.UNKNOWN_CODE,
    FaultKind.DRIFT_RENAMED,
    FaultKind.DRIFT_ENUM,
}
_RECEIPTS: Final = GENERAL | {
    FaultKind.HTTP_200_ERROR,
    FaultKind.HTTP_299,
    FaultKind.QUOTA,
    FaultKind.UNKNOWN_CODE,
    FaultKind.DRIFT_RENAMED,
    FaultKind.DRIFT_ENUM,
}
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {
    "search": _READING,
    "details": _READING,
    "count": _READING - {FaultKind.DRIFT_ENUM},
    "places": _READING - {FaultKind.DRIFT_ENUM},
    "report_decision": _RECEIPTS | {FaultKind.DUPLICATE_REQUEST, FaultKind.CLOCK_SKEW},
    "decision_status": _RECEIPTS,
}

_RENAMED: Final = {
    "pagination": "page_info",
    "license_title": "licence_title",
    "receiptNumber": "receiptNo",
    "countFilteredLicenses": "countLicenses",
    "township_id": "townshipCode",
}
#: By which field of the query an operation is known.
_FIELDS: Final = {
    "licenseRequestDetails": "details",
    "countFilteredLicenses": "count",
    "provinceTownship": "places",
    "filterLicenses": "search",
}
_QUOTA: Final = {"code": "quota_exceeded", "message": "سهمیه امروز به پایان رسیده است"}


def create(context: SimulationContext) -> Starlette:
    """The portal as an application. `state` shows every receipt given."""
    portal = _Portal(context)
    context.state["decisions"] = portal.book.receipts
    routes = [
        Route("/graphql", portal.graphql, methods=["POST"]),
        Route("/oauth2/token", portal.accounts.token, methods=["POST"]),
        Route("/track/{number}", portal.track, methods=["GET"]),
        Route("/issuer/v1/requests/{number}", portal.guarded(portal.request), methods=["GET"]),
        Route("/issuer/v1/requests/{number}/conditions", portal.guarded(portal.conditions), methods=["GET"]),
        Route("/issuer/v1/requests/{number}/decisions", portal.guarded(portal.report_decision), methods=["POST"]),
        Route("/issuer/v1/decisions/{reference}", portal.guarded(portal.decision_status), methods=["GET"]),
    ]
    return simulate(context, routes, operation_of=_operation_of, error_reply=_error_reply)


def _operation_of(asked: Asked) -> str | None:
    if asked.path == "/graphql":
        return _asked_for(asked.body.decode(errors="replace"))
    if asked.path.startswith("/issuer/v1/requests/") and asked.path.endswith("/decisions"):
        return "report_decision"
    return "decision_status" if asked.path.startswith("/issuer/v1/decisions/") else None


def _asked_for(query: str) -> str:
    """The operation a query is; what names no known field is taken for a search."""
    return next((operation for name, operation in _FIELDS.items() if name in query), "search")


def _error_reply(kind: FaultKind, operation: str) -> Response | None:
    reading = operation in _FIELDS.values()
    if kind is FaultKind.HTTP_200_ERROR:
        sentence = "سامانه موقتاً پاسخگو نیست"
        if reading:
            return _errors(sentence, "internal")
        return JSONResponse({"code": "unavailable", "message": sentence})
    if kind is FaultKind.HTTP_401 and not reading:
        return JSONResponse({"code": "unauthorized", "message": "اعتبارنامه پذیرفته نشد"}, 401)
    return None


def _errors(message: str, category: str) -> JSONResponse:
    """A failed GraphQL answer: HTTP 200 all the same."""
    return JSONResponse({"errors": [{"message": message, "extensions": {"category": category}}], "data": None})


Handler = Callable[[Request], Awaitable[Response]]


class _Portal:
    """The handlers over one book."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._faults = context.faults
        self.book = Book(requests(context.clock(), context.seed), context.clock)
        self.accounts = Accounts(context.clock, context.random)

    def guarded(self, handler: Handler) -> Handler:
        """Ask for the issuer's account and word refusals as the contract does."""

        async def handle(request: Request) -> Response:
            try:
                self.accounts.check(request.headers.get("authorization", ""))
                return await handler(request)
            except Refusal as refusal:
                return JSONResponse(refusal.body(), refusal.status)

        return handle

    async def graphql(self, request: Request) -> Response:
        """The read side: every answer is HTTP 200."""
        try:
            asked = json.loads(await request.body())
            query, variables = str(asked["query"]), dict(asked.get("variables") or {})
        except (ValueError, KeyError, TypeError, AttributeError):
            return _errors("The request must be JSON with a query.", "request")
        operation = _asked_for(query)
        if self._faults.take(FaultKind.QUOTA, operation):
            return _errors("تعداد درخواست‌ها از حد مجاز گذشته است", "throttle")
        if self._faults.take(FaultKind.UNKNOWN_CODE, operation):
            return _errors("خطای ناشناخته", "e-7781")
        try:
            data = execute(query, variables, query_root(self.book))
        except QueryRefused as refused:
            return _errors(str(refused), refused.category)
        return self._answer({"data": data}, operation)

    async def track(self, request: Request) -> Response:
        """The public tracking page of one number."""
        found = self.book.find(request.path_params["number"])
        if found is None:
            return HTMLResponse("<p>شماره پیگیری یافت نشد</p>", 404)
        return HTMLResponse(f"<h1>{KINDS[found.kind][0]}</h1><p>{found.number}: {STATUSES[found.slug][1]}</p>")

    async def request(self, request: Request) -> Response:
        """One request of this issuer with its deadline."""
        found = self.book.own(request.path_params["number"])
        deadline = found.deadline.isoformat(timespec="seconds") if found.deadline else None
        body = {"requestNumber": found.number, "title": KINDS[found.kind][0], "status": found.slug}
        return JSONResponse(body | {"deadline": deadline})

    async def conditions(self, request: Request) -> Response:
        """The approved conditions a rejection may quote."""
        self.book.own(request.path_params["number"])
        return JSONResponse({"conditions": [{"number": key, "title": text} for key, text in CONDITIONS.items()]})

    async def report_decision(self, request: Request) -> Response:
        """Record a decision once."""
        if (failure := self._issuer_fault("report_decision")) is not None:
            return failure
        asked = _decision(await request.body())
        if self._faults.take(FaultKind.DUPLICATE_REQUEST, "report_decision"):
            raise Refusal(409, "reference_repeated", "این شناسه پیش‌تر دریافت شده است")
        fault = self._faults.take(FaultKind.CLOCK_SKEW, "report_decision")
        # Far enough behind that any decision of today lies in this portal's future.
        skew = timedelta(days=fault.number("days", 400)) if fault else timedelta(0)
        receipt = self.book.report(request.path_params["number"], asked, skew=skew)
        self._context.ledger.record("report_decision", receipt.reference, asked)
        return self._answer(receipt.body(), "report_decision", 201)

    async def decision_status(self, request: Request) -> Response:
        """The receipt of a decision, by the issuer's reference."""
        if (failure := self._issuer_fault("decision_status")) is not None:
            return failure
        receipt = self.book.receipt(request.path_params["reference"])
        return self._answer(receipt.body(), "decision_status")

    def _issuer_fault(self, operation: str) -> Response | None:
        if self._faults.take(FaultKind.QUOTA, operation):
            return JSONResponse(_QUOTA, 429)
        if self._faults.take(FaultKind.UNKNOWN_CODE, operation):
            return JSONResponse({"code": "e-7781", "message": "خطای ناشناخته"}, 422)
        return None

    def _answer(self, body: Json, operation: str, status: int = 200) -> Response:
        """The reply, drifted away from the contract when the menu says so."""
        text = json.dumps(body, ensure_ascii=False)
        if self._faults.take(FaultKind.DRIFT_RENAMED, operation):
            for old, new in _RENAMED.items():
                text = text.replace(f'"{old}"', f'"{new}"')
        if self._faults.take(FaultKind.DRIFT_ENUM, operation):
            for slug in STATUSES:
                text = text.replace(f'"{slug}"', '"suspended_by_court"')
        return Response(text, status, media_type="application/json")


def _decision(body: bytes) -> dict[str, Any]:
    """The request body, checked against the contract's `Decision`. Raises Refusal."""
    allowed = {"issuerReference", "decision", "conditionNumber", "reason", "decidedAt", "permitNumber", "validUntil"}
    try:
        asked: dict[str, Any] = json.loads(body)
        moment = datetime.fromisoformat(asked["decidedAt"])
        sound = (
            asked.keys() <= allowed
            and all(isinstance(value, str) for value in asked.values())
            and 0 < len(asked["issuerReference"]) <= 64  # noqa: PLR2004 - the contract's maxLength.
            and asked["decision"] in DECISIONS
            and moment.tzinfo is not None
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
        asked = {}
    if not sound:
        raise Refusal(400, "malformed", "بدنه درخواست با قرارداد سازگار نیست")
    return asked
