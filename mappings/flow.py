"""Steps that choose, repeat and join: those that hold values or pipelines of their own."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from pydantic import Field

from mappings import shapes
from mappings.errors import MappingError
from mappings.paths import build_path
from mappings.steps import STEPS
from mappings.steps.codes import is_there, spelling
from mappings.steps.strings import texting
from mappings.targets import build_fields
from mappings.workbench import ABSENT, Args, Bench, Pipe, Scope, step_of


class When(Args):
    """A condition and what to do in either case. Without `path` the condition is about the value so far."""

    path: str | None = None
    equals: Any = Field(None, alias="is")
    among: list[Any] | None = Field(None, alias="in")
    present: bool | None = None
    then: Any = None
    otherwise: Any = Field(None, alias="else")


def _constant(raw: Any, at: str, bench: Bench) -> Pipe | None:
    if _holds_fraction(raw):
        bench.fault(at, "fraction", "a constant cannot be a binary fraction; write it as text")
        return None
    if isinstance(raw, dict | list):
        return lambda _value, _scope: deepcopy(raw)  # A message belongs to whoever asked for it.
    return lambda _value, _scope: raw


def _default(raw: Any, at: str, bench: Bench) -> Pipe | None:
    if _holds_fraction(raw):
        bench.fault(at, "fraction", "a default cannot be a binary fraction; write it as text")
        return None
    fresh = deepcopy if isinstance(raw, dict | list) else None
    return lambda value, _scope: value if value is not ABSENT else fresh(raw) if fresh else raw


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
    return [bench.pipeline(item, f"{at}/{place}", bench) for place, item in enumerate(raw)]


def _coalesce(raw: Any, at: str, bench: Bench) -> Pipe | None:
    items = raw if isinstance(raw, list) else []
    for place, item in enumerate(items[:-1]):
        if step_of(item[-1] if isinstance(item, list) and item else item)[0] == "constant":
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
    joiner, parts = (raw.get("with", ""), raw["concat"]) if isinstance(raw, dict) else ("", None)
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
    holds = _condition(args, at, bench)
    was_optional, bench.optional = bench.optional, bench.optional or args.present is not None
    read = None if args.path is None else build_path(args.path, f"{at}/path", bench, first=True)
    bench.optional = was_optional
    then = bench.pipeline(args.then, f"{at}/then", bench) if "then" in given else None
    other = bench.pipeline(args.otherwise, f"{at}/else", bench) if "otherwise" in given else None

    def pipe(value: Any, scope: Scope) -> Any:
        chosen = then if holds(value if read is None else read(value, scope)) else other
        return value if chosen is None else chosen(value, scope)

    return pipe


def _condition(args: When, at: str, bench: Bench) -> Callable[[Any], bool]:
    if args.present is not None:
        wanted = args.present
        return lambda value: is_there(value) is wanted
    among = args.among if args.among is not None else [args.equals]
    keys = frozenset(map(spelling, among))
    if None in keys:
        bench.fault(at, "step", "when compares with text, whole numbers, booleans and null")
    return lambda value: value is not ABSENT and (key := spelling(value)) is not None and key in keys


def _each(raw: Any, at: str, bench: Bench) -> Pipe | None:
    """Every item of a list; one item alone counts as a list of one. Absent results are left out."""
    outer = (bench.model, bench.place, bench.optional, bench.reading)
    made = bench.direction == "from_native"
    bench.model = shapes.items_of(bench.model if made else bench.reading)
    bench.place, bench.optional = "", False
    fields = isinstance(raw, dict) and not (len(raw) == 1 and _is_step(next(iter(raw)), bench))
    item: Pipe
    if fields:
        item = build_fields(raw, at, bench)
    else:
        nested = isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], list)
        item = bench.pipeline(raw[0] if nested else raw, f"{at}/0" if nested else at, bench)
    bench.model, bench.place, bench.optional, bench.reading = outer
    place = bench.place

    def pipe(value: Any, scope: Scope) -> Any:
        if value is ABSENT or value is None:
            return value
        results = []
        for index, element in enumerate(value if isinstance(value, list) else [value]):
            try:
                result = item(ABSENT if fields else element, scope.inside(element))
            except MappingError as error:
                raise MappingError(error.code, f"{place}/{index}{error.pointer}", error.message) from error
            if result is not ABSENT:
                results.append(result)
        return results

    return pipe


def _is_step(name: str, bench: Bench) -> bool:
    """Whether the only key of an `each` names a step rather than a field of the item."""
    model = shapes.model_in(bench.model) if bench.direction == "from_native" else None
    return (name == "path" or name in FLOW or name in STEPS) and (model is None or name not in model.model_fields)


FLOW: dict[str, Callable[[Any, str, Bench], Pipe | None]] = {
    "constant": _constant,
    "default": _default,
    "required": _required,
    "coalesce": _coalesce,
    "concat": _concat,
    "when": _when,
    "each": _each,
}
