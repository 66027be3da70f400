"""Pipelines: steps in a row, and the steps that read the message or hold pipelines of their own.

The first `path` of a pipeline reads the message (inside `each`: the item); a later one reads the value so far.
In a canonical message null and missing are the same; in a native message null is a value, which every step hands
on, and which `coalesce`, `present`, `required` and `when: {present: …}` count as not there.
"""

from collections.abc import Callable
from typing import Any

from pydantic import Field

from mappings import pointers, shapes
from mappings.bench import ABSENT, Args, Bench, Pipe, Scope
from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.steps import STEPS
from mappings.steps.codes import is_there, spelling
from mappings.steps.strings import texting
from mappings.targets import Target, build_fields
from mappings.written import nearest

_OPEN = ("path", "constant", "default", "when", "each", "concat", "coalesce", "required")
_NEVER_ABSENT = frozenset({"constant", "default", "present"})
_FORGIVING = frozenset({"default", "coalesce", "present", "when", "boolean"})


class When(Args):
    """A condition and what to do in either case. Without `path` the condition is about the value so far."""

    path: str | None = None
    equals: Any = Field(None, alias="is")
    among: list[Any] | None = Field(None, alias="in")
    present: bool | None = None
    then: Any = None
    otherwise: Any = Field(None, alias="else")


def build_pipeline(raw: Any, at: str, bench: Bench, *, fresh: bool = True) -> Pipe:
    """Compile a pipeline: a step or a list of steps. `fresh`: nothing stands before its first step."""
    written = raw if isinstance(raw, list) else [raw]
    pipes: list[Pipe] = []
    names: list[str] = []
    if not written:
        bench.fault(at, "step", "a pipeline needs a step")
    forgiving = any(_step(item)[0] in _FORGIVING for item in written)
    was_optional, bench.optional = bench.optional, bench.optional or forgiving
    for place, item in enumerate(written):
        where = f"{at}/{place}" if isinstance(raw, list) else at
        name, args = _step(item)
        _reachable(name, names, where, bench)
        built = _build_step(name, args, where, bench, first=fresh and place == 0)
        names.append(name)
        if built is not None:
            pipes.append(built)
    bench.optional = was_optional
    return _chain(pipes)


def _step(item: Any) -> tuple[str, Any]:
    if isinstance(item, str):
        return item, None
    if isinstance(item, dict) and len(item) == 1:
        return next(iter(item.items()))
    if isinstance(item, dict) and set(item) == {"concat", "with"}:
        return "concat", item
    return "", item


def _reachable(name: str, before: list[str], where: str, bench: Bench) -> None:
    if not before:
        return
    if name == "constant":
        bench.fault(where, "unreachable_step", "constant replaces everything before it; those steps do nothing")
    elif name in {"default", "required"} and before[-1] in _NEVER_ABSENT:
        bench.fault(where, "unreachable_step", f"{name} after {before[-1]} is never needed")


def _chain(pipes: list[Pipe]) -> Pipe:
    if len(pipes) == 1:
        return pipes[0]
    if len(pipes) == 2:  # noqa: PLR2004 - the usual length, without a loop
        first, second = pipes
        return lambda value, scope: second(first(value, scope), scope)
    steps = tuple(pipes)

    def chain(value: Any, scope: Scope) -> Any:
        for step in steps:
            value = step(value, scope)
        return value

    return chain


def _build_step(name: str, args: Any, at: str, bench: Bench, *, first: bool) -> Pipe | None:
    inner = at if args is None else at + pointer_to(name)
    if name == "path":
        return _path(args, inner, bench, first=first)
    if name == "concat":
        return _concat(args, inner, bench)
    if name in _FLOW:
        return _FLOW[name](args, inner, bench)
    if name in STEPS:
        return STEPS[name](args, inner, bench)
    if not name:
        bench.fault(at, "step", "a step is a name, or one name with its arguments")
    else:
        bench.fault(inner, "unknown_step", f"no step {name!r}", nearest(name, (*_OPEN, *STEPS)))
    return None


def _path(raw: Any, at: str, bench: Bench, *, first: bool) -> Pipe | None:
    try:
        parts = pointers.split(raw) if isinstance(raw, str) else None
    except ValueError as error:
        bench.fault(at, "path", str(error))
        return None
    if parts is None:
        bench.fault(at, "path", "a path is text")
        return None
    if not first:
        into = pointers.follower(parts)
        return lambda value, _scope: value if value is ABSENT else into(value)
    if parts[:1] == ["$context"] and parts[1:] not in [[name] for name in pointers.CONTEXT]:
        hint = nearest(parts[-1], pointers.CONTEXT)
        bench.fault(at, "unknown_path", f"the context has no {'/'.join(parts[1:])!r}", hint)
        return None
    read = pointers.reader(parts)
    if bench.direction != "to_native" or parts[:1] == ["$context"]:
        return lambda _value, scope: read(scope)
    return _canonical_path(parts, read, at, bench)


def _canonical_path(parts: list[str], read: Callable[[Scope], Any], at: str, bench: Bench) -> Pipe | None:
    """A path into the canonical request: it must exist, null is absent, and what the model requires must be there."""
    rooted = parts[:1] == ["$root"]
    shape = shapes.follow(bench.root_model if rooted else bench.model, parts[1:] if rooted else parts)
    if not shape.known:
        bench.fault(
            at, "unknown_path", f"the request model has no {pointer_to(*parts)}", nearest(parts[-1], shape.near)
        )
        return None
    pointer = pointer_to(*parts)
    bench.place = bench.place or pointer
    if not shape.required or bench.optional:

        def read_canonical(_value: Any, scope: Scope) -> Any:
            value = read(scope)
            return ABSENT if value is None else value

        return read_canonical

    def read_required(_value: Any, scope: Scope) -> Any:
        value = read(scope)
        if value is ABSENT or value is None:
            raise MappingError("mapping.missing", pointer, "a required field is not there")
        return value

    return read_required


def _constant(raw: Any, at: str, bench: Bench) -> Pipe | None:
    if _holds_fraction(raw):
        bench.fault(at, "fraction", "a constant cannot be a binary fraction; write it as text")
        return None
    return lambda _value, _scope: raw


def _default(raw: Any, at: str, bench: Bench) -> Pipe | None:
    if _holds_fraction(raw):
        bench.fault(at, "fraction", "a default cannot be a binary fraction; write it as text")
        return None
    return lambda value, _scope: raw if value is ABSENT else value


def _holds_fraction(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_fraction, value.values()))
    if isinstance(value, list):
        return any(map(_holds_fraction, value))
    return isinstance(value, float)


def _required(raw: Any, at: str, bench: Bench) -> Pipe | None:
    if raw is not None:
        bench.fault(at, "step", "required takes no argument")
        return None
    fail = bench.failing("mapping.missing")

    def pipe(value: Any, _scope: Scope) -> Any:
        return value if value is not ABSENT and value is not None else fail("a required value is not there")

    return pipe


def _several(raw: Any, at: str, bench: Bench, name: str) -> list[Pipe]:
    if not isinstance(raw, list) or not raw:
        bench.fault(at, "step", f"{name} takes a list of pipelines")
        return []
    return [build_pipeline(item, f"{at}/{place}", bench) for place, item in enumerate(raw)]


def _coalesce(raw: Any, at: str, bench: Bench) -> Pipe | None:
    items = raw if isinstance(raw, list) else []
    for place, item in enumerate(items[:-1]):
        if _step(item[-1] if isinstance(item, list) and item else item)[0] == "constant":
            bench.fault(f"{at}/{place + 1}", "unreachable_step", "after a constant nothing is tried any more")
    pipes = tuple(_several(raw, at, bench, "coalesce"))

    def pipe(value: Any, scope: Scope) -> Any:
        for option in pipes:
            found = option(value, scope)
            if found is not ABSENT and found is not None:
                return found
        return ABSENT

    return pipe


def _concat(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """`{concat: […], with: " "}`: the texts that are there, joined; absent when none is."""
    joiner, parts = (raw["with"], raw["concat"]) if isinstance(raw, dict) else ("", raw)
    if not isinstance(joiner, str):
        bench.fault(at, "step", "with is the text between the parts")
        return None
    pipes, text = tuple(_several(parts, at, bench, "concat")), texting(bench)

    def pipe(value: Any, scope: Scope) -> Any:
        found = [part(value, scope) for part in pipes]
        there = [text(part) for part in found if part is not ABSENT and part is not None]
        return joiner.join(there) if there else ABSENT

    return pipe


def _when(raw: Any, at: str, bench: Bench) -> Pipe | None:
    args = bench.args(When, raw, at)
    if args is None:
        return None
    given = args.model_fields_set
    if len(given & {"equals", "among", "present"}) != 1 or not given & {"then", "otherwise"}:
        bench.fault(at, "step", "when has one of is, in, present, and at least one of then, else")
        return None
    was_optional, bench.optional = bench.optional, True
    read = None if args.path is None else _path(args.path, f"{at}/path", bench, first=True)
    then = build_pipeline(args.then, f"{at}/then", bench, fresh=True) if "then" in given else None
    other = build_pipeline(args.otherwise, f"{at}/else", bench, fresh=True) if "otherwise" in given else None
    bench.optional = was_optional
    holds = _condition(args)

    def pipe(value: Any, scope: Scope) -> Any:
        chosen = then if holds(value if read is None else read(value, scope)) else other
        return value if chosen is None else chosen(value, scope)

    return pipe


def _condition(args: When) -> Callable[[Any], bool]:
    if args.present is not None:
        wanted = args.present
        return lambda value: is_there(value) is wanted
    among = args.among if args.among is not None else [args.equals]
    keys = frozenset(map(spelling, among)) - {None}
    return lambda value: value is not ABSENT and spelling(value) in keys


def _each(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """Every item of a list; one item alone counts as a list of one. Absent results are left out."""
    outer_model, outer_place, outer_optional = bench.model, bench.place, bench.optional
    bench.model, bench.place, bench.optional = Any, "", False
    if bench.direction == "from_native":
        bench.model = shapes.items_of(outer_model)
    item: Target | Pipe
    if isinstance(raw, dict) and not (len(raw) == 1 and _is_step(next(iter(raw)), bench)):
        item = build_fields(raw, at, bench, build_pipeline)
    else:
        nested = isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], list)
        item = build_pipeline(raw[0] if nested else raw, f"{at}/0" if nested else at, bench)
    bench.model, bench.place, bench.optional = outer_model, outer_place, outer_optional
    place = outer_place

    def pipe(value: Any, scope: Scope) -> Any:
        if value is ABSENT or value is None:
            return value
        results = []
        for index, element in enumerate(value if isinstance(value, list) else [value]):
            inner = Scope(element, scope.root, scope.context)
            try:
                result = item(element, inner)
            except MappingError as error:
                raise MappingError(error.code, f"{place}/{index}{error.pointer}", error.message) from error
            if result is not ABSENT:
                results.append(result)
        return results

    return pipe


def _is_step(name: str, bench: Bench) -> bool:
    model = shapes.model_in(bench.model)
    return (name in _OPEN or name in STEPS) and (model is None or name not in model.model_fields)


_FLOW: dict[str, Callable[[Any, str, Bench], Pipe | None]] = {
    "constant": _constant,
    "default": _default,
    "required": _required,
    "coalesce": _coalesce,
    "when": _when,
    "each": _each,
}
