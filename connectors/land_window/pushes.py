"""What the window would push to the hub when a case moves on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .inquiries import WindowState

_DETAIL: Mapping[str, Mapping[str, str]] = {
    str(WindowState.NOT_SENT.value): {},
    str(WindowState.SENT.value): {"MinistryCode": "21", "OrganizationCode": "2101", "SendDate": "1405/05/29"},
    str(WindowState.ANSWERED.value): {"AnsweredOrgans": "2101,2102,2103"},
}


def status_push(
    reference: str, status: str, at: datetime, sequence: int, *, detail: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The body of the window's `POST /v1/status`.

    `reference` is the tracking code or the window's own number of the case, `status` one of 75, 76, 77, `at` an aware
    instant.
    Raises ValueError for a status the window does not have and for an instant without a zone.
    """
    if status not in _DETAIL:
        raise ValueError(f"the window has no state {status!r}, only {', '.join(_DETAIL)}")
    if at.tzinfo is None:
        raise ValueError("the instant of a push needs a zone")
    return {
        "system": "land_window",
        "reference": reference,
        "status": status,
        "occurred_at": at.isoformat(),
        "sequence": sequence,
        "detail": dict(_DETAIL[status] if detail is None else detail),
    }


def article_six_message(registry_code: str, *, seller: str = "9990000018", plaque: int = 84) -> dict[str, Any]:
    """The body of an article-6 inquiry as it arrives at `POST /v1/portals/land_window/article_six`."""
    return {
        "Geometry": '{"Type":"Polygon","Coordinates":[[[51.4,35.7],[51.401,35.7],[51.401,35.701],[51.4,35.7]]]}',
        "ProvinceCode": "23",
        "CountyCode": "01",
        "SellerNationalCode": seller,
        "OriginalNumberSdd": str(plaque),
        "SubNumberSdd": "0",
        "SabtTrackingCode": registry_code,
        "RequestDate": "1405/05/29",
        "RequestType": 1,
        "InqOrgan": ["2101"],
    }


def related_organs_message(request_number: str, tracking_code: str) -> dict[str, Any]:
    """The body by which the window reports that an inquiry went to us, who know it by `tracking_code`."""
    organ = {"MinistryCode": "21", "OrganizationCode": "2101", "OrganizationTrackingCode": tracking_code}
    return {"RequestNo": request_number, "RelatedOrganList": [organ | {"SendDate": "1405/05/29"}]}
