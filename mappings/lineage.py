"""Where every field of a translated message comes from, read off the same tree that the functions are made from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mappings.canonical import pointer_to
from mappings.nodes import Chain, Coalesce, Concat, Constant, Default, Each, Made, Node, Read, Step, When

Kind = Literal["message", "context", "asked", "constant", "default", "table", "expr", "function"]

_PLACES: dict[str, Kind] = {"here": "message", "root": "message", "context": "context", "asked": "asked"}
_DETAILS: dict[str, Kind] = {"lookup": "table", "expr": "expr", "function": "function"}
_SILENT = frozenset({"path", "constant", "default", "each", "coalesce", "concat", "when"})


@dataclass(frozen=True, slots=True)
class Origin:
    """One thing that a field is made from.

    `what` is a pointer into the message or the request answered to, a name of the context, a value, the name of a
    table or function, or an expression. `condition`: it only decides which of the others is taken.
    """

    kind: Kind
    what: str
    condition: bool = False


@dataclass(frozen=True, slots=True)
class FieldLineage:
    """One field: its pointer (`*` for every item of a list), what it is made from, the steps between, its line."""

    target: str
    origins: tuple[Origin, ...]
    steps: tuple[str, ...]
    pointer: str


@dataclass(slots=True)
class _Trace:
    """What has been met on the way to one field. `base` is what paths of the current item stand in."""

    base: str
    origins: list[Origin]
    steps: list[str]
    pointer: str = ""
    condition: bool = False
    reading: str = ""

    def meet(self, kind: Kind, what: str) -> None:
        origin = Origin(kind, what, self.condition)
        if origin not in self.origins:
            self.origins.append(origin)


def trace(node: Node, target: str = "", base: str = "") -> Iterator[FieldLineage]:
    """The lineage of every field that `node` makes, in the order of the document."""
    if isinstance(node, Made):
        for key, field in node.fields:
            yield from trace(field, target + pointer_to(key), base)
        return
    found = _Trace(base, [], [])
    inner: list[FieldLineage] = []
    _walk(node, target, found, inner)
    if found.origins or not inner:
        yield FieldLineage(target, tuple(found.origins), tuple(found.steps), found.pointer)
    yield from inner


def _walk(node: Node, target: str, found: _Trace, inner: list[FieldLineage]) -> None:  # noqa: C901 - one line for each kind of node
    match node:
        case Step(name, pointer, held, detail):
            found.pointer = found.pointer or pointer
            if name in _DETAILS:
                found.meet(_DETAILS[name], detail)
            if name not in _SILENT:
                found.steps.append(name)
            _walk(held, target, found, inner)
        case When():
            _walk_choice(node, target, found, inner)
        case Each(item, fields, _):
            outer, below = found.base, f"{found.reading}/*"
            if fields:
                inner.extend(trace(item, f"{target}/*", below))
            else:
                found.base = below
                _walk(item, target, found, inner)
                found.base = outer
        case Coalesce(options=several) | Concat(parts=several) | Chain(steps=several):
            for one in several:
                _walk(one, target, found, inner)
        case Made():
            inner.extend(trace(node, target, found.base))
        case Read() | Constant() | Default():
            _meet(node, found)


def _walk_choice(choice: When, target: str, found: _Trace, inner: list[FieldLineage]) -> None:
    before, found.condition = found.condition, True
    if choice.subject is not None:
        _walk(choice.subject, target, found, inner)
    found.condition = before
    for branch in (choice.then, choice.otherwise):
        if branch is not None:
            _walk(branch, target, found, inner)


def _meet(leaf: Read | Constant | Default, found: _Trace) -> None:
    if isinstance(leaf, Read):
        pointer = pointer_to(*leaf.parts)
        found.reading = found.base + pointer if leaf.place == "here" else pointer
        found.meet(_PLACES[leaf.place], pointer.lstrip("/") if leaf.place == "context" else found.reading or "/")
    else:
        kind: Kind = "constant" if isinstance(leaf, Constant) else "default"
        found.meet(kind, json.dumps(leaf.value, ensure_ascii=False))


def hatches(lineage: list[FieldLineage]) -> dict[str, int]:
    """How many fields use an expression and how many a registered function."""
    kinds = [{origin.kind for origin in field.origins} for field in lineage]
    return {name: sum(name in found for found in kinds) for name in ("expr", "function")}
