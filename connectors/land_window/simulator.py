"""The land single window as a municipality meets it, with its quirks.

Errors come with HTTP 200, bad credentials as plain text, "every organ has answered" as HTTP 299; the outline is a JSON
text with capitalised keys inside the JSON; the first answer of an organ stands. Which parcels and requests exist:
`parcels.py`, `inquiries.py`.
Any user name is welcome; the password `wrong` is wrong.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.simulation import GENERAL, FaultKind, SimulationContext, simulate
from mappings.dates import time_writer

from .inquiries import CLERKS_LETTER, MINISTRY, MUNICIPALITY, SEND_DATE, InquiryBook, WindowState, well_formed
from .organ_answers import problem_with
from .parcels import Plaque, outline_text
from .pushes import status_push

__all__ = ["EXPECTED", "FAULTS", "create", "status_push"]

_write_moment = time_writer("jalali:%Y/%m/%d %H:%M:%S")

BAD_CREDENTIALS = "نام کاربری یا کلمه عبور صحیح نیست"
NOT_REGISTERED = "ملکی با این مشخصات یافت نشد"
QUOTA_USED_UP = "سقف مجاز استعلام روزانه به پایان رسیده است"
CLOSED_TODAY = "سامانه در روزهای تعطیل پاسخ‌گو نیست"
CLOSED_NOW = "سامانه خارج از ساعت اداری پاسخ‌گو نیست"
OUT_OF_ORDER = "خطای داخلی سامانه"

_CLOSED: Mapping[FaultKind, str] = {
    FaultKind.HOLIDAY: CLOSED_TODAY,
    FaultKind.OFFICE_HOURS: CLOSED_NOW,
}
_TEXTS = frozenset({FaultKind.CP1256, FaultKind.HTTP_200_ERROR, FaultKind.UNKNOWN_CODE, FaultKind.DRIFT_RENAMED})

#: What each operation can be told to do wrong.
FAULTS: Mapping[str, frozenset[FaultKind]] = {
    "parcel_geometry": GENERAL | _TEXTS | {FaultKind.HOLIDAY, FaultKind.OFFICE_HOURS, FaultKind.QUOTA},
    "answer_inquiry": GENERAL | _TEXTS | {FaultKind.HOLIDAY, FaultKind.OFFICE_HOURS},
    "answer_by_reference": GENERAL | _TEXTS,
    "inquiry_state": GENERAL | _TEXTS | {FaultKind.HTTP_299, FaultKind.DRIFT_ENUM},
}

#: Endings other than the usual.
EXPECTED: Mapping[tuple[str, FaultKind], frozenset[str]] = {}


def create(context: SimulationContext) -> Starlette:
    """The simulated window."""
    window = _Window(context)
    context.state["answers"] = lambda: [asdict(answer) for answer in window.book.answers.values()]
    routes = [
        Route("/GetEstateGeoJson", window.parcel_geometry, methods=["POST"], name="parcel_geometry"),
        Route("/AnswerInquiry", window.answer_inquiry, methods=["POST"], name="answer_inquiry"),
        Route("/OrganAnswer", window.answer_by_reference, methods=["POST"], name="answer_by_reference"),
        Route("/InquiryState", window.inquiry_state, methods=["POST"], name="inquiry_state"),
    ]
    return simulate(context, routes, error_reply=_error_reply)


class _Window:
    """The window's desk: one method an operation."""

    def __init__(self, context: SimulationContext) -> None:
        self._context = context
        self.book = InquiryBook()

    async def parcel_geometry(self, request: Request) -> Response:
        asked = await request.json()
        if not _known(asked, "Username"):
            return PlainTextResponse(BAD_CREDENTIALS)
        if closed := self._closed("parcel_geometry"):
            return _estate(closed)
        if self._take(FaultKind.QUOTA, "parcel_geometry"):
            return _estate(QUOTA_USED_UP)
        if self._take(FaultKind.UNKNOWN_CODE, "parcel_geometry"):
            return _estate("پیامی که در هیچ سندی نیامده است")
        main, secondary = asked.get("PlakOrginal"), asked.get("PlaqkSub")
        if type(main) is not int or type(secondary) is not int:
            return JSONResponse({"Message": "The request is invalid."}, status_code=400)
        unit, section, subsection = (str(asked.get(name, "")) for name in ("UnitId", "SectionCode", "SubSectionCode"))
        plaque = Plaque(unit, section, subsection, main, secondary)
        if not plaque.registered:
            data = {"GeoJsonMap": None, "Messeag": NOT_REGISTERED, "IsSuccess": False}
        else:
            key = "GeoJson" if self._take(FaultKind.DRIFT_RENAMED, "parcel_geometry") else "GeoJsonMap"
            data = {key: outline_text(plaque), "Messeag": "عملیات با موفقیت انجام شد", "IsSuccess": True}
        return JSONResponse({"Data": data, "IsSuccess": True, "Message": None})

    async def answer_inquiry(self, request: Request) -> Response:
        asked = await request.json()
        if not _known(asked, "UserName"):
            return PlainTextResponse(BAD_CREDENTIALS)
        if closed := self._closed("answer_inquiry"):
            return _result("12", closed)
        if self._take(FaultKind.UNKNOWN_CODE, "answer_inquiry"):
            return _result("77", "")
        if problem := problem_with(asked, self.book):
            return _result(*problem)
        organ_code = str(asked.get("OrganizationTrackingCode", ""))
        recorded = self.book.record(
            asked["RequestNo"],
            asked["ResponseOrganization"],
            letter=asked["ResponseNo"],
            organ_code=organ_code,
            at=jalali_moment(self._context.clock()),
        )
        content = {name: value for name, value in asked.items() if name not in {"UserName", "Password"}}
        self._context.ledger.record("answer_inquiry", organ_code, content)
        key = "TrackCode" if self._take(FaultKind.DRIFT_RENAMED, "answer_inquiry") else "TrackingCode"
        return _result("00", "پاسخ دستگاه ثبت شد", {key: recorded.tracking_code, "RecordDate": recorded.at})

    async def answer_by_reference(self, request: Request) -> Response:
        asked = await request.json()
        if refusal := self._refusal(asked, "answer_by_reference"):
            return refusal
        recorded = self.book.by_organ_code(str(asked.get("OrganizationTrackingCode", "")))
        if recorded is None:
            return _result("106", "پاسخی با این شناسه ثبت نشده است")
        key = "TrackCode" if self._take(FaultKind.DRIFT_RENAMED, "answer_by_reference") else "TrackingCode"
        data = {
            "RequestNo": recorded.request_number,
            "ResponseNo": recorded.letter,
            "OrganizationTrackingCode": recorded.organ_code,
            key: recorded.tracking_code,
            "RecordDate": recorded.at,
        }
        return _result("1", "", data)

    async def inquiry_state(self, request: Request) -> Response:
        asked = await request.json()
        if refusal := self._refusal(asked, "inquiry_state"):
            return refusal
        number = asked.get("RequestNo")
        if not well_formed(number):
            return _result("101", "شمارهٔ درخواست نامعتبر است", status=400)
        if not self.book.knows(number):
            return _result("106", "درخواست یافت نشد")
        state: int = self.book.state(number)
        data: dict[str, Any] = {
            "RequestNo": number,
            "State": 78 if self._take(FaultKind.DRIFT_ENUM, "inquiry_state") else state,
            "SendDate": SEND_DATE if state != WindowState.NOT_SENT else None,
            "RelatedOrganList": [self._routed(number, organ) for organ in self.book.routed(number)],
        }
        if self._take(FaultKind.DRIFT_RENAMED, "inquiry_state"):
            data["Status"] = data.pop("State")
        if state == WindowState.NOT_SENT:
            return _result("107", "درخواست هنوز ارسال نشده است", data)
        if state == WindowState.ANSWERED:
            return _result("108", "همهٔ دستگاه‌ها پاسخ داده‌اند", data, status=299)
        return _result("1", "", data)

    def _routed(self, number: str, organ: str) -> dict[str, Any]:
        answer = self.book.answers.get((number, organ))
        return {
            "MinistryCode": MINISTRY,
            "OrganizationCode": organ,
            "OrganizationTrackingCode": answer.organ_code if answer else None,
            "SendDate": SEND_DATE,
            "Answered": self.book.answered_by(number, organ),
            "ResponseNo": answer.letter if answer else _clerks_letter(self.book, number, organ),
        }

    def _refusal(self, asked: Mapping[str, Any], operation: str) -> Response | None:
        """What the numbered legs say before they look at the question."""
        if not _known(asked, "UserName"):
            return _result("105", BAD_CREDENTIALS)
        if self._take(FaultKind.UNKNOWN_CODE, operation):
            return _result("777", "")
        return None

    def _closed(self, operation: str) -> str | None:
        """Why the window is closed now, by its calendar or by a fault."""
        now = self._context.clock()
        if self._context.calendar.holiday(now):
            return CLOSED_TODAY
        if self._context.calendar.outside_hours(now):
            return CLOSED_NOW
        return next((text for kind, text in _CLOSED.items() if self._take(kind, operation)), None)

    def _take(self, kind: FaultKind, operation: str) -> bool:
        return self._context.faults.take(kind, operation) is not None


def jalali_moment(moment: datetime) -> str:
    """An instant as the window writes it: Jalali, Tehran time, `1405/06/31 10:00:00`."""
    return str(_write_moment(moment))


def _known(asked: Mapping[str, Any], name: str) -> bool:
    return name in asked and "Password" in asked and asked["Password"] != "wrong"  # noqa: S105 - the sandbox's own rule.


def _clerks_letter(book: InquiryBook, number: str, organ: str) -> str | None:
    return CLERKS_LETTER if organ == MUNICIPALITY and book.answered_by(number, organ) else None


def _estate(message: str) -> Response:
    return JSONResponse({"Data": None, "IsSuccess": False, "Message": message})


def _result(code: str, message: str, data: Mapping[str, Any] | None = None, *, status: int = 200) -> Response:
    return JSONResponse({"ResCode": code, "ResMessage": message, "Data": data}, status_code=status)


def _error_reply(kind: FaultKind, operation: str) -> Response | None:
    """The window's own wording of a failure."""
    if kind is FaultKind.PLAIN_TEXT:
        return PlainTextResponse(BAD_CREDENTIALS)
    if kind is FaultKind.HTTP_299 and operation == "inquiry_state":
        return None
    if kind is FaultKind.HTTP_200_ERROR:
        if operation == "parcel_geometry":
            return _estate(OUT_OF_ORDER)
        return _result("13" if operation == "answer_inquiry" else "901", OUT_OF_ORDER)
    return None
