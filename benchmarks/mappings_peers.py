"""The same forty fields in other people's languages, made from the mapping document field by field.

They get less to do: what a language has no operation for (letters folded, Jalali days, grouped amounts, exact decimals)
is handed on as it stands, and none of them checks that required fields are there or that a code is in its table.
"""

import importlib
from collections.abc import Callable
from typing import Any

from mappings.pointers import split
from mappings.workbench import step_of

Translate = Callable[[Any], Any]
Fields = dict[str, Any]
Tables = dict[str, dict[str, Any]]


def _steps(pipeline: Any) -> list[tuple[str, Any]]:
    return [step_of(step) for step in (pipeline if isinstance(pipeline, list) else [pipeline])]


def _table(tables: Tables, args: Any) -> dict[str, Any]:
    table = tables[args["table"]]
    return {native: word for word, native in table.items()} if args.get("reverse") else table


def _nested(fields: Fields, leaf: Callable[[Any], Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, pipeline in fields.items():
        inner = made
        *outer, last = name.split("/")
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = leaf(pipeline)
    return made


def _object(tree: Any, key: str) -> str:
    if not isinstance(tree, dict):
        return str(tree)
    return "{" + ", ".join(f"{key.format(name)}: {_object(inner, key)}" for name, inner in tree.items()) + "}"


def _quoted(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else f'"{value}"'


def _jsonata_field(pipeline: Any, tables: Tables) -> str:  # noqa: C901, PLR0912 - one line for each step
    made = ""
    for name, args in _steps(pipeline):
        match name:
            case "path":
                made = ".".join(split(args))
            case "constant":
                made = _quoted(args)
            case "default":
                made = f"($exists({made}) ? {made} : {_quoted(args)})"
            case "lookup":
                rows = ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in _table(tables, args).items())
                made = f"$lookup({{{rows}}}, $string({made}))"
            case "concat":
                made = f' & "{args.get("with", "")}" & '.join(_jsonata_field(part, tables) for part in args["concat"])
            case "coalesce":
                *options, last = (_jsonata_field(option, tables) for option in args)
                made = "".join(f"$exists({option}) ? {option} : " for option in options) + last
            case "when":
                about, then = ".".join(split(args["path"])), _quoted(args["then"]["constant"])
                made = f"({about} = {_quoted(args['is'])} ? {then} : {_quoted(args['else']['constant'])})"
            case "slice":
                made = f"$substring({made}, 0, {args['to']})"
            case "pad":
                made = f'$pad($string({made}), -{args["width"]}, "0")'
            case "split":
                made = f'$split({made}, "{args["by"]}")[{args["index"]}]'
            case "text":
                made = f"$string({made})"
            case "integer":
                made = f"$number({made})"
    return made


def _jmespath_field(pipeline: Any) -> str:
    made = ""
    for name, args in _steps(pipeline):
        match name:
            case "path":
                made = ".".join(split(args))
            case "constant":
                made = f"'{args}'"
            case "default":
                made = f"{made} || '{args}'"
            case "concat":
                made = f"join('{args.get('with', '')}', [{', '.join(map(_jmespath_field, args['concat']))}])"
            case "coalesce":
                made = " || ".join(map(_jmespath_field, args))
            case "when":
                made = ".".join(split(args["path"]))
            case "text":
                made = f"to_string({made})"
    return made


def _glom_field(pipeline: Any, tables: Tables, glom: Any) -> Any:  # noqa: C901, PLR0912 - one line for each step
    made: Any = None
    for name, args in _steps(pipeline):
        match name:
            case "path":
                made = glom.Coalesce(".".join(split(args)), default=None)
            case "constant":
                made = glom.Val(args)
            case "default":
                made = glom.Coalesce(".".join(split(dict(_steps(pipeline))["path"])), default=args)
            case "lookup":
                made = (made, str, _table(tables, args).get)
            case "concat":
                made = ([_glom_field(part, tables, glom) for part in args["concat"]], args.get("with", "").join)
                made = (glom.Fill(made[0]), made[1])
            case "coalesce":
                made = glom.Coalesce(*(_glom_field(part, tables, glom) for part in args), skip=None)
            case "when":
                then, other, wanted = args["then"]["constant"], args["else"]["constant"], args["is"]
                made = (".".join(split(args["path"])), lambda value, w=wanted, t=then, o=other: t if value == w else o)
            case "slice":
                made = (made, lambda text, to=args["to"]: text[:to])
            case "pad":
                made = (made, str, lambda text, width=args["width"]: text.rjust(width, "0"))
            case "split":
                made = (made, lambda text, by=args["by"], index=args["index"]: text.split(by)[index])
            case "text":
                made = (made, str)
            case "integer":
                made = (made, int)
    return made


def peers(fields: Fields, tables: Tables) -> dict[str, Translate | str]:
    """What each peer makes of the fields, by name; a sentence where it is not installed."""
    made: dict[str, Translate | str] = {}
    for name, build in (
        ("jsonata-python", _jsonata_python),
        ("jsonatapy", _jsonatapy),
        ("jmespath", _jmespath),
        ("glom", _glom),
    ):
        try:
            made[name] = build(fields, tables)
        except ImportError as absent:
            made[name] = f"not installed ({absent.name})"
    return made


def _jsonata_python(fields: Fields, tables: Tables) -> Translate:
    text = _object(_nested(fields, lambda pipeline: _jsonata_field(pipeline, tables)), '"{}"')
    evaluate: Translate = importlib.import_module("jsonata").Jsonata(text).evaluate
    return evaluate


def _jsonatapy(fields: Fields, tables: Tables) -> Translate:
    text = _object(_nested(fields, lambda pipeline: _jsonata_field(pipeline, tables)), '"{}"')
    evaluate = importlib.import_module("jsonatapy").compile(text).evaluate
    small: dict[int, Any] = {}

    def translate(message: Any) -> Any:
        # It raises OverflowError for integers above 64 bits, so it is given that one as text.
        if id(message) not in small:
            small[id(message)] = {key: str(value) if key == "serial" else value for key, value in message.items()}
        return evaluate(small[id(message)])

    return translate


def _jmespath(fields: Fields, _tables: Tables) -> Translate:
    text = _object(_nested(fields, _jmespath_field), "{}")
    search: Translate = importlib.import_module("jmespath").compile(text).search
    return search


def _glom(fields: Fields, tables: Tables) -> Translate:
    glom = importlib.import_module("glom")
    compiled = glom.Glommer()
    spec = _nested(fields, lambda pipeline: _glom_field(pipeline, tables, glom))
    return lambda message: compiled.glom(message, spec)
