"""Where results go: target names split once into a tree that builds the message in one pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings import shapes
from mappings.canonical import pointer_to
from mappings.steps.codes import given_by
from mappings.workbench import ABSENT, Bench, Pipe, Scope, step_of
from mappings.written import nearest


@dataclass(slots=True)
class _Node:
    pipe: Pipe | None = None
    children: dict[str, "_Node"] = field(default_factory=dict)


def build_fields(raw: Mapping[str, Any], at: str, bench: Bench) -> Pipe:
    """A function that makes an object from fields. A field whose pipeline gives nothing is left out.

    Names are nested by `/`; a number makes a list (`Rows/0/Code`).
    """
    root = _Node()
    model = bench.model
    made = bench.direction == "from_native"
    for name, pipeline in raw.items():
        where = at + pointer_to(name)
        parts = name.split("/")
        if not all(parts):
            bench.fault(where, "target", "a target is names joined by /")
            continue
        if made:
            shape = shapes.follow(model, parts)
            if not shape.known:
                hint = nearest(parts[-1], shape.near)
                bench.fault(where, "unknown_target", f"the answer model has no {name!r}", hint)
                continue
            bench.model = shape.kind
        bench.place = pointer_to(*parts) if made else ""
        pipe = bench.pipeline(pipeline, where, bench)
        if made:
            _fits(pipeline, bench.model, where, bench)
        bench.model = model
        if not _plant(root, parts, pipe):
            bench.fault(where, "target_conflict", f"{name!r} is also written as a part or as the whole of another")
    bench.place = ""
    if made:
        _covered(list(raw), model, at, bench)
    return _maker(root)


def _plant(root: _Node, parts: list[str], pipe: Pipe) -> bool:
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


def _covered(names: list[str], kind: Any, at: str, bench: Bench) -> None:
    """Note every required field of the model that no target fills."""
    model = shapes.model_in(kind)
    if model is None:
        return
    for field_name, info in model.model_fields.items():
        below = [name.removeprefix(f"{field_name}/") for name in names if name.startswith(f"{field_name}/")]
        if below:
            _covered(below, info.annotation, at, bench)
        elif info.is_required() and field_name not in names:
            bench.fault(at, "uncovered_field", f"the required field {field_name!r} of {model.__name__} is never filled")


def _maker(node: _Node) -> Pipe:
    if node.pipe is not None:
        return node.pipe
    keys = list(node.children)
    makers = tuple((key, _maker(child)) for key, child in node.children.items())
    if keys and keys == [str(number) for number in range(len(keys))]:
        items = tuple(maker for _, maker in makers)

        def make_list(value: Any, scope: Scope) -> Any:
            made = [item for item in (maker(value, scope) for maker in items) if item is not ABSENT]
            return made or ABSENT

        return make_list

    def make_object(value: Any, scope: Scope) -> Any:
        made = {}
        for key, maker in makers:
            item = maker(value, scope)
            if item is not ABSENT:
                made[key] = item
        return made or ABSENT

    return make_object
