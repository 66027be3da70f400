"""The simulated portal's book of requests: what may be decided, once, before the deadline, by which condition.

Rules of the law on permits: a rejection quotes an approved condition, silence past the deadline issues the permit,
an issued permit may be revoked with a reason. How the portal words its refusals is assumed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from .data import CONDITIONS, STATUSES, TEHRAN, Operation, Request

Clock = Callable[[], datetime]

_OPEN: Final = frozenset({"submitted", "under_review", "resubmitted"})
_SKEW: Final = timedelta(minutes=5)

# What the issuer may report: the states it may be reported in, and the state it leads to.
DECISIONS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "UNDER_REVIEW": (_OPEN, "under_review"),
    "DEFECT": (_OPEN, "defect"),
    "APPROVE": (_OPEN, "approved"),
    "REJECT": (_OPEN, "rejected"),
    "REVOKE": (frozenset({"approved", "auto_issued"}), "revoked"),
}


class Refusal(Exception):
    """The portal says no: an HTTP status, a code of the contract and a sentence in Persian."""

    def __init__(self, status: int, code: str, message: str, slug: str | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.slug = slug

    def body(self) -> dict[str, str]:
        """The refusal as the contract's `Failure`."""
        found = {"code": self.code, "message": self.message}
        return found | ({"status": self.slug} if self.slug else {})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the portal gives for a recorded decision, and gives again when asked by the issuer's reference."""

    number: str
    request_number: str
    reference: str
    slug: str
    recorded_at: datetime

    def body(self) -> dict[str, str]:
        """The receipt as the contract's `Receipt`."""
        return {
            "receiptNumber": self.number,
            "requestNumber": self.request_number,
            "issuerReference": self.reference,
            "status": self.slug,
            "recordedAt": self.recorded_at.astimezone(TEHRAN).isoformat(timespec="seconds"),
        }


class Book:
    """Every request and every receipt of one simulated portal.

    A request of this issuer that was decided before the simulation began has the receipt `earlier-<number>`.
    """

    def __init__(self, requests: Mapping[str, Request], clock: Clock) -> None:
        self._requests = dict(requests)
        self._clock = clock
        self._receipts = {receipt.reference: receipt for receipt in _earlier(requests)}

    def every(self) -> list[Request]:
        """All requests, oldest number first, with deadlines enforced."""
        return [self._current(request) for request in list(self._requests.values())]

    def find(self, number: str) -> Request | None:
        """The request of that number as it stands now."""
        request = self._requests.get(number)
        return None if request is None else self._current(request)

    def own(self, number: str) -> Request:
        """A request this issuer has to decide. Raises Refusal for any other."""
        request = self.find(number)
        if request is None or request.deadline is None:
            raise Refusal(404, "request_not_found", "درخواستی با این شماره برای این مرجع صدور ثبت نشده است")
        return request

    def receipt(self, reference: str) -> Receipt:
        """The receipt given for the issuer's reference. Raises Refusal when none was ever given."""
        if reference not in self._receipts:
            raise Refusal(404, "decision_not_found", "تصمیمی با این شناسه دریافت نشده است")
        return self._receipts[reference]

    def receipts(self) -> list[dict[str, str]]:
        """Every receipt, oldest first."""
        return [receipt.body() for receipt in self._receipts.values()]

    def report(self, number: str, asked: Mapping[str, Any], *, skew: timedelta = timedelta(0)) -> Receipt:
        """Record one decision, or raise Refusal and change nothing. `skew` is how far this portal's clock is behind."""
        request = self.own(number)
        reference = asked["issuerReference"]
        if reference in self._receipts:
            raise Refusal(409, "reference_repeated", "این شناسه پیش‌تر دریافت شده است")
        now = self._clock()
        if datetime.fromisoformat(asked["decidedAt"]) > now - skew + _SKEW:
            raise Refusal(422, "decided_in_future", "زمان تصمیم از ساعت سامانه جلوتر است")
        slug = _judged(request, asked)
        changed = replace(
            request,
            slug=slug,
            responded_at=now if slug in {"approved", "rejected"} else request.responded_at,
            history=(*request.history, Operation(STATUSES[slug][1], _reasons(asked), now, slug)),
        )
        self._requests[number] = changed
        receipt = Receipt(f"7{len(self._receipts) + 1:09d}", number, reference, slug, now)
        self._receipts[reference] = receipt
        return receipt

    def _current(self, request: Request) -> Request:
        """Enforce the deadline: silence issues the permit, dated at the deadline itself."""
        if request.deadline is None or request.slug not in _OPEN or self._clock() <= request.deadline:
            return request
        issued = Operation(STATUSES["auto_issued"][1], ("پایان مهلت قانونی",), request.deadline, "auto_issued")
        changed = replace(
            request, slug="auto_issued", responded_at=request.deadline, history=(*request.history, issued)
        )
        self._requests[request.number] = changed
        return changed


def _earlier(requests: Mapping[str, Request]) -> list[Receipt]:
    decided = [
        request
        for request in requests.values()
        if request.deadline is not None and request.slug in {"approved", "rejected", "revoked"}
    ]
    return [
        Receipt(f"7{place:09d}", request.number, f"earlier-{request.number}", request.slug, request.history[-1].at)
        for place, request in enumerate(decided, start=1)
    ]


def _judged(request: Request, asked: Mapping[str, Any]) -> str:
    """The state the decision leads to, or the refusal it meets."""
    allowed, slug = DECISIONS[asked["decision"]]
    if request.slug not in allowed:
        raise _misplaced(request.slug, asked["decision"])
    if asked["decision"] == "REJECT":
        number = asked.get("conditionNumber")
        if not number:
            raise Refusal(422, "condition_required", "رد درخواست باید به شماره شرط مصوب مستند باشد", request.slug)
        if number not in CONDITIONS:
            raise Refusal(422, "condition_unknown", f"شرط شماره {number} در شروط مصوب نیست", request.slug)
    if asked["decision"] in {"DEFECT", "REJECT", "REVOKE"} and not asked.get("reason"):
        raise Refusal(422, "reason_required", "دلیل نوشته نشده است", request.slug)
    return slug


def _misplaced(slug: str, decision: str) -> Refusal:
    if slug == "auto_issued" and decision != "REVOKE":
        return Refusal(409, "deadline_passed", "مهلت گذشته و مجوز خودکار صادر شده است", slug)
    if slug in {"approved", "rejected", "revoked", "expired"}:
        return Refusal(409, "already_decided", "درباره این درخواست پیش‌تر تصمیم گرفته شده است", slug)
    return Refusal(409, "wrong_state", "در این وضعیت چنین تصمیمی پذیرفته نیست", slug)


def _reasons(asked: Mapping[str, Any]) -> tuple[str, ...]:
    condition = asked.get("conditionNumber")
    named = (f"شرط شماره {condition}",) if condition else ()
    return (*named, *((asked["reason"],) if asked.get("reason") else ()))
