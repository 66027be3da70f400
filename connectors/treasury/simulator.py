"""The treasury as we assume it: requests, inquiries, confirmations, each signed with a shared key.

Deposit identifiers that begin with 9990 are known, with 9998 expired; the bill 9900000199960 with 125041280 is paid.
What was there before: `book.py`. The sandbox's shared key is empty or `secret`. Nobody pays by themselves here:
`POST /_sim/payments` with `{"traceNo", "state"}` does it for them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate

from .book import EXPIRED, KNOWN, PAID_BILL, STATES, Book, Entry
from .signatures import signature

__all__ = ["FAULTS", "create"]

_OPERATIONS: Final = {
    "/api/v1/payment/request": "request_payment",
    "/api/v1/payment/inquiry": "payment_state",
    "/api/v1/payment/confirm": "confirm_payment",
}
_USUAL: Final = GENERAL | {
    FaultKind.HTTP_200_ERROR,
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
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {
    "request_payment": _USUAL | {FaultKind.DUPLICATE_REQUEST},
    "payment_state": _USUAL,
    "confirm_payment": _USUAL | {FaultKind.DUPLICATE_REQUEST},
}

_KEYS: Final = ("", "secret")
_DEPOSIT_DIGITS: Final = 30
_REFUSED: Final = {"Request": "9214", "Revoke": "9220", "Conflict": "9201"}
Answer = Callable[[Mapping[str, Any]], Response]


def create(context: SimulationContext) -> Starlette:
    """The treasury as an application. `state` shows its payments."""
    treasury = _Treasury(context)
    context.state["payments"] = lambda: [entry.as_json() for entry in treasury.book.entries]
    handlers = {
        "request_payment": treasury.request,
        "payment_state": treasury.inquire,
        "confirm_payment": treasury.confirm,
    }
    routes = [
        Route(path, treasury.guarded(name, handlers[name]), methods=["POST"], name=name)
        for path, name in _OPERATIONS.items()
    ]
    paying = Route("/_sim/payments", treasury.pay, methods=["POST"])
    return simulate(context, [*routes, paying], operation_of=_operation_of, error_reply=_error_reply)


def _operation_of(asked: Asked) -> str | None:
    return _OPERATIONS.get(asked.path)


def _error_reply(kind: FaultKind, operation: str) -> Response | None:
    """Nothing is done, and the code says so."""
    if kind is FaultKind.HTTP_200_ERROR:
        return _result("CLOSED" if operation == "request_payment" else "9302", "سامانه در دسترس نیست")
    return None


class _Treasury:
    """The desk over one book."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self.book = Book(context.clock)

    def guarded(self, operation: str, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Signature, calendar and quota first."""

        async def handle(request: Request) -> Response:
            try:
                asked = json.loads(await request.body())
            except ValueError:
                asked = None
            if not isinstance(asked, dict):
                return JSONResponse({"code": "9302", "message": "درخواست نادرست است", "data": None}, 400)
            return self._refusal(operation, asked) or answer(asked)

        return handle

    def request(self, asked: Mapping[str, Any]) -> Response:
        """Write down what is to be paid; its number counts once."""
        if self.book.find({"requestNo": asked.get("requestNo")}) or self._take("DUPLICATE_REQUEST", "request_payment"):
            return _result("9221", "درخواست تکراری است")
        deposit = str(asked.get("depositId") or "")
        if (asked.get("billId"), asked.get("payId")) == PAID_BILL:
            return _result("9224", "قبض پرداخت شده است")
        if deposit.startswith(EXPIRED):
            return _result("9219", "مهلت گذشته است")
        if not asked.get("billId") and (len(deposit) != _DEPOSIT_DIGITS or not deposit.startswith(KNOWN)):
            return _result("9214", "یافت نشد")
        entry = self.book.request(asked)
        content = {name: value for name, value in asked.items() if name != "sign"}
        self._context.ledger.record("request_payment", asked["requestNo"], content)
        return self._shown("request_payment", entry)

    def inquire(self, asked: Mapping[str, Any]) -> Response:
        """How far a payment is."""
        entry = self.book.find(asked)
        return self._shown("payment_state", entry) if entry else _result("9214", "یافت نشد")

    def confirm(self, asked: Mapping[str, Any]) -> Response:
        """Settle a payment that waits or is paid; to be told once more is no harm."""
        entry = self.book.by_trace(str(asked.get("traceNo", "")))
        if entry is None or entry.state in _REFUSED:
            return _result(_REFUSED[entry.state] if entry else "9214", "پرداخت قابل تأیید نیست")
        if entry.state == "Settle" or self._take("DUPLICATE_REQUEST", "confirm_payment"):
            return self._shown("confirm_payment", entry, "9221")
        self.book.move(entry, "Settle")
        self._context.ledger.record("confirm_payment", entry.trace_number, {"traceNo": entry.trace_number})
        return self._shown("confirm_payment", entry)

    async def pay(self, request: Request) -> Response:
        """The sandbox's stand-in for payer, bank and night run."""
        asked = await request.json()
        entry = self.book.by_trace(str(asked.get("traceNo", "")))
        if entry is None or asked.get("state") not in STATES:
            return JSONResponse({"problem": "traceNo or state is unknown", "states": STATES}, 422)
        self.book.move(entry, asked["state"])
        return JSONResponse(entry.as_json())

    def _refusal(self, operation: str, asked: Mapping[str, Any]) -> Response | None:
        unsigned = {name: value for name, value in asked.items() if name != "sign"}
        if asked.get("sign") not in {signature(unsigned, key) for key in _KEYS}:
            return _result("9301", "امضا نادرست است")
        now, calendar = self._context.clock(), self._context.calendar
        if calendar.holiday(now) or self._take("HOLIDAY", operation):
            return _result("CLOSED", "امروز تعطیل است")
        if calendar.outside_hours(now) or self._take("OFFICE_HOURS", operation):
            return _result("CLOSED", "بیرون از ساعت کار است")
        if self._take("QUOTA", operation):
            return _result("QUOTA", "سهمیهٔ امروز به پایان رسیده است")
        if self._take("UNKNOWN_CODE", operation):
            return _result("9777", "")
        return None

    def _shown(self, operation: str, entry: Entry, code: str = "00") -> Response:
        data = entry.as_json()
        if self._take("DRIFT_ENUM", operation):
            data["state"] = "Lost"
        if self._take("DRIFT_RENAMED", operation):
            data["trackNo"] = data.pop("traceNo")
        return _result(code, "", data)

    def _take(self, kind: str, operation: str) -> bool:
        return self._context.faults.take(FaultKind[kind], operation) is not None


def _result(code: str, message: str, data: Mapping[str, Any] | None = None) -> Response:
    return JSONResponse({"code": code, "message": message, "data": data})
