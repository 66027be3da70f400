"""The AsyncAPI document keeps the rules of AsyncAPI 3.0 that this document can break, and its samples fit it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from broker.topology import EVENTS
from gateway.routes.subscriptions import TYPES

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "docs" / "reference" / "asyncapi.json").read_text(encoding="utf-8"))

NAME = "^[A-Za-z0-9_.-]+$"
REFERENCE = {
    "type": "object",
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
    "required": ["$ref"],
    "additionalProperties": False,
}
TEXT = {"type": "string", "minLength": 1}
TAGS = {"title": TEXT, "summary": TEXT, "description": TEXT, "bindings": {"type": "object"}}


def strict(needed: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**needed, **other},
        "required": list(needed),
        "additionalProperties": False,
    }


def named(inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "propertyNames": {"pattern": NAME}, "additionalProperties": inner}


SERVER = strict(
    {"host": TEXT, "protocol": TEXT},
    **TAGS,
    protocolVersion=TEXT,
    pathname=TEXT,
    variables=named(strict({}, default=TEXT, description=TEXT, enum={"type": "array", "items": TEXT})),
)
CHANNEL = strict(
    {"address": {"type": ["string", "null"]}},
    **TAGS,
    messages=named(REFERENCE),
    servers={"type": "array", "items": REFERENCE, "uniqueItems": True},
    parameters=named(strict({}, description=TEXT, default=TEXT, enum={"type": "array", "items": TEXT})),
)
OPERATION = strict(
    {"action": {"enum": ["send", "receive"]}, "channel": REFERENCE},
    **TAGS,
    messages={"type": "array", "items": REFERENCE},
)
MESSAGE = strict(
    {},
    **TAGS,
    name=TEXT,
    contentType=TEXT,
    headers={"type": "object", "properties": {"type": {"const": "object"}}, "required": ["type"]},
    payload={"type": "object"},
    examples={"type": "array", "items": strict({}, name=TEXT, summary=TEXT, headers={"type": "object"}, payload={})},
)
ASYNCAPI = strict(
    {"asyncapi": {"const": "3.0.0"}, "info": strict({"title": TEXT, "version": TEXT}, description=TEXT)},
    defaultContentType=TEXT,
    servers=named(SERVER),
    channels=named(CHANNEL),
    operations=named(OPERATION),
    components=strict({}, messages=named(MESSAGE), schemas=named({"type": "object"})),
)
"""The fixed fields of AsyncAPI 3.0.0 for the objects that the document uses."""


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def resolve(pointer: str) -> Any:
    found: Any = DOCUMENT
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def wrong(schema: dict[str, Any], value: Any) -> list[str]:
    whole = {**schema, "components": DOCUMENT["components"]}
    return [error.message for error in jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(value)]


def test_every_object_has_the_fields_of_asyncapi_3() -> None:
    errors = jsonschema_rs.validator_for(ASYNCAPI).iter_errors(DOCUMENT)
    assert [f"{error.instance_path}: {error.message}" for error in errors] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda it: it.pop("info"),
        lambda it: it.update(asyncapi="2.6.0"),
        lambda it: it["channels"]["events"].update(subscribe={}),
        lambda it: it["operations"]["emit"].update(action="publish"),
        lambda it: it["servers"]["broker"].update(url="amqps://host"),
        lambda it: it["components"]["messages"].update({"a b": {}}),
    ],
)
def test_the_rules_find_what_breaks_them(spoil: Any) -> None:
    broken = json.loads(json.dumps(DOCUMENT))
    spoil(broken)
    assert not jsonschema_rs.validator_for(ASYNCAPI).is_valid(broken)


def test_every_reference_leads_somewhere() -> None:
    for node in nodes(DOCUMENT):
        if "$ref" in node:
            assert isinstance(resolve(node["$ref"]), dict), node["$ref"]


def test_every_schema_is_a_json_schema() -> None:
    for message in DOCUMENT["components"]["messages"].values():
        for part in ("headers", "payload"):
            jsonschema_rs.validator_for({**message[part], "components": DOCUMENT["components"]})


def test_the_address_names_its_parameters_and_no_other() -> None:
    channel = DOCUMENT["channels"]["events"]
    assert channel["address"] == ".".join("{" + name + "}" for name in channel["parameters"])
    assert channel["bindings"]["amqp"]["exchange"]["name"] == EVENTS
    assert DOCUMENT["channels"]["webhook"]["address"] is None


def test_operations_and_messages_belong_to_channels() -> None:
    for operation in DOCUMENT["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in DOCUMENT["channels"]
    used = {one["$ref"] for channel in DOCUMENT["channels"].values() for one in channel["messages"].values()}
    assert used == {f"#/components/messages/{name}" for name in DOCUMENT["components"]["messages"]}


def test_every_type_one_can_subscribe_to_is_described() -> None:
    assert set(DOCUMENT["channels"]["events"]["parameters"]["type"]["enum"]) == TYPES - {"*"}


def test_the_samples_fit() -> None:
    samples = 0
    for message in DOCUMENT["components"]["messages"].values():
        for sample in message.get("examples", ()):
            assert wrong(message["headers"], sample["headers"]) == []
            assert wrong(message["payload"], sample["payload"]) == []
            samples += 1
    assert samples > len(TYPES) - 2
