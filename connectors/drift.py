"""Contract drift: what a reply holds that the contract does not know, found by a compiled look at its names and lists.

The contract of a REST operation is the OpenAPI file in its folder: the schemas of all replies to its method and path
together. A name or a listed value outside of them is a finding; the exchange goes on. Names the hub itself puts beside
a reply begin with `$`. Cost: one dictionary look-up for each member. SOAP replies are looked at where they are read
(`soap_drift.py`), and bring their findings along.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from connectors.hops import unwrapped
from connectors.manifest import Manifest
from connectors.port import Drift

#: A finding is told at once, and then at most once in so long with what was counted meanwhile.
QUIET = timedelta(minutes=1)

#: Under which name an `Unknown` stands beside a native reply, and the raw message that shows it.
UNKNOWN, RAW = "$unknown", "$raw"

_MOST_FINDINGS = 20
_DEEPEST = 12
_MOST_TOLD = 500
#: What may be shown of a name. Anything else may be data: some systems use numbers of persons as names.
_A_NAME = re.compile(r"[A-Za-z_\-][A-Za-z0-9_\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a contract knows of a value. None means: anything goes."""

    names: Mapping[str, "Shape | None"] | None = None
    items: "Shape | None" = None
    values: frozenset[Any] | None = None


def differences(value: Any, shape: Shape) -> list[tuple[str, str]]:
    """Every (pointer, kind) in `value` that `shape` does not know, each once."""
    found: dict[tuple[str, str], None] = {}
    _look(value, shape, "", found)
    return list(found)[:_MOST_FINDINGS]


def _look(value: Any, shape: Shape, at: str, found: dict[tuple[str, str], None]) -> None:
    if isinstance(value, dict):
        if shape.names is not None:
            _look_inside(value, shape.names, at, found)
    elif isinstance(value, list):
        if shape.items is not None:
            for item in value:
                _look(item, shape.items, f"{at}/*", found)
    elif shape.values is not None and value is not None and value not in shape.values:
        found[at, "value"] = None


def _look_inside(
    value: dict[str, Any], names: Mapping[str, Shape | None], at: str, found: dict[tuple[str, str], None]
) -> None:
    for name, inner in value.items():
        if name in names:
            known = names[name]
            if known is not None and inner is not None:
                _look(inner, known, f"{at}/{name}", found)
        elif not name.startswith("$"):
            found[f"{at}/{named(name)}", "field"] = None


def named(name: str) -> str:
    """A name from outside as it may be shown."""
    return name if _A_NAME.fullmatch(name) else "(unreadable name)"


class Unknown(list[tuple[str, str]]):
    """What the carrier of a native reply has found by itself, (pointer, kind) each: no far side can make one up."""


class DriftWatch:
    """Looks at the replies of one system, and tells each difference once in a while with its count."""

    def __init__(self, shapes: Mapping[str, Shape], clock: Callable[[], datetime]) -> None:
        self._shapes = shapes
        self._clock = clock
        self._told: dict[tuple[str, str, str], datetime] = {}
        self._untold: dict[tuple[str, str, str], int] = {}

    def look(self, operation: str, reply: Any) -> tuple[Drift, ...]:
        """What is to be told now of a reply."""
        shape = self._shapes.get(operation)
        found = differences(unwrapped(reply), shape) if shape is not None else []
        if isinstance(reply, dict) and isinstance(unknown := reply.get(UNKNOWN), Unknown):
            found += [(pointer, kind) for pointer, kind in unknown][:_MOST_FINDINGS]
        return tuple(self._due(operation, found)) if found else ()

    def _due(self, operation: str, found: list[tuple[str, str]]) -> Iterator[Drift]:
        now = self._clock()
        for pointer, kind in found:
            key = (operation, pointer, kind)
            if key not in self._told and len(self._told) >= _MOST_TOLD:
                continue  # A far side that makes up names is known well enough by now.
            count = self._untold.pop(key, 0) + 1
            if key in self._told and now - self._told[key] < QUIET:
                self._untold[key] = count
            else:
                self._told[key] = now
                yield Drift(pointer, kind, count)


def shapes_of(manifest: Manifest, folder: Path) -> dict[str, Shape]:
    """The shape of each operation's replies, where a contract in the folder describes them."""
    documents = [
        document
        for path in sorted((folder / "contract").glob("*.yaml"))
        if isinstance(document := yaml.load(path.read_bytes(), yaml.CSafeLoader), dict) and "paths" in document
    ]
    shapes = {}
    for name, operation in manifest.operations.items():
        if operation.http is None:
            continue
        for document in documents:
            described = document["paths"].get(operation.http.path, {}).get(operation.http.method.lower())
            shape = _replies(document, described) if described else None
            if shape is not None:
                shapes[name] = shape
    return shapes


def _replies(document: Mapping[str, Any], described: Mapping[str, Any]) -> Shape | None:
    """All replies together: which one came is the mapping's business."""
    shape: Shape | None = Shape(names={})
    for reply in described.get("responses", {}).values():
        content = _resolved(document, reply).get("content", {})
        for media, carried in content.items():
            if "json" in media:
                shape = _merged(shape, _shape(document, carried.get("schema", {}), _DEEPEST))
    return None if shape == Shape(names={}) else _innermost(shape)


def _innermost(shape: Shape | None) -> Shape | None:
    """What the bus's hops carry, as `unwrapped` gives it."""
    result = shape.names.get("result") if shape is not None and shape.names is not None else None
    if result is not None and result.names is not None and "data" in result.names:
        return _innermost(result.names["data"])
    return shape


def _resolved(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in part:
        found: Any = document
        for step in str(part["$ref"]).removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        part = found
    return part


def _shape(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> Shape | None:
    schema = _resolved(document, schema)
    if depth == 0:
        return None
    kinds = ("allOf", "oneOf", "anyOf")
    parts = [part for key in kinds for part in schema.get(key, ()) if part.get("type") != "null"]
    if parts:
        merged: Shape | None = _own(document, {**schema, "allOf": (), "oneOf": (), "anyOf": ()}, depth)
        for part in parts:
            read = _shape(document, part, depth - 1)
            merged = read if merged is None and "properties" not in schema else _merged(merged, read)
        return merged
    return _own(document, schema, depth)


def _own(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> Shape | None:
    names: dict[str, Shape | None] | None = None
    if "properties" in schema and not schema.get("additionalProperties"):
        names = {name: _shape(document, inner, depth - 1) for name, inner in schema["properties"].items()}
    items = _shape(document, schema["items"], depth - 1) if isinstance(schema.get("items"), dict) else None
    listed = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    values = frozenset(one for one in listed if not isinstance(one, dict | list)) if listed else None
    return None if names is None and items is None and values is None else Shape(names, items, values)


def _merged(one: Shape | None, other: Shape | None) -> Shape | None:
    """What knows everything that either knows. Where one takes anything, so does the whole."""
    if one is None or other is None:
        return None
    names: dict[str, Shape | None] | None = None
    if one.names is not None and other.names is not None:
        names = {**one.names, **other.names}
        for name in one.names.keys() & other.names.keys():
            names[name] = _merged(one.names[name], other.names[name])
    values = None if one.values is None or other.values is None else one.values | other.values
    items = one.items if other.items is None else other.items if one.items is None else _merged(one.items, other.items)
    return Shape(names, items, values)
