"""The agency side over SOAP: verify, read, act, answer. It believes only what is signed under an enrolled authority."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.simulation import FaultKind, SimulationContext
from pki.certificates import fingerprint
from pki.errors import PkiError, SignatureInvalid
from pki.replay import ReplayWindow
from pki.wss import Verifier

from .awards import Awarded, Awards, Registered
from .envelopes import Malformed, fault, question, reply
from .needs import Members, Needs, Published, Refusal

SKEW = timedelta(hours=1)
OUT_OF_ORDER = Refusal("900", "سامانه موقتاً در دسترس نیست؛ چیزی ثبت نشد")

Act = Callable[[Mapping[str, str]], Published | Awarded | Registered | Members | Refusal]

#: The hub's operation by the name of the Body's element.
REQUESTS: Mapping[str, str] = {
    "PublishNeed": "publish_need",
    "FindNeed": "need_by_reference",
    "ReadOffers": "need_offers",
    "AwardNeed": "award_need",
    "FindAward": "award_by_reference",
    "RegisterContract": "register_contract",
    "FindContract": "contract_by_reference",
}
#: What changes something; looking up is always open.
ACTS = frozenset({"publish_need", "award_need", "register_contract"})

_CLOSED: Mapping[FaultKind, Refusal] = {
    FaultKind.HOLIDAY: Refusal("310", "ستاد در روز تعطیل چیزی ثبت نمی‌کند"),
    FaultKind.OFFICE_HOURS: Refusal("311", "خارج از ساعت کاری ستاد"),
    FaultKind.QUOTA: Refusal("320", "سقف روزانهٔ ثبت به پایان رسیده است"),
    FaultKind.UNKNOWN_CODE: Refusal("777", ""),
}
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


class AgencyDesk:
    """Needs, offers, awards and contracts behind one path."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self.needs = Needs()
        self.awards = Awards(self.needs, context.clock)
        self.trusted: list[bytes] = []
        self._skew = timedelta()
        self._replay = ReplayWindow(context.clock, keep=timedelta(minutes=30))
        self._verifier = self._verifying()
        found = self.awards
        self._acts: Mapping[
            str, Callable[[Mapping[str, str]], Published | Awarded | Registered | Members | Refusal]
        ] = {
            "publish_need": lambda asked: self.needs.publish(asked, context.clock()),
            "need_by_reference": lambda asked: self.needs.find(asked["orgReference"]),
            "need_offers": found.offers,
            "award_need": found.award,
            "award_by_reference": lambda asked: found.find(found.awarded, asked["orgReference"]),
            "register_contract": found.register,
            "contract_by_reference": lambda asked: found.find(found.registered, asked["orgReference"]),
        }

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
        hinted = hinted_by(request.headers.get("soapaction", "")) or "publish_need"
        prefix = "S" if self._take(FaultKind.SOAP_PREFIX, hinted) else "soap"
        try:
            self._skew = SKEW if self._take(FaultKind.CLOCK_SKEW, hinted) else timedelta()
            verified = self._verifier.verify(raw)
            if self._take(FaultKind.DUPLICATE_REQUEST, hinted):
                verified = self._verifier.verify(raw)
            name, asked = question(verified.body)
        except SignatureInvalid as unbelieved:
            # The fault of the WS-Security standards (SOAP Message Security 1.1 §12) that fits the verifier's reason.
            code = _FAULT_CODES.get(unbelieved.reason, "wsse:InvalidSecurity")
            return fault(code, unbelieved.reason, prefix=prefix)
        except (PkiError, Malformed) as unreadable:
            return fault("soap:Client", str(unreadable), prefix=prefix)
        return self._answer(name, asked, prefix=prefix)

    def _answer(self, name: str, asked: Mapping[str, str], *, prefix: str) -> Response:
        operation = REQUESTS[name]
        if (closed := self._closed(operation)) is not None:
            return reply(name, closed, prefix=prefix)
        outcome = self._acts[operation](asked)
        if isinstance(outcome, Published | Awarded | Registered):
            if operation in ACTS:
                self._context.ledger.record(operation, asked["orgReference"], dict(asked))
            outcome = outcome.members
        renamed = {"needNumber": "needNo"} if self._take(FaultKind.DRIFT_RENAMED, operation) else {}
        return reply(name, outcome, prefix=prefix, renamed=renamed)

    def _closed(self, operation: str) -> Refusal | None:
        """Why nothing is done now."""
        now = self._context.clock()
        if operation in ACTS and self._context.calendar.holiday(now):
            return _CLOSED[FaultKind.HOLIDAY]
        if operation in ACTS and self._context.calendar.outside_hours(now):
            return _CLOSED[FaultKind.OFFICE_HOURS]
        return next((refusal for kind, refusal in _CLOSED.items() if self._take(kind, operation)), None)

    def _verifying(self) -> Verifier:
        """A verifier over what is trusted now, with the one replay store and, at fault, a clock that is wrong."""

        def clock() -> datetime:
            return self._context.clock() + self._skew

        return Verifier(tuple(self.trusted), clock, self._replay)

    def _take(self, kind: FaultKind, operation: str) -> bool:
        return self._context.faults.take(kind, operation) is not None


def hinted_by(soap_action: str) -> str | None:
    """The operation the SOAPAction header promises. Only faults are chosen by it; what is done, the Body decides."""
    return REQUESTS.get(soap_action.strip('"').rpartition(":")[2])
