"""A mapping document against the contract of the system it speaks to, where that is written as JSON Schema.

The contract is handed in as plain values: this room reads no files and knows no transport. What a schema leaves open
(`additionalProperties`, no `properties`, alternatives that differ) is not judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.canonical import pointer_to
from mappings.checks import Kind, gives, steps_of
from mappings.compiler import Mapping as Compiled
from mappings.errors import Finding
from mappings.lineage import FieldLineage
from mappings.steps.codes import spelling
from mappings.written import nearest

Schema = Mapping[str, Any]

_OPEN: Schema = {}
_KINDS: dict[str, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "truth",
    "array": "list",
    "object": "object",
}
_MOST_REFERENCES = 20
_READ_AND_LOOKED_UP = 2
"""A field with one path and one table: then the table is about that path."""


@dataclass(frozen=True, slots=True)
class Contract:
    """The schemas of one operation: what is sent, and every reply there may be. `root` is what `$ref` points into.

    `supplied` are the fields of the request that the connector adds by itself, such as a signature.
    """

    request: Schema | None = None
    replies: Sequence[Schema] = ()
    root: Schema = field(default_factory=dict)
    supplied: frozenset[str] = frozenset()


def openapi_contract(document: Schema, operation: str) -> Contract | None:
    """The contract of the operation with this `operationId` in an OpenAPI document, or None."""
    for path in document.get("paths", {}).values():
        for call in path.values():
            if isinstance(call, Mapping) and call.get("operationId") == operation:
                sent = _json(_resolved(call.get("requestBody", _OPEN), document))
                replies = [_json(_resolved(reply, document)) for reply in call.get("responses", {}).values()]
                known = [reply for reply in replies if reply is not None]
                return Contract(sent, [*known, *_inside(known, document)], document)
    return None


def _inside(replies: Sequence[Schema], root: Schema) -> Iterator[Schema]:
    """What the exchange's envelope (`result.data`) holds: connectors unwrap it before a document reads it."""
    for reply in replies:
        place = _follow(reply, ("result", "data"), root)
        if place.known and place.schema:
            yield place.schema


def _json(message: Schema) -> Schema | None:
    schema = message.get("content", _OPEN).get("application/json", _OPEN).get("schema")
    return schema if isinstance(schema, Mapping) else None


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema itself: references followed, `allOf` put together, alternatives left open."""
    for _ in range(_MOST_REFERENCES):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return _together(schema, root)
        found: Any = root
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            found = found.get(name, _OPEN) if isinstance(found, Mapping) else _OPEN
        schema = found if isinstance(found, Mapping) else _OPEN
    return _OPEN


def _together(schema: Schema, root: Schema) -> Schema:
    if "oneOf" in schema or "anyOf" in schema:
        return _OPEN
    if "allOf" not in schema:
        return schema
    parts = [_resolved(part, root) for part in schema["allOf"]]
    if any(not part for part in parts):
        return _OPEN
    parts.append({key: value for key, value in schema.items() if key != "allOf"})
    together = {key: value for part in parts for key, value in part.items()}
    together["properties"] = {name: field for part in parts for name, field in part.get("properties", _OPEN).items()}
    together["required"] = [name for part in parts for name in part.get("required", ())]
    return together


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a pointer leads in a schema; unknown names come with those that are `near`. An open schema says nothing."""

    schema: Schema
    known: bool = True
    near: tuple[str, ...] = ()


def _follow(schema: Schema, parts: Sequence[str], root: Schema) -> _Place:
    for part in parts:
        schema = _resolved(schema, root)
        fields = schema.get("properties")
        items = schema.get("items")
        if isinstance(fields, Mapping) and part in fields:
            schema = fields[part]
        elif isinstance(items, Mapping) and (part == "*" or part.isdecimal()):
            schema = items
        elif part == "*" and isinstance(fields, Mapping):
            continue  # One item alone counts as a list of one.
        elif isinstance(fields, Mapping) and not schema.get("additionalProperties"):
            return _Place(_OPEN, known=False, near=tuple(fields))
        else:
            return _Place(_OPEN)
    return _Place(_resolved(schema, root))


def check_contract(mapping: Compiled, contract: Contract) -> list[Finding]:
    """Everything in a document that its system's contract does not bear out, each with its line."""
    return list(dict.fromkeys([*_requests(mapping, contract), *_replies(mapping, contract)]))


def _requests(mapping: Compiled, contract: Contract) -> Iterator[Finding]:
    document, schema = mapping.document, contract.request
    if schema is None or document.to_native is None:
        return
    for name, pipeline in document.to_native.items():
        at = "/to_native" + pointer_to(name)
        parts = name.split("/")
        place = _follow(schema, parts, contract.root)
        if not place.known:
            message = f"the contract's request has no {name!r}"
            yield document.finding(at, "contract.unknown_target", message, nearest(parts[-1], place.near))
            continue
        yield from _values(mapping, pipeline, place.schema, at)
    for missing in _uncovered(schema, list(document.to_native), contract.root):
        if missing in contract.supplied:
            continue
        message = f"the contract requires {missing!r}, which is never filled"
        yield document.finding("/to_native", "contract.uncovered_field", message)


def _values(mapping: Compiled, pipeline: Any, schema: Schema, at: str) -> Iterator[Finding]:
    """What a pipeline gives against type and choices of its field."""
    document = mapping.document
    types = schema.get("type")
    wanted = {_KINDS[kind] for kind in ([types] if isinstance(types, str) else types or ()) if kind in _KINDS}
    for kind in dict.fromkeys(gives(pipeline)):
        if wanted and kind not in wanted:
            message = f"this gives {kind}, the contract wants {' or '.join(sorted(wanted))}"
            yield document.finding(at, "contract.type_mismatch", message)
    name, args = steps_of(pipeline)[-1]
    choices = schema.get("enum")
    if not isinstance(choices, list):
        return
    table = document.tables.get(str(args.get("table")), {}) if name == "lookup" and isinstance(args, dict) else {}
    given = [args] if name in {"constant", "default"} else [*table.values()]
    for value in given:
        if value not in choices:
            message = f"{value!r} is none of the contract's {', '.join(map(str, choices))}"
            yield document.finding(at, "contract.unknown_choice", message, nearest(str(value), list(map(str, choices))))


def _uncovered(schema: Schema, names: list[str], root: Schema) -> Iterator[str]:
    schema = _resolved(schema, root)
    for required in schema.get("required", ()):
        below = [name.removeprefix(f"{required}/") for name in names if name.startswith(f"{required}/")]
        if below:
            inner = _resolved(schema.get("properties", _OPEN).get(required, _OPEN), root)
            yield from (f"{required}/{name}" for name in _uncovered(inner, below, root))
        elif required not in names:
            yield required


def _replies(mapping: Compiled, contract: Contract) -> Iterator[Finding]:
    if not contract.replies:
        return
    for lineage in (*mapping.lineage("from_native"), *mapping.lineage("outcome")):
        for origin in lineage.origins:
            parts = origin.what.split("/")[1:]
            if origin.kind != "message" or not parts or any(part.startswith("$") for part in parts):
                continue
            places = [_follow(reply, parts, contract.root) for reply in contract.replies]
            if not any(place.known for place in places):
                message = f"no reply of the contract has {origin.what!r}"
                near = [name for place in places for name in place.near]
                hint = nearest(parts[-1], near)
                yield mapping.document.finding(lineage.pointer, "contract.unknown_source", message, hint)
            elif sum(one.kind in {"message", "table"} for one in lineage.origins) == _READ_AND_LOOKED_UP:
                yield from _rows(mapping, lineage, places)


def _rows(mapping: Compiled, lineage: FieldLineage, places: list[_Place]) -> Iterator[Finding]:
    """Choices of the contract that the field's own table has no row for."""
    choices = [value for place in places for value in place.schema.get("enum", ())]
    for origin in lineage.origins:
        table = mapping.document.tables.get(origin.what) if origin.kind == "table" else None
        if table is None or _forgiving(mapping.document.source.value, origin.what):
            continue
        rows = {*table, *filter(None, map(spelling, table.values()))}
        for value in choices:
            if value is not None and spelling(value) not in rows:
                message = f"table {origin.what!r} has no row for {value!r}, which the contract allows"
                yield mapping.document.finding(lineage.pointer, "contract.table_gap", message)


def _forgiving(value: Any, table: str) -> bool:
    """Whether some lookup in this table takes codes without a row."""
    if isinstance(value, list):
        return any(_forgiving(item, table) for item in value)
    if not isinstance(value, dict):
        return False
    if value.get("table") == table and value.get("on_unmapped", "error") != "error":
        return True
    return any(_forgiving(item, table) for item in value.values())
