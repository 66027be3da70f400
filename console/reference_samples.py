"""Sample events for the description: made by the code that makes the real ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from broker.amqp_events import pack_event
from broker.cloudevents import cloud_event
from broker.stages import StageText
from connectors.catalogue import Connected
from registry.codes import issue
from registry.events import StatusEvent

AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
SERVICE = ("استعلام نمونه", "a sample inquiry")


def sample(kind: str, text: StageText, catalogue: Mapping[str, Connected]) -> dict[str, Any]:
    """One message as it leaves for the topic exchange: its headers and its payload."""
    about_an_inquiry = text.stage is None
    event = StatusEvent(
        id="019aa5b1-7c00-7000-8000-000000000001",
        case_id="",
        code=issue(5, 1000, lambda: 123_456_789_012),
        sequence=2 if about_an_inquiry else 1,
        type=kind,
        system=next(iter(catalogue)) if about_an_inquiry else "hub",
        stage=text.stage,
        title_fa=text.fa.format(service=SERVICE[0]),
        title_en=text.en.format(service=SERVICE[1]),
        detail={},
        occurred_at=AT,
        recorded_at=AT,
        source_key=None,
        inquiry_id="019aa5b1-7c00-7000-8000-000000000002" if about_an_inquiry else None,
        by="hub",
    )
    properties, body = pack_event(cloud_event(event, source="https://hub.example"))
    return {"name": text.en.partition(":")[0], "headers": dict(properties.headers), "payload": orjson.loads(body)}
