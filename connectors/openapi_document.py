"""An OpenAPI 3.0 or 3.1 document as plain values: bounded, nothing fetched, references inside the file only.

YAML is read without tags, anchors, aliases and duplicate keys: those are what bombs are made of. Schemas come out in
the terms of JSON Schema 2020-12, whatever the version of the document.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from connectors.contract import ContractUnusable

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of the largest document."""
DEEPEST: Final = 64
MOST_NODES: Final = 60_000
"""Values in one schema once its references are followed."""


def read_openapi(raw: bytes) -> dict[str, Any]:
    """The document. Raises ContractUnusable: `contract.too_large`, `contract.bomb`, `contract.unreadable`, `…version`.

    Codes: `contract.remote_reference` for a reference that leads out of the file.
    """
    if len(raw) > LARGEST:
        raise ContractUnusable("contract.too_large", "", f"more than {LARGEST // 1024 // 1024} MiB")
    document = _parsed(raw)
    version = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(version, str) or not version.startswith(("3.0.", "3.1.")):
        raise ContractUnusable("contract.version", "/openapi", "an OpenAPI document of version 3.0 or 3.1 is needed")
    for pointer, reference in _references(document):
        if not isinstance(reference, str) or not reference.startswith("#/"):
            text = f"{reference!r} leads out of this file; only references inside it (#/…) are followed"
            raise ContractUnusable("contract.remote_reference", pointer, text)
    return document


def _parsed(raw: bytes) -> Any:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise ContractUnusable("contract.unreadable", "", "not UTF-8") from wrong
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text, object_pairs_hook=_without_twins)
        except RecursionError as wrong:
            raise ContractUnusable("contract.bomb", "", f"nested deeper than {DEEPEST} levels") from wrong
        except ValueError as wrong:
            raise ContractUnusable("contract.unreadable", "", f"not JSON: {wrong}") from wrong
        _measure(found)
        return found
    try:
        return _from_yaml(text)
    except yaml.YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        raise ContractUnusable("contract.unreadable", where, f"not YAML: {getattr(wrong, 'problem', wrong)}") from wrong


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice in one object")
    return found


def _from_yaml(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = f"line {event.start_mark.line + 1}" if event.start_mark else ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise ContractUnusable("contract.bomb", line, "anchors and aliases are not accepted")
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) not in {None, "!"}:
            raise ContractUnusable("contract.unreadable", line, "tags are not accepted")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ContractUnusable("contract.bomb", line, f"nested deeper than {DEEPEST} levels")
    return yaml.load(text, Loader=_Plain)  # noqa: S506 - a safe loader that also knows no dates.


class _Plain(yaml.CSafeLoader):
    """Only JSON's kinds of value: a day is text, and so is a key that looks like a number (`200:`)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's.
        """The mapping with its keys as text. Raises yaml's ConstructorError for a key that stands there twice."""
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in found:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands here twice", key_node.start_mark
                )
            found[key] = self.construct_object(value_node, deep=deep)
        return found


_Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: _Plain, node: yaml.MappingNode) -> dict[Any, Any]:
    return loader.construct_mapping(node, deep=True)


_Plain.add_constructor("tag:yaml.org,2002:map", _mapping)


def _measure(value: Any, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise ContractUnusable("contract.bomb", "", f"nested deeper than {DEEPEST} levels")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _measure(inner, depth + 1)


def _references(value: Any, pointer: str = "", *, free: bool = False) -> Iterator[tuple[str, Any]]:
    """Every `$ref`, with its place. What stands in examples is nobody's reference."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and not free:
                yield pointer, inner
            elif key not in {"example", "examples", "default", "enum", "const"} or free:
                named = key in {"properties", "schemas", "parameters", "responses"}
                yield from _references(inner, f"{pointer}/{key}", free=named and isinstance(inner, dict) and not free)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _references(inner, f"{pointer}/{place}")


class Resolver:
    """Follows the references of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._nodes = 0

    def follow(self, value: Any) -> Any:
        """What a reference object stands for; anything else is itself."""
        for _ in range(DEEPEST):
            if not isinstance(value, dict) or "$ref" not in value:
                return value
            value = self._at(str(value["$ref"]))
        raise ContractUnusable("contract.bomb", str(value["$ref"]), "references lead in a circle")

    def schema(self, value: Any) -> dict[str, Any]:
        """A schema with its references followed, in JSON Schema 2020-12. What contains itself is left open there."""
        self._nodes = 0
        made = self._schema(value, ())
        return made if isinstance(made, dict) else {}

    def _at(self, reference: str) -> Any:
        found: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            else:
                raise ContractUnusable("contract.reference", reference, "there is nothing in this place")
        return found

    def _schema(self, value: Any, inside: tuple[str, ...]) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES or len(inside) > DEEPEST:
            raise ContractUnusable("contract.bomb", inside[0] if inside else "", "this schema has no end")
        if value is True or not isinstance(value, dict):
            return {}
        if "$ref" in value:
            reference = str(value["$ref"])
            if reference in inside:
                return {"$comment": f"recursive: {reference}"}
            return self._schema(self._at(reference), (*inside, reference))
        return self._modern({key: self._part(key, inner, inside) for key, inner in value.items()})

    def _part(self, key: str, inner: Any, inside: tuple[str, ...]) -> Any:
        if key == "properties" and isinstance(inner, dict):
            return {name: self._schema(part, inside) for name, part in inner.items()}
        if key in {"allOf", "anyOf", "oneOf"} and isinstance(inner, list):
            return [self._schema(part, inside) for part in inner]
        if key in {"items", "not"} or (key == "additionalProperties" and isinstance(inner, dict)):
            return self._schema(inner, inside)
        return inner

    @staticmethod
    def _modern(schema: dict[str, Any]) -> dict[str, Any]:
        """What 3.0 says otherwise: `nullable`, exclusive limits as flags, `example` for `examples`."""
        if schema.pop("nullable", False) is True and isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema and None not in schema["enum"]:
                schema["enum"] = [*schema["enum"], None]
        for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            flag = schema.get(exclusive)
            if isinstance(flag, bool):
                del schema[exclusive]
                if flag and limit in schema:
                    schema[exclusive] = schema.pop(limit)
        if "example" in schema and "examples" not in schema:
            schema["examples"] = [schema.pop("example")]
        return schema
