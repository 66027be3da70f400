"""The page of canonical types: from the models' own JSON Schemas."""

import json
from collections.abc import Mapping
from typing import Any

from console.markdown import code, page, table
from mappings.canonical import CANONICAL, example, json_schema

SHOWN = ("pattern", "format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


def types() -> str:
    """Every canonical type with its fields and an example."""
    schemas = {name: json_schema(name) for name in sorted(CANONICAL)}
    inner: dict[str, Mapping[str, Any]] = {}
    for schema in schemas.values():
        inner |= {name: part for name, part in schema.get("$defs", {}).items() if "properties" in part}
    parts = [_type(name, schema, example(name)) for name, schema in schemas.items()]
    parts += [_type(name, inner[name], None) for name in sorted(inner.keys() - schemas.keys())]
    return page(
        "Canonical types",
        "The hub's own language. Unknown fields are refused, nothing is converted silently, identifiers are text. "
        "Dates are ISO 8601 by the Gregorian calendar, times RFC 3339 with an offset.",
        *parts,
    )


def _type(name: str, schema: Mapping[str, Any], shown: Mapping[str, Any] | None) -> str:
    needed = schema.get("required", ())
    rows = [
        (code(field), _kind(part, schema), "yes" if field in needed else "", part["title_en"], part["title_fa"])
        for field, part in schema["properties"].items()
    ]
    said = f"{schema['title_en']} · {schema['title_fa']}. {schema.get('description', '')}".strip()
    parts = [f"## {name}", said, table(("field", "type", "needed", "title", "عنوان"), rows)]
    if shown:
        parts.append("```json\n" + json.dumps(shown, ensure_ascii=False, indent=2) + "\n```")
    return "\n\n".join(parts)


def _kind(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Say in a few words what a field may hold."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        target = schema.get("$defs", {}).get(name, {})
        return _kind(target, schema) if "enum" in target else f"[{name}](#{name.lower()})"
    if "anyOf" in part:
        return " or ".join(_kind(one, schema) for one in part["anyOf"] if one.get("type") != "null")
    if "enum" in part:
        return ", ".join(code(str(value)) for value in part["enum"])
    if "const" in part:
        return code(str(part["const"]))
    if part.get("type") == "array":
        return f"list of {_kind(part.get('items', {}), schema)}"
    limits = ", ".join(f"{name} {code(str(part[name]))}" for name in SHOWN if name in part)
    kind = str(part.get("type", "any"))
    return f"{kind}, {limits}" if limits else kind
