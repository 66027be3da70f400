"""Status events as CloudEvents 1.0 in structured JSON: what subscribers receive."""

from typing import Any

import orjson

from mappings.dates import jalali_text
from registry.events import StatusEvent


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
            "occurred_at_jalali": jalali_text(event.occurred_at),
            "inquiry_id": event.inquiry_id,
        },
    }


def pack(event: StatusEvent, *, source: str) -> bytes:
    """Write the event's body."""
    return orjson.dumps(cloud_event(event, source=source))
