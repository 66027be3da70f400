"""From a native schema to the hub's own: one canonical field for each native one, and the pipelines between them.

A skeleton to be edited: names are written the hub's way, nothing is interpreted. What a canonical type cannot say
(alternatives, a thing inside itself) is handed on whole.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import StringConstraints, TypeAdapter
from pydantic_core import SchemaError

from connectors.contract import Schema, snake, unlike
from connectors.schema_sample import kind_of, merged
from mappings.canonical.contracted import FORMATS, usable_name

_LARGEST: Final = 2**53
_DEEPEST: Final = 12
_PERSIAN: Final = re.compile(r"[\u0600-\u06ff]")


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field: where it stands in the native message, what it may hold, and the fields inside it.

    `many` says that it is a list of things with these fields.
    """

    name: str
    native: tuple[str, ...]
    schema: Schema
    required: bool
    inner: tuple["Field", ...] = ()
    many: bool = False


def fields_of(native: Schema, *, containers: Sequence[str] = ()) -> tuple[Field, ...]:
    """The canonical fields of a native message. The fields of `containers` are laid side by side."""
    taken: set[str] = set()
    found: list[Field] = []
    required = set(native.get("required", ()))
    for name, raw in native.get("properties", {}).items():
        inner = merged(raw) if "allOf" in raw else raw
        if name in containers and _opens(inner):
            found.extend(_inside(inner, (name,), taken, needed=name in required, depth=0))
        else:
            own = name if name not in containers else "items" if kind_of(inner) == "array" else name
            found.append(_field(own, (name,), inner, taken, required=name in required, depth=0))
    return tuple(found)


def _inside(schema: Schema, at: tuple[str, ...], taken: set[str], *, needed: bool, depth: int) -> Iterator[Field]:
    required = set(schema.get("required", ())) if needed else set()
    for name, raw in schema["properties"].items():
        yield _field(name, (*at, name), raw, taken, required=name in required, depth=depth)


def _field(name: str, at: tuple[str, ...], raw: Schema, taken: set[str], *, required: bool, depth: int) -> Field:
    schema = merged(raw) if "allOf" in raw else raw
    own = unlike(canonical_name(name), taken)
    declared = schema.get("type")
    required = required and not (isinstance(declared, list) and "null" in declared)
    titles = _titles(name, str(schema.get("description") or schema.get("title") or ""))
    if depth < _DEEPEST and _opens(schema):
        inner = tuple(_inside(schema, (), set(), needed=True, depth=depth + 1))
        if inner:
            some = any(one.required for one in inner)  # An object that may be empty leaves no trace when it is.
            return Field(own, at, {"type": "object", **titles}, required and some, inner)
    items = schema.get("items") if kind_of(schema) == "array" else None
    if (
        depth < _DEEPEST
        and isinstance(items, Mapping)
        and _opens(items := merged(items))
        and len(items["properties"]) > 1
    ):
        inner = tuple(_inside(items, (), set(), needed=True, depth=depth + 1))
        limits = {key: schema[key] for key in ("minItems", "maxItems") if key in schema}
        return Field(own, at, {"type": "array", **limits, **titles}, required, inner, many=True)
    return Field(own, at, {**_plain(schema), **titles}, required)


def _opens(schema: Schema) -> bool:
    """Whether the fields of an object can be named one by one."""
    if kind_of(schema) != "object" or not schema.get("properties") or {"oneOf", "anyOf"} & set(schema):
        return False
    return all(_target(name) for name in schema["properties"])


def _target(name: str) -> bool:
    return bool(name) and "/" not in name and not name.isdigit() and not name.startswith("$")


def canonical_name(native: str) -> str:
    """How the hub writes a field's name."""
    name = snake(native) or "field"
    name = name if name[0].isalpha() else f"field_{name}"
    return name if usable_name(name) else f"{name}_value"


def _titles(name: str, description: str) -> dict[str, str]:
    line = description.strip().splitlines()[0][:120] if description.strip() else ""
    words = snake(name).replace("_", " ") or name
    if line and _PERSIAN.search(line):
        return {"title_en": words.capitalize(), "title_fa": line}
    return {"title_en": line or words.capitalize(), "title_fa": line or words}


def _plain(schema: Schema) -> dict[str, Any]:
    """What a canonical type can say of a value that is handed on as it is."""
    if {"oneOf", "anyOf", "not"} & set(schema):
        return {}
    kind = kind_of(schema)
    if kind in {"integer", "number"}:
        return _number(schema, str(kind))
    if kind == "array":
        items = schema.get("items")
        limits = {key: schema[key] for key in ("minItems", "maxItems") if key in schema}
        return {"type": "array", "items": _plain(items) if isinstance(items, Mapping) else {}, **limits}
    if kind == "object":
        rest = schema.get("additionalProperties")
        return {"type": "object"} | ({"additionalProperties": _plain(rest)} if isinstance(rest, Mapping) else {})
    return _text(schema) if kind == "string" else {"type": "boolean"} if kind == "boolean" else {}


def _text(schema: Schema) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": "string"}
    words = [word for word in schema.get("enum", ()) if isinstance(word, str)]
    if words and len(words) == len([word for word in schema["enum"] if word is not None]):
        return plain | {"enum": words}
    if schema.get("format") in FORMATS:
        plain["format"] = schema["format"]
    plain |= {key: int(schema[key]) for key in ("minLength", "maxLength") if key in schema}
    pattern = schema.get("pattern")
    return plain | ({"pattern": pattern} if isinstance(pattern, str) and _understood(pattern) else {})


def _understood(pattern: str) -> bool:
    """Whether the hub's regular expressions, which take linear time, know everything the pattern says."""
    try:
        TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except SchemaError:
        return False
    return True


def _number(schema: Schema, kind: str) -> dict[str, Any]:
    plain: dict[str, Any] = {"type": kind}
    numbers = [value for value in schema.get("enum", ()) if value is not None]
    if kind == "integer" and numbers and all(isinstance(value, int) for value in numbers):
        return plain | {"enum": numbers}
    limits = {key: schema[key] for key in ("minimum", "maximum") if isinstance(schema.get(key), int | float)}
    return plain | {key: value for key, value in limits.items() if abs(value) < _LARGEST}


def schema_for(fields: Sequence[Field]) -> dict[str, Any]:
    """The canonical JSON Schema of the fields."""
    properties: dict[str, Any] = {}
    for field in fields:
        if field.inner:
            whole = schema_for(field.inner)
            properties[field.name] = {**field.schema, "items": whole} if field.many else {**field.schema, **whole}
        else:
            properties[field.name] = dict(field.schema)
    return {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _pipelines(
    fields: Sequence[Field],
    target: Callable[[Field], tuple[str, ...]],
    source: Callable[[Field], tuple[str, ...]],
    above: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in fields:
        into, out_of = (*above[0], *target(field)), (*above[1], *source(field))
        if field.inner and not field.many:
            made |= _pipelines(field.inner, target, source, (into, out_of))
            continue
        read: Any = {"path": "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in out_of)}
        if field.many:
            read = [read, {"each": _pipelines(field.inner, target, source)}]
        made["/".join(into)] = read
    return made


def to_native(fields: Sequence[Field]) -> dict[str, Any]:
    """The mapping document's `to_native`."""
    return _pipelines(fields, lambda field: field.native, lambda field: (field.name,))


def from_native(fields: Sequence[Field]) -> dict[str, Any]:
    """The mapping document's `from_native`."""
    return _pipelines(fields, lambda field: (field.name,), lambda field: field.native)


def lifted(fields: Sequence[Field], native: Any) -> dict[str, Any]:
    """A native message in canonical form; what is absent or null there is left out."""
    made: dict[str, Any] = {}
    for field in fields:
        value = native
        for step in field.native:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            continue
        if field.many:
            made[field.name] = [lifted(field.inner, item) for item in (value if isinstance(value, list) else [value])]
        elif field.inner:
            inner = lifted(field.inner, value)
            made |= {field.name: inner} if inner else {}
        else:
            made[field.name] = value
    return made
