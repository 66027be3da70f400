"""Setad with its quirks: the public board, and the agency side that believes only signed messages.

The agency side trusts the authorities that were enrolled with it: `POST /_sim/trust` with a root certificate in PEM,
the sandbox's stand-in for handing a certificate to the operator of the real system. Nothing is trusted before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate
from pki.certificates import fingerprint
from pki.errors import PkiError, SignatureInvalid
from pki.replay import ReplayWindow
from pki.wss import Verifier

from .board import Board, QueryRefused
from .envelopes import Malformed, fault, question, receipt
from .needs import Needs, Published, Refusal

__all__ = ["EXPECTED", "FAULTS", "create"]

NEEDS_PATH = "/services/Needs"
SKEW = timedelta(hours=1)

_REQUESTS: Mapping[str, str] = {"PublishNeed": "publish_need", "FindNeed": "need_by_reference"}
_NAMES: Mapping[str, str] = {operation: name for name, operation in _REQUESTS.items()}
_CLOSED: Mapping[FaultKind, Refusal] = {
    FaultKind.HOLIDAY: Refusal("310", "ستاد در روز تعطیل نیاز ثبت نمی‌کند"),
    FaultKind.OFFICE_HOURS: Refusal("311", "خارج از ساعت کاری ستاد"),
    FaultKind.QUOTA: Refusal("320", "سقف روزانهٔ ثبت نیاز به پایان رسیده است"),
    FaultKind.UNKNOWN_CODE: Refusal("777", ""),
}
_OUT_OF_ORDER = Refusal("900", "سامانه موقتاً در دسترس نیست؛ چیزی ثبت نشد")

_SIGNED = frozenset(
    {
        FaultKind.HTTP_200_ERROR,
        FaultKind.CP1256,
        FaultKind.CLOCK_SKEW,
        FaultKind.SOAP_PREFIX,
        FaultKind.UNKNOWN_CODE,
        FaultKind.DRIFT_RENAMED,
    }
)

#: What each operation can be told to do wrong.
FAULTS: Mapping[str, frozenset[FaultKind]] = {
    "list_notices": GENERAL
    | {
        FaultKind.HTTP_200_ERROR,
        FaultKind.CP1256,
        FaultKind.MOJIBAKE,
        FaultKind.QUOTA,
        FaultKind.LOST_ZEROS,
        FaultKind.DRIFT_RENAMED,
        FaultKind.DRIFT_ENUM,
        FaultKind.UNKNOWN_CODE,
    },
    "publish_need": GENERAL
    | _SIGNED
    | {FaultKind.HOLIDAY, FaultKind.OFFICE_HOURS, FaultKind.QUOTA, FaultKind.DUPLICATE_REQUEST},
    "need_by_reference": GENERAL | _SIGNED | {FaultKind.DUPLICATE_REQUEST},
}

#: Endings other than the usual.
EXPECTED: Mapping[tuple[str, FaultKind], frozenset[str]] = {
    # Sixteen-digit numbers are text; one that went through a number may have lost more than its zeros.
    ("list_notices", FaultKind.LOST_ZEROS): frozenset({"broken"}),
}


def create(context: SimulationContext) -> Starlette:
    """The simulated Setad."""
    board = _BoardDesk(context)
    needs = _NeedsDesk(context)
    context.state["needs"] = lambda: [asdict(need) for need in needs.needs.published]
    context.state["trusted"] = lambda: [fingerprint(root) for root in needs.trusted]
    routes = [
        Route("/api/centralboard/cards/", board.list_notices, methods=["GET"]),
        Route(NEEDS_PATH, needs.receive, methods=["POST"]),
        Route("/_sim/trust", needs.trust, methods=["POST"]),
    ]
    return simulate(context, routes, operation_of=_operation_of, error_reply=_error_reply)


class _BoardDesk:
    """The public board over HTTP."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self._board = Board(context.clock)

    async def list_notices(self, request: Request) -> Response:
        if self._take(FaultKind.QUOTA):
            return _board_error("DAILY_LIMIT", "سقف درخواست روزانه پر شده است", 429)
        if self._take(FaultKind.UNKNOWN_CODE):
            return _board_error("E-9999", "", 200)
        try:
            page = self._board.search(request.query_params)
        except QueryRefused as refused:
            return _board_error(refused.code, str(refused), 400)
        self._spoil(page["content"])
        return JSONResponse(page)

    def _spoil(self, cards: Sequence[dict[str, Any]]) -> None:
        """What a changed or careless board does to its cards."""
        if self._take(FaultKind.LOST_ZEROS):
            for card in cards:
                card["number"] = int(card["number"])
        if self._take(FaultKind.DRIFT_RENAMED):
            for card in cards:
                card["noticeNumber"] = card.pop("number")
        if self._take(FaultKind.DRIFT_ENUM):
            for card in cards:
                card["needType"] = 1433

    def _take(self, kind: FaultKind) -> bool:
        return self._context.faults.take(kind, "list_notices") is not None


class _NeedsDesk:
    """The agency side: verify, read, act, answer."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self.needs = Needs()
        self.trusted: list[bytes] = []
        self._skew = timedelta()
        self._replay = ReplayWindow(context.clock, keep=timedelta(minutes=30))
        self._verifier = self._verifying()

    async def trust(self, request: Request) -> Response:
        """Enrol an authority."""
        root = await request.body()
        try:
            known = {fingerprint(trusted) for trusted in self.trusted}
            if fingerprint(root) not in known:
                self.trusted.append(root)
                self._verifier = self._verifying()
        except PkiError as unusable:
            return JSONResponse({"problem": str(unusable)}, 422)
        return Response(status_code=204)

    async def receive(self, request: Request) -> Response:
        """One signed message."""
        raw = await request.body()
        hinted = _hinted(request.headers.get("soapaction", "")) or "publish_need"
        prefix = "S" if self._take(FaultKind.SOAP_PREFIX, hinted) else "soap"
        try:
            self._skew = SKEW if self._take(FaultKind.CLOCK_SKEW, hinted) else timedelta()
            verified = self._verifier.verify(raw)
            if self._take(FaultKind.DUPLICATE_REQUEST, hinted):
                verified = self._verifier.verify(raw)
            name, asked = question(verified.body)
        except SignatureInvalid as unbelieved:
            return _refused_as(unbelieved, prefix)
        except (PkiError, Malformed) as unreadable:
            return fault("soap:Client", str(unreadable), prefix=prefix)
        return self._answer(name, asked, prefix=prefix)

    def _answer(self, name: str, asked: Mapping[str, str], *, prefix: str) -> Response:
        operation = _REQUESTS[name]
        number_name = "needNumber"
        if (closed := self._closed(operation)) is not None:
            return receipt(name, closed, prefix=prefix)
        if name == "PublishNeed":
            outcome = self.needs.publish(asked, self._context.clock())
            if isinstance(outcome, Published):
                self._context.ledger.record(operation, asked["orgReference"], dict(asked))
        else:
            outcome = self.needs.find(asked["orgReference"])
        if self._take(FaultKind.DRIFT_RENAMED, operation):
            number_name = "needNo"
        return receipt(name, outcome, prefix=prefix, number_name=number_name)

    def _closed(self, operation: str) -> Refusal | None:
        """Why nothing is published now; looking up is always open."""
        now = self._context.clock()
        if operation == "publish_need" and self._context.calendar.holiday(now):
            return _CLOSED[FaultKind.HOLIDAY]
        if operation == "publish_need" and self._context.calendar.outside_hours(now):
            return _CLOSED[FaultKind.OFFICE_HOURS]
        return next((refusal for kind, refusal in _CLOSED.items() if self._take(kind, operation)), None)

    def _verifying(self) -> Verifier:
        """A verifier over what is trusted now, with the one replay store and, at fault, a clock that is wrong."""

        def clock() -> datetime:
            return self._context.clock() + self._skew

        return Verifier(tuple(self.trusted), clock, self._replay)

    def _take(self, kind: FaultKind, operation: str) -> bool:
        return self._context.faults.take(kind, operation) is not None


def _refused_as(unbelieved: SignatureInvalid, prefix: str) -> Response:
    """The fault of the WS-Security standards (SOAP Message Security 1.1 §12) that fits the verifier's reason."""
    code = _FAULT_CODES.get(unbelieved.reason, "wsse:InvalidSecurity")
    return fault(code, unbelieved.reason, prefix=prefix)


_FAULT_CODES: Mapping[str, str] = {
    "wss.expired": "wsu:MessageExpired",
    "wss.future": "wsu:MessageExpired",
    "wss.lifetime": "wsu:MessageExpired",
    "wss.replayed": "wsse:FailedAuthentication",
    "wss.token": "wsse:InvalidSecurityToken",
    "wss.untrusted": "wsse:InvalidSecurityToken",
    "wss.revoked": "wsse:InvalidSecurityToken",
    "wss.digest": "wsse:FailedCheck",
    "wss.signature": "wsse:FailedCheck",
}


def _operation_of(asked: Asked) -> str | None:
    if asked.path == NEEDS_PATH:
        return _hinted(asked.headers.get("soapaction", "")) or "publish_need"
    return "list_notices" if asked.path.startswith("/api/centralboard/cards") else None


def _hinted(soap_action: str) -> str | None:
    """The operation the SOAPAction header promises. Only faults are chosen by it; what is done, the Body decides."""
    return _REQUESTS.get(soap_action.strip('"').rpartition(":")[2])


def _board_error(code: str, text: str, status: int) -> Response:
    return JSONResponse({"errorCode": code, "errorMessage": text}, status_code=status)


def _error_reply(kind: FaultKind, operation: str) -> Response | None:
    """Setad's own wording of a failure."""
    if kind is not FaultKind.HTTP_200_ERROR:
        return None
    if operation == "list_notices":
        return _board_error("SERVICE_UNAVAILABLE", "سامانه موقتاً در دسترس نیست", 200)
    return receipt(_NAMES[operation], _OUT_OF_ORDER)
