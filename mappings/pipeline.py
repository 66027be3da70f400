"""Pipelines: steps in a row, and the steps that read the message or hold pipelines of their own.

The first `path` of a pipeline reads the message (inside `each`: the item); a later one reads the value so far.
In a canonical message null and missing are the same; in a native message null is a value, which every step hands
on, and which `coalesce`, `present`, `required` and `when: {present: …}` count as not there.
"""

from typing import Any

from mappings.canonical import pointer_to
from mappings.checks import always_gives, check_input, check_rows
from mappings.flow import FLOW
from mappings.nodes import Call, Chain, Node, Pipe, Read, Step
from mappings.paths import build_path
from mappings.steps import STEPS
from mappings.workbench import Bench, step_of
from mappings.written import nearest

_VOCABULARY = ("path", *FLOW, *STEPS)
_FORGIVING = frozenset({"default", "coalesce", "present"})


def build_pipeline(raw: Any, at: str, bench: Bench) -> Node:
    """Compile a pipeline: a step or a list of steps."""
    written = [step_of(item) for item in raw] if isinstance(raw, list) else [step_of(raw)]
    nodes: list[Node] = []
    if not written:
        bench.fault(at, "step", "a pipeline needs a step")
    was_optional = bench.optional
    bench.optional = was_optional or any(_forgives(name, args) for name, args in written)
    for place, (name, args) in enumerate(written):
        where = f"{at}/{place}" if isinstance(raw, list) else at
        if place:
            _reachable(name, raw[place - 1], where, bench)
        built = _build_step(name, args, where, bench, first=place == 0)
        if name != "path":
            bench.reading = Any
        if built is not None:
            nodes.append(_named(name, args, where, built))
    bench.optional = was_optional
    return nodes[0] if len(nodes) == 1 else Chain(tuple(nodes))


def _named(name: str, args: Any, at: str, built: Node | Pipe) -> Step:
    return Step(name, at, Call(built) if callable(built) else built, _detail(name, args))


def _detail(name: str, args: Any) -> str:
    """The table that a step reads, its expression, or the function it calls."""
    if name not in {"lookup", "expr", "function"}:
        return ""
    return str(args.get("table", "")) if isinstance(args, dict) else str(args)


def _forgives(name: str, args: Any) -> bool:
    """Whether a step does something about a value that is not there."""
    return name in _FORGIVING or (name == "when" and isinstance(args, dict) and "present" in args)


def _reachable(name: str, before: Any, where: str, bench: Bench) -> None:
    if name == "constant":
        bench.fault(where, "unreachable_step", "constant replaces everything before it; those steps do nothing")
    elif name in {"default", "required"} and always_gives(before):
        bench.fault(where, "unreachable_step", f"{name} after {step_of(before)[0]} is never needed")


def _build_step(name: str, args: Any, at: str, bench: Bench, *, first: bool) -> Node | Pipe | None:
    inner = at if args is None else at + pointer_to(name)
    check_input(name, inner, bench)
    if name == "path":
        return build_path(args, inner, bench, first=first)
    if name in FLOW:
        return FLOW[name](args, inner, bench)
    if name == "lookup":
        check_rows(args, inner, bench)
    if name == "lookup" and _detail(name, args) not in bench.document.tables:
        bench.shared.append(_detail(name, args))
    if name == "expr" and first:
        built = STEPS[name](args, inner, bench)
        return built if built is None or callable(built) else Chain((Read("here", ()), built))
    if name in STEPS:
        return STEPS[name](args, inner, bench)
    if not name:
        bench.fault(at, "step", "a step is a name, or one name with its arguments")
    else:
        bench.fault(inner, "unknown_step", f"no step {name!r}", nearest(name, _VOCABULARY))
    return None
