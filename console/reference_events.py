"""The description of the events for machines, as AsyncAPI 3: from the stages of `broker/stages.py` and the connectors.

One channel is RabbitMQ's topic exchange (CloudEvents in binary mode), the other a subscriber's webhook (CloudEvents as
structured JSON, signed by Standard Webhooks). Both carry the same events with the same data.
"""

from collections.abc import Mapping
from typing import Any, get_args

from broker import stages
from broker.amqp_events import PREFIX
from broker.stages import StageText
from broker.topology import EVENTS
from connectors.catalogue import Connected
from console.reference_samples import sample
from gateway.bodies import Channel
from mappings.canonical.status import Stage

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
CODE: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{20}$", "description": "The tracking code."}
FAULT = "Why: a stable `code` and a sentence; while it waits, `due_at`, when it is tried again."
PUSHED = "What the system said beside its status, by the names of its mapping; `source_sequence` is its own number."
WEBHOOK_HEADERS = {
    "webhook-id": "The event's id: the same at every attempt.",
    "webhook-timestamp": "Unix seconds of this attempt.",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`; several, parted by spaces, while "
    "a secret rotates.",
}


def asyncapi(catalogue: Mapping[str, Connected], version: str) -> dict[str, Any]:
    """Describe every event that leaves the hub; `version` is the HTTP interface's."""
    kinds = event_types()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Peyvand events · رویدادهای پیوند",
            "version": version,
            "description": "What happens to a case, told as CloudEvents 1.0 at least once: a repeated event has the "
            "same `id`, and `sequence` orders the events of one case.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{host}",
                "protocol": "amqps",
                "protocolVersion": "0-9-1",
                "description": "RabbitMQ, for subscribers inside the municipality; user `hub-subscriber`.",
                "variables": {"host": {"default": "localhost:5671", "description": "The site's broker."}},
            },
            "subscriber": {
                "host": "{host}",
                "protocol": "https",
                "description": "Where a subscriber has its webhook; the hub calls it.",
                "variables": {"host": {"default": "localhost", "description": "The subscriber's own."}},
            },
        },
        "channels": {"events": _topic(kinds, catalogue), "webhook": _webhook(kinds)},
        "operations": {
            "emit": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Every event, once it is in the ledger.",
                "bindings": {"amqp": {"deliveryMode": 2, "mandatory": False, "bindingVersion": "0.3.0"}},
            },
            "deliver": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhook"},
                "summary": "The events of cases that the subscriber may see, until it answers 2xx.",
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            },
        },
        "components": {
            "messages": {
                name: message
                for kind, texts in kinds.items()
                for name, message in (
                    (short(kind), _binary(kind, texts, catalogue)),
                    (f"{short(kind)}.webhook", _structured(kind, texts)),
                )
            },
            "schemas": {short(kind): _data(texts, catalogue) for kind, texts in kinds.items()},
        },
    }


def event_types() -> dict[str, list[StageText]]:
    """Every CloudEvents type with the texts told under it, in the order of `broker/stages.py`."""
    found: dict[str, list[StageText]] = {}
    for text in vars(stages).values():
        if isinstance(text, StageText):
            found.setdefault(text.type, []).append(text)
    return found


def short(kind: str) -> str:
    """Name a type within this document."""
    return kind.removeprefix("ir.peyvand.")


def _topic(kinds: Mapping[str, list[StageText]], catalogue: Mapping[str, Connected]) -> dict[str, Any]:
    return {
        "address": "{channel}.{system}.{type}",
        "title": "The topic exchange",
        "description": "The address is the routing key; the type itself holds dots, so bind with `#` at the end.",
        "servers": [{"$ref": "#/servers/broker"}],
        "messages": {short(kind): {"$ref": f"#/components/messages/{short(kind)}"} for kind in kinds},
        "parameters": {
            "channel": {"enum": list(get_args(Channel)), "description": "Of the case: who deals with whom."},
            "system": {"enum": ["hub", *catalogue], "description": "The connector the event is about, or the hub."},
            "type": {"enum": list(kinds), "description": "The CloudEvents type."},
        },
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EVENTS, "type": "topic", "durable": True, "autoDelete": False, "vhost": "hub"},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _webhook(kinds: Mapping[str, list[StageText]]) -> dict[str, Any]:
    return {
        "address": None,
        "title": "A webhook",
        "description": "The subscriber names its address with `POST /v1/subscriptions`.",
        "servers": [{"$ref": "#/servers/subscriber"}],
        "messages": {short(kind): {"$ref": f"#/components/messages/{short(kind)}.webhook"} for kind in kinds},
    }


def _titles(texts: list[StageText]) -> dict[str, str]:
    return {
        "title": " / ".join(text.en.partition(":")[0] for text in texts),
        "summary": " / ".join(text.fa.partition(":")[0] for text in texts),
    }


def _binary(kind: str, texts: list[StageText], catalogue: Mapping[str, Connected]) -> dict[str, Any]:
    attributes = {PREFIX + name: schema for name, schema in _attributes(kind).items() if name != "datacontenttype"}
    return {
        "name": kind,
        **_titles(texts),
        "contentType": "application/json",
        "headers": {"type": "object", "properties": attributes, "required": list(attributes)},
        "payload": {"$ref": f"#/components/schemas/{short(kind)}"},
        "bindings": {"amqp": {"contentEncoding": "utf-8", "messageType": kind, "bindingVersion": "0.3.0"}},
        "examples": [sample(kind, text, catalogue) for text in texts],
    }


def _structured(kind: str, texts: list[StageText]) -> dict[str, Any]:
    attributes = _attributes(kind)
    return {
        "name": kind,
        **_titles(texts),
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string", "description": said} for name, said in WEBHOOK_HEADERS.items()},
            "required": list(WEBHOOK_HEADERS),
        },
        "payload": {
            "type": "object",
            "properties": {**attributes, "data": {"$ref": f"#/components/schemas/{short(kind)}"}},
            "required": [*attributes, "data"],
            "additionalProperties": False,
        },
    }


def _attributes(kind: str) -> dict[str, Any]:
    return {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {**TEXT, "description": "The event's; an event that comes twice has the same."},
        "source": {**TEXT, "description": "The hub's base address."},
        "type": {"type": "string", "const": kind},
        "subject": CODE,
        "time": {"type": "string", "format": "date-time", "description": "When it happened, not when it was told."},
        "datacontenttype": {"type": "string", "const": "application/json"},
        "sequence": {"type": "string", "pattern": "^[0-9]{10}$", "description": "Within the case; compares as text."},
    }


def _details(catalogue: Mapping[str, Connected]) -> dict[str, Any]:
    """What pushed states may bring along: by the mapping documents that read them."""
    owners: dict[str, list[str]] = {}
    for name, connected in catalogue.items():
        translations = (connected.inbound.document.from_native if connected.inbound else None) or ()
        for target in translations:
            if target.startswith("detail/"):
                owners.setdefault(target.removeprefix("detail/"), []).append(name)
    told = {field: {"type": "string", "description": f"From {', '.join(names)}."} for field, names in owners.items()}
    return {"source_sequence": {"type": "integer"}, **told}


def _data(texts: list[StageText], catalogue: Mapping[str, Connected]) -> dict[str, Any]:
    of_the_case = any(text.stage is not None for text in texts)
    stage = [one.value for one in Stage] if of_the_case else [None]
    properties: dict[str, Any] = {
        "tracking_code": CODE,
        "sequence": {"type": "integer", "minimum": 1},
        "system": {**TEXT, "description": "A connector, or `hub`."},
        "stage": {"enum": stage, "description": "The case's; an inquiry moves none."},
        "title": {"type": "object", "properties": {"fa": TEXT, "en": TEXT}, "required": ["fa", "en"]},
        "detail": {
            "type": "object",
            "description": PUSHED if of_the_case else FAULT,
            "properties": _details(catalogue) if of_the_case else {},
            "additionalProperties": {"type": "string"},
        },
        "occurred_at_jalali": {**TEXT, "description": "The time for people in Iran."},
        "inquiry_id": {"type": ["string", "null"]},
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
