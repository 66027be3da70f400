"""What can be said of a pipeline before any message has come: what kind of value it gives, and what it cannot do.

Kinds are those of JSON: `text`, `number`, `truth`, `list`, `object`. What is not known is not judged.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from mappings import shapes
from mappings.steps.codes import backwards, spelling
from mappings.tables.table import CodeTable
from mappings.workbench import Bench, step_of
from mappings.written import nearest

Kind = Literal["text", "number", "truth", "list", "object"]

MAKERS: Mapping[Kind, str] = {"text": "text", "number": "integer", "truth": "boolean", "list": "each"}
"""The step that makes each kind, for suggestions."""

_OF_STEPS: dict[str, Kind] = {
    **dict.fromkeys(("text", "fold", "digits", "pad", "slice", "split", "replace", "join"), "text"),
    **dict.fromkeys(("concat", "base64", "checksum", "decimal"), "text"),
    "integer": "number",
    "boolean": "truth",
    "each": "list",
    "geometry": "object",
}
_ON_NUMBERS = frozenset({"integer", "decimal", "money", "date", "datetime"})
_ON_SCALARS = _ON_NUMBERS | {"text", "fold", "digits", "pad", "slice", "split", "replace", "base64"}
_ON_SCALARS |= {"lookup", "boolean", "checksum"}


def steps_of(pipeline: Any) -> list[tuple[str, Any]]:
    """The steps of a pipeline, by name and arguments."""
    return [step_of(step) for step in (pipeline if isinstance(pipeline, list) else [pipeline])]


_OF_VALUES: dict[type, Kind] = {str: "text", int: "number", float: "number", list: "list", dict: "object"}


def kind_of_value(value: Any) -> Kind | None:
    """The kind of a value; None for null."""
    if isinstance(value, bool):
        return "truth"
    return _OF_VALUES.get(type(value))


@lru_cache(8192)
def kind_of_model(annotation: Any) -> Kind | None:
    """The kind that a field of a model wants; None where several or any will do."""
    annotation = shapes.plain(annotation)
    origin = get_origin(annotation)
    if origin is Literal:
        kinds = {kind_of_value(value) for value in get_args(annotation)}
        return kinds.pop() if len(kinds) == 1 else None
    if origin in {list, dict}:
        return "list" if origin is list else "object"
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, BaseModel):
        return "object"
    plain: dict[type, Kind] = {str: "text", int: "number", bool: "truth"}
    return "text" if issubclass(annotation, StrEnum) else plain.get(annotation)


def gives(pipeline: Any) -> Iterator[Kind]:
    """The kinds that a pipeline may give, as far as they are known."""
    for step in reversed(pipeline) if isinstance(pipeline, list) else (pipeline,):
        name, args = step_of(step)
        yield from _step_gives(name, args)
        if name not in {"default", "required"}:
            return


def _step_gives(name: str, args: Any) -> Iterator[Kind]:
    found: Kind | None = _OF_STEPS.get(name)
    branches: list[Any] = []
    match name, args:
        case (("constant" | "default"), _):
            found = kind_of_value(args)
        case "money", _:
            found = "text" if isinstance(args, dict) and args.get("write") is True else "number"
        case (("date" | "datetime"), {"out": str(form)}):
            found = "number" if form.endswith("-integer") else "text"
        case "json", "dump":
            found = "text"
        case "present", dict():
            branches = [{"constant": value} for value in args.values()]
        case "coalesce", list():
            branches = args
        case "when", dict():
            branches = [args[key] for key in ("then", "else") if key in args]
    if found is not None:
        yield found
    for branch in branches:
        yield from gives(branch)


def always_gives(pipeline: Any) -> bool:
    """Whether a pipeline always ends in a value, or in an error."""
    name, args = steps_of(pipeline)[-1] if pipeline else ("", None)
    if name in {"constant", "default"}:
        return args is not None
    if name == "coalesce" and isinstance(args, list) and args:
        return always_gives(args[-1])
    return name in {"present", "required"}


def check_fit(pipeline: Any, wanted: Kind | None, at: str, bench: Bench) -> None:
    """Note that a pipeline gives a kind of value that the field does not take."""
    if wanted is None:
        return
    for kind in dict.fromkeys(gives(pipeline)):
        if kind != wanted:
            message = f"this gives {_article(kind)}, the field is {_article(wanted)}"
            bench.fault(at, "type_mismatch", message, MAKERS.get(wanted, ""))


def check_input(name: str, at: str, bench: Bench) -> None:
    """Note that a step cannot do anything with the canonical field that was read right before it."""
    kind = None if bench.reading is Any else kind_of_model(bench.reading)
    if kind is None:
        return
    wrong = (
        (name in _ON_SCALARS and kind in {"list", "object"})
        or (name in _ON_NUMBERS and kind == "truth")
        or (name == "each" and kind not in {"list", "object"})
    )
    if wrong:
        hint = "each" if kind == "list" else ""
        bench.fault(at, "type_mismatch", f"{name} has nothing to do with {_article(kind)}", hint)


def check_condition(words: list[Any], at: str, bench: Bench) -> None:
    """Note that a branch is never taken: the canonical field that decides has no such word."""
    choices = ("true", "false") if shapes.plain(bench.reading) is bool else shapes.choices_of(bench.reading)
    for word in words:
        written = spelling(word)
        if choices and written is not None and word is not None and written not in choices:
            message = f"the field is never {word!r}; it is one of {', '.join(choices)}"
            bench.fault(at, "unreachable_branch", message, nearest(written, choices))


def check_rows(args: Any, at: str, bench: Bench) -> None:
    """Note every word of the canonical field read right before that its table has no row for."""
    written = args if isinstance(args, dict) else {"table": args}
    choices = shapes.choices_of(bench.reading)
    if not choices or written.get("on_unmapped", "error") != "error":
        return
    name = str(written.get("table"))
    shared = (bench.tables or {}).get(name.partition("@")[0])
    table = bench.document.tables.get(name, shared)
    if table is None:
        return
    if isinstance(table, CodeTable):
        known = table.words("canonical")
    elif backwards(table, written.get("reverse"), bench):
        known = frozenset(filter(None, map(spelling, table.values())))
    else:
        known = frozenset(table)
    for word in choices:
        if word not in known:
            message = f"table {name!r} has no row for {word!r}, which the field may be"
            bench.fault(at, "table_gap", message, nearest(word, [row for row in known if row not in choices]))


def _article(kind: Kind) -> str:
    return {"text": "text", "truth": "true or false", "object": "an object"}.get(kind, f"a {kind}")
