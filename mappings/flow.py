"""Steps that choose, repeat and join: those that hold values or pipelines of their own."""

from collections.abc import Callable
from typing import Any

from pydantic import Field

from mappings import shapes
from mappings.checks import always_gives, check_condition
from mappings.nodes import Coalesce, Concat, Constant, Default, Each, Node, Required, When
from mappings.paths import build_path
from mappings.steps import STEPS
from mappings.steps.codes import spelling
from mappings.steps.strings import texting
from mappings.targets import build_fields
from mappings.workbench import Args, Bench


class Choice(Args):
    """A condition and what to do in either case. Without `path` the condition is about the value so far."""

    path: str | None = None
    equals: Any = Field(None, alias="is")
    among: list[Any] | None = Field(None, alias="in")
    present: bool | None = None
    then: Any = None
    otherwise: Any = Field(None, alias="else")


def _constant(raw: Any, at: str, bench: Bench) -> Node | None:
    if _holds_fraction(raw):
        bench.fault(at, "fraction", "a constant cannot be a binary fraction; write it as text")
        return None
    return Constant(raw)


def _default(raw: Any, at: str, bench: Bench) -> Node | None:
    if _holds_fraction(raw):
        bench.fault(at, "fraction", "a default cannot be a binary fraction; write it as text")
        return None
    return Default(raw)


def _holds_fraction(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_fraction, value.values()))
    if isinstance(value, list):
        return any(map(_holds_fraction, value))
    return isinstance(value, float)


def _required(raw: Any, at: str, bench: Bench) -> Node | None:
    if raw is not None:
        bench.fault(at, "step", "required takes no argument")
        return None
    fail = bench.failing("mapping.missing")
    return Required(lambda: fail("a required value is not there"))


def _several(raw: Any, at: str, bench: Bench, name: str) -> list[Node]:
    if not isinstance(raw, list) or not raw:
        bench.fault(at, "step", f"{name} takes a list of pipelines")
        return []
    return [bench.pipeline(item, f"{at}/{place}", bench) for place, item in enumerate(raw)]


def _coalesce(raw: Any, at: str, bench: Bench) -> Node | None:
    items = raw if isinstance(raw, list) else []
    for place, item in enumerate(items[:-1]):
        if always_gives(item):
            bench.fault(f"{at}/{place + 1}", "unreachable_step", "what stands before always gives a value")
    return Coalesce(tuple(_several(raw, at, bench, "coalesce")))


def _concat(raw: Any, at: str, bench: Bench) -> Node | None:
    """`{concat: […], with: " "}`: the texts that are there, joined; absent when none is."""
    joiner, parts = (raw.get("with", ""), raw["concat"]) if isinstance(raw, dict) else ("", None)
    if not isinstance(joiner, str):
        bench.fault(at, "step", "with is the text between the parts")
        return None
    return Concat(tuple(_several(parts, at, bench, "concat")), joiner, texting(bench))


def _when(raw: Any, at: str, bench: Bench) -> Node | None:
    args = bench.args(Choice, raw, at)
    if args is None:
        return None
    given = args.model_fields_set
    if len(given & {"equals", "among", "present"}) != 1 or not given & {"then", "otherwise"}:
        bench.fault(at, "step", "when has one of is, in, present, and at least one of then, else")
        return None
    among = None if args.present is not None else _spellings(args, at, bench)
    was_optional, bench.optional = bench.optional, bench.optional or args.present is not None
    read = None if args.path is None else build_path(args.path, f"{at}/path", bench, first=True)
    bench.optional = was_optional
    if args.path is not None and among is not None:
        words = args.among if args.among is not None else [args.equals]
        check_condition(words, f"{at}/{'is' if args.among is None else 'in'}", bench)
    bench.reading = Any
    then = bench.pipeline(args.then, f"{at}/then", bench) if "then" in given else None
    other = bench.pipeline(args.otherwise, f"{at}/else", bench) if "otherwise" in given else None
    if args.path is not None and read is None:
        return None
    return When(read, among, args.present is not False, then, other)


def _spellings(args: Choice, at: str, bench: Bench) -> frozenset[str]:
    among = args.among if args.among is not None else [args.equals]
    keys = frozenset(map(spelling, among))
    if None in keys:
        bench.fault(at, "step", "when compares with text, whole numbers, booleans and null")
    return frozenset(key for key in keys if key is not None)


def _each(raw: Any, at: str, bench: Bench) -> Node | None:
    """Every item of a list; one item alone counts as a list of one. Absent results are left out."""
    outer = (bench.model, bench.place, bench.optional, bench.reading)
    made = bench.direction == "from_native"
    bench.model = shapes.items_of(bench.model if made else bench.reading)
    bench.place, bench.optional = "", False
    fields = isinstance(raw, dict) and not (len(raw) == 1 and _is_step(next(iter(raw)), bench))
    item: Node
    if fields:
        item = build_fields(raw, at, bench)
    else:
        nested = isinstance(raw, list) and len(raw) == 1 and isinstance(raw[0], list)
        item = bench.pipeline(raw[0] if nested else raw, f"{at}/0" if nested else at, bench)
    bench.model, bench.place, bench.optional, bench.reading = outer
    return Each(item, fields, bench.place)


def _is_step(name: str, bench: Bench) -> bool:
    """Whether the only key of an `each` names a step rather than a field of the item."""
    model = shapes.model_in(bench.model) if bench.direction == "from_native" else None
    return (name == "path" or name in FLOW or name in STEPS) and (model is None or name not in model.model_fields)


FLOW: dict[str, Callable[[Any, str, Bench], Node | None]] = {
    "constant": _constant,
    "default": _default,
    "required": _required,
    "coalesce": _coalesce,
    "concat": _concat,
    "when": _when,
    "each": _each,
}
