"""The read side of the simulated portal: what GraphQL may select, and the filter with its real narrowness."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from .book import Book
from .data import KINDS, PER_PAGE, PROVINCES, REACHABLE, STATUSES, TEHRAN, Request
from .graphql import QueryRefused

Json = Any

_UNPADDED: Final = re.compile(r"[12]\d{3}/([1-9]|1[0-2])/([1-9]|[12]\d|3[01])", re.ASCII)
_FILTER: Final[Mapping[str, type]] = {
    "title": str,
    "name": str,
    "responded_at_from": str,
    "responded_at_to": str,
    "organization_codes": list,
    "province_id": str,
    "township_id": str,
    "page": str,
}


def query_root(book: Book) -> dict[str, Json]:
    """The fields of the type `Query`, over one book."""

    def matching(arguments: Mapping[str, Json]) -> tuple[list[Request], int]:
        wanted, page = _filter(arguments)
        return [request for request in book.every() if wanted(request)][:REACHABLE], page

    def search(arguments: Mapping[str, Json]) -> Json:
        found, page = matching(arguments)
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        return {
            "license": [_license(request) for request in shown],
            "pagination": {"total": len(found), "per_page": PER_PAGE, "current_page": page},
        }

    def one(show: Callable[[Request], Json], missing: Json) -> Callable[[Mapping[str, Json]], Json]:
        def part(arguments: Mapping[str, Json]) -> Json:
            request = book.find(str(arguments.get("id", "")))
            return missing if request is None else show(request)

        return part

    return {
        "filterLicenses": search,
        "countFilteredLicenses": lambda arguments: len(matching(arguments)[0]),
        "licenseRequestDetails": {
            "license": one(_license, None),
            "location": one(_location, None),
            "applicant": one(lambda request: {"applicant_name": request.applicant}, None),
            "approval": one(_approvals, []),
            "history": one(_history, []),
            "note": one(lambda request: list(request.notes), []),
        },
        "provinceTownship": [
            {
                "province_id": code,
                "province_title": title,
                "township": [{"township_id": one_code, "township_title": name} for one_code, name in townships.items()],
            }
            for code, (title, townships) in PROVINCES.items()
        ],
    }


def _filter(arguments: Mapping[str, Json]) -> tuple[Callable[[Request], bool], int]:
    asked = arguments.get("input")
    if not isinstance(asked, Mapping):
        raise QueryRefused('Field "filterLicenses" argument "input" of type "LicenseFilter!" is required.')
    for name, value in asked.items():
        if name not in _FILTER:
            raise QueryRefused(f'Field "{name}" is not defined by type "LicenseFilter".')
        if value is not None and not isinstance(value, _FILTER[name]):
            raise QueryRefused(f"String cannot represent a non string value: {value}")
    page = str(asked.get("page") or "1")
    if not page.isascii() or not page.isdigit() or int(page) < 1:
        raise QueryRefused("شماره صفحه نادرست است", "validation")
    since, until = _day(asked.get("responded_at_from")), _day(asked.get("responded_at_to"))
    codes = asked.get("organization_codes") or []

    def wanted(request: Request) -> bool:
        title, _, code, _ = KINDS[request.kind]
        decided = request.responded_at.astimezone(TEHRAN).date() if request.responded_at else None
        return (
            (asked.get("title") or "") in title
            and (asked.get("name") or "") in request.applicant
            and asked.get("province_id") in {None, request.province}
            and asked.get("township_id") in {None, request.township}
            and (not codes or code in codes)
            and (since is None or (decided is not None and decided >= since))
            and (until is None or (decided is not None and decided <= until))
        )

    return wanted, int(page)


def _day(text: str | None) -> date | None:
    """A filter's date: Gregorian and unpadded, or the portal refuses."""
    if not text:
        return None
    if not _UNPADDED.fullmatch(text):
        raise QueryRefused(f"قالب تاریخ {text} نادرست است", "validation")
    year, month, day = (int(part) for part in text.split("/"))
    try:
        return date(year, month, day)
    except ValueError as error:
        raise QueryRefused(f"تاریخ {text} وجود ندارد", "validation") from error


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(TEHRAN).strftime("%Y-%m-%d %H:%M:%S") if at else None


def _license(request: Request) -> dict[str, Json]:
    title, organisation, _, isic = KINDS[request.kind]
    number, name = STATUSES[request.slug]
    province, townships = PROVINCES[request.province]
    return {
        "request_number": request.number,
        "applicant_name": request.applicant,
        "license_title": title,
        "organization_title": organisation,
        "province_title": province,
        "township_title": townships[request.township],
        "responded_at": _moment(request.responded_at),
        "expires_at": _moment(request.expires_at),
        "isic_code": isic,
        "issue_type": "صدور",
        "status": {"status_id": number, "status_title": name, "status_slug": request.slug},
    }


def _location(request: Request) -> dict[str, Json]:
    province, townships = PROVINCES[request.province]
    return {
        "province_title": province,
        "township_title": townships[request.township],
        "address": f"خیابان نمونه، پلاک {int(request.number[-2:]) + 1}",
    }


def _approvals(request: Request) -> list[Json]:
    if request.kind:
        return []
    return [
        {
            "approval_title": "استعلام مالکیت",
            "respondent_organization": "سازمان ثبت اسناد و املاک کشور",
            "approval_type": "الکترونیکی",
            "request_type": "صدور",
        }
    ]


def _history(request: Request) -> list[Json]:
    return [
        {
            "license_operation": operation.title,
            "operation_reasons": list(operation.reasons),
            "created_at": _moment(operation.at),
            "status": operation.slug,
        }
        for operation in request.history
    ]
