"""The register of legal persons behind the exchange centre's bus: an old SOAP service, a newer JSON one.

The old one writes "true", "false" and "null" as words and tells an error by its message; the newer one by `Result`.
Which bodies exist: `companies.py`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.bus import BUS_FAULTS, WRONG_SECRET, Bus, nested
from connectors.simulation import GENERAL, Asked, FaultKind, SimulationContext, simulate
from connectors.soap import MessageInvalid, SoapCodec

from .companies import BODIES, Body, found

_OPERATIONS: Final = {
    "/legal-persons/InquirySpecial": "company",
    "/legal-persons/GSBCompanyGetLatestInfoV2": "latest",
}
_USUAL: Final = GENERAL | BUS_FAULTS | {FaultKind.HTTP_200_ERROR}
FAULTS: Final[Mapping[str, frozenset[FaultKind]]] = {
    "company": (_USUAL - {FaultKind.MOJIBAKE}) | {FaultKind.SOAP_PREFIX},
    "latest": _USUAL - {FaultKind.DRIFT_ENUM},
}

_METHOD: Final = "InquirySpecialByNationalCode"
_NOT_FOUND: Final = "شناسه ملی یافت نشد"
_BUSY: Final = "سرویس موقتاً در دسترس نیست"
_NULL: Final = "null"


def create(context: SimulationContext) -> Starlette:
    """The register as an application. `state` shows its bodies."""
    register = _Register(context)
    context.state["companies"] = lambda: [body.name for body in BODIES]
    handlers = {"company": register.company, "latest": register.latest}
    routes = [Route(path, handlers[name], methods=["POST"], name=name) for path, name in _OPERATIONS.items()]
    return simulate(context, routes, operation_of=_operation_of, error_reply=register.error_reply)


def _operation_of(asked: Asked) -> str | None:
    return _OPERATIONS.get(asked.path)


class _Register:
    """Answers both services."""

    def __init__(self, context: SimulationContext) -> None:
        self._faults = context.faults
        self._bus = Bus(context)
        self._codec = SoapCodec(Path(__file__).parent / "contract", "inquiry_special.wsdl")

    async def company(self, request: Request) -> Response:
        """`InquirySpecialByNationalCode`."""
        if refusal := self._bus.refusal(request, "company"):
            return refusal
        try:
            _, asked = self._codec.read_request(await request.body())
        except MessageInvalid as invalid:
            return Response(self._codec.write_fault("Client", invalid.detail), 500, media_type="text/xml")
        if asked.get("PassWord") == WRONG_SECRET:
            return self._soap(_message("نام کاربری یا رمز عبور اشتباه است"))
        if self._faults.take(FaultKind.UNKNOWN_CODE, "company"):
            return self._soap(_message("خطایی که در هیچ سندی نیامده است"))
        if not asked.get("NationalCode") and not asked.get("Name"):
            return self._soap(_message("نام وارد نشده است"))
        body = found(asked.get("NationalCode") or "", asked.get("Name") or "")
        return self._soap(_in_words(body) if body else _message(_NOT_FOUND))

    async def latest(self, request: Request) -> Response:
        """`GSBCompanyGetLatestInfoV2`."""
        if refusal := self._bus.refusal(request, "latest"):
            return refusal
        if self._faults.take(FaultKind.UNKNOWN_CODE, "latest"):
            return _result(777, "")
        try:
            asked = json.loads(await request.body())["TheCCompany"]
            legal_id, name = str(asked["NationalCode"]), str(asked["Name"])
        except (ValueError, TypeError, KeyError):
            return _result(400, "درخواست نادرست است")
        body = found(legal_id, name)
        if body is None:
            return _result(404, "یافت نشد")
        company = _as_json(body)
        if self._faults.take(FaultKind.DRIFT_RENAMED, "latest"):
            company["CompanyName"] = company.pop("Name")
        return _result(0, "عملیات موفق", company)

    def error_reply(self, kind: FaultKind, operation: str) -> Response | None:
        """Errors under HTTP 200."""
        if kind is not FaultKind.HTTP_200_ERROR:
            return None
        return self._soap(_message(_BUSY)) if operation == "company" else _result(500, _BUSY)

    def _soap(self, result: dict[str, str]) -> Response:
        take = self._faults.take
        if "aIsBreakUp" in result and take(FaultKind.DRIFT_ENUM, "company"):
            result["aIsBreakUp"] = "partly"
        prefix = "S" if take(FaultKind.SOAP_PREFIX, "company") else "soapenv"
        content = self._codec.write_reply(_METHOD, {f"{_METHOD}Result": result}, prefix=prefix)
        if take(FaultKind.DRIFT_RENAMED, "company"):
            content = content.replace(b"aName>", b"aTitle>")
        return Response(content, media_type="text/xml")


def _message(text: str) -> dict[str, str]:
    return {"aMessage": text, "aSuccessful": "false"}


def _in_words(body: Body) -> dict[str, str]:
    return {
        "aAddress": "تهران، خیابان آزمایشی",
        "aEstablishmentDate": _NULL,
        "aIsBankRupt": _NULL,
        "aIsBreakUp": "true" if body.dissolved else "false",
        "aIsSettle": "false",
        "aIsSuspention": "false",
        "aIsTaxRestricted": _NULL,
        "aMessage": "",
        "aName": body.name,
        "aNationalCode": body.legal_id or _NULL,
        "aPostCode": "1619735744",
        "aRegisterDate": body.registered_on,
        "aRegisterNumber": body.registration_number,
        "aState": "منحل" if body.dissolved else "فعال",
        "aSuccessful": "true",
    }


def _as_json(body: Body) -> dict[str, Any]:
    people = [{"Name": "سارا آزمایشی", "NationalCode": "9990000018", "PositionTitle": "مدیرعامل"}]
    return {
        "Name": body.name,
        "NationalCode": body.legal_id or "",
        "RegisterNumber": body.registration_number,
        "RegisterDate": body.registered_on,
        "PostCode": "1619735744",
        "AddressDesc": "تهران، خیابان آزمایشی",
        "Residency": "تهران",
        "TheCICompanyType": {"Code": 1, "Title": "سهامی خاص"} if body.legal_id else None,
        "TheObjectState": {"Code": 2 if body.dissolved else 1, "Title": "منحل" if body.dissolved else "فعال"},
        "TheUnit": {"UnitName": "ادارهٔ ثبت نمونه"},
        "TheCCompanyPersonList": people if body.legal_id else [],
    }


def _result(code: int, message: str, company: Mapping[str, Any] | None = None) -> Response:
    result = {"Successful": company is not None, "Message": message, "No": 0, "Description": "", "Code": code}
    return nested({"TheCCompany": company, "Result": result})
