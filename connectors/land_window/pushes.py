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
