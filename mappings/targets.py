"""Where results go: target names split once into a tree that builds the message in one pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings import shapes
from mappings.canonical import pointer_to
from mappings.checks import check_fit, kind_of_model
from mappings.nodes import Constant, Made, Node
from mappings.steps.codes import given_by
from mappings.workbench import Bench, step_of
from mappings.written import nearest

_DEEPEST = 20
_UNKNOWN = Constant(None)
"""Stands where a field is that the model does not have, so that its whole is not called uncovered as well."""


@dataclass(slots=True)
class _Node:
    pipe: Node | None = None
    children: dict[str, "_Node"] = field(default_factory=dict)


def build_fields(raw: Mapping[str, Any], at: str, bench: Bench) -> Node:
    """What makes an object from fields. A field whose pipeline gives nothing is left out.

    Names are nested by `/`; a number makes a list (`Rows/0/Code`).
    """
    root = _Node()
    model = bench.model
    made = bench.direction == "from_native"
    for name, pipeline in raw.items():
        where = at + pointer_to(name)
        parts = name.split("/")
        if not all(parts) or len(parts) > _DEEPEST:
            bench.fault(where, "target", f"a target is at most {_DEEPEST} names joined by /")
            continue
        if made:
            shape = shapes.follow(model, tuple(parts))
            if not shape.known:
                _plant(root, parts, _UNKNOWN)
                hint = nearest(parts[-1], shape.near)
                bench.fault(where, "unknown_target", f"the answer model has no {name!r}", hint)
                continue
            bench.model = shape.kind
        bench.place = pointer_to(*parts) if made else ""
        before = len(bench.findings)
        pipe = bench.pipeline(pipeline, where, bench)
        if made:
            _fits(pipeline, bench.model, where, bench)
            if len(bench.findings) == before:
                check_fit(pipeline, kind_of_model(bench.model), where, bench)
        bench.model = model
        if not _plant(root, parts, pipe):
            bench.fault(where, "target_conflict", f"{name!r} is also written as a part or as the whole of another")
    bench.place = ""
    if made:
        _covered(root, model, at, bench)
    return _made(root)


def _plant(root: _Node, parts: list[str], pipe: Node) -> bool:
    node = root
    for part in parts:
        if node.pipe is not None:
            return False
        node = node.children.setdefault(part, _Node())
    if node.children or node.pipe is not None:
        return False
    node.pipe = pipe
    return True


def _fits(pipeline: Any, kind: Any, at: str, bench: Bench) -> None:
    """Note what the last step can give that is none of the answers the model allows there."""
    choices = shapes.choices_of(kind)
    name, args = step_of(pipeline[-1] if isinstance(pipeline, list) and pipeline else pipeline)
    if not choices:
        return
    given: list[Any] = []
    if name in {"constant", "default"}:
        given = [args]
    elif name == "lookup" and isinstance(args, dict):
        given = given_by(args, bench)
        given += [args["default"]] if "default" in args else []
    for value in given:
        if value is not None and value not in choices:
            hint = nearest(str(value), choices)
            bench.fault(at, "unknown_choice", f"{value!r} is none of {', '.join(choices)}", hint)


def _covered(node: _Node, kind: Any, at: str, bench: Bench) -> None:
    """Note every required field of the model that no target fills."""
    model = shapes.model_in(kind)
    if model is None:
        return
    for field_name, info in model.model_fields.items():
        child = node.children.get(field_name)
        if child is not None:
            if child.pipe is None:
                _covered(child, info.annotation, at, bench)
        elif info.is_required():
            bench.fault(at, "uncovered_field", f"the required field {field_name!r} of {model.__name__} is never filled")


def _made(node: _Node) -> Node:
    if node.pipe is not None:
        return node.pipe
    keys = list(node.children)
    numbered = bool(keys) and keys == [str(number) for number in range(len(keys))]
    return Made(tuple((key, _made(child)) for key, child in node.children.items()), numbered)
