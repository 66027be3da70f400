"""Status events as CloudEvents 1.0 in structured JSON: what subscribers receive."""

from typing import Any
from zoneinfo import ZoneInfo

import orjson
from persiantools.jdatetime import JalaliDateTime

from registry.events import StatusEvent

TEHRAN = ZoneInfo("Asia/Tehran")


def cloud_event(event: StatusEvent, *, source: str) -> dict[str, Any]:
    """Shape one status event. `subject` is the tracking code, `sequence` the event's number in its case."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "subject": event.code,
        "time": event.occurred_at.isoformat(timespec="milliseconds"),
        "datacontenttype": "application/json",
        "sequence": f"{event.sequence:010d}",  # CloudEvents sequence extension: compares as text.
        "data": {
            "tracking_code": event.code,
            "sequence": event.sequence,
            "system": event.system,
            "stage": event.stage,
            "title": {"fa": event.title_fa, "en": event.title_en},
            "detail": event.detail,
            "occurred_at_jalali": jalali(event),
            "inquiry_id": event.inquiry_id,
        },
    }


def jalali(event: StatusEvent) -> str:
    """The event's time as people in Tehran read it."""
    return str(JalaliDateTime.to_jalali(event.occurred_at.astimezone(TEHRAN)).strftime("%Y/%m/%d %H:%M"))


def pack(event: StatusEvent, *, source: str) -> bytes:
    """Write the event's body."""
    return orjson.dumps(cloud_event(event, source=source))
