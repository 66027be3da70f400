"""Just enough of GraphQL for the simulated portal: one query, variables, arguments, nested selections.

Written after the June 2018 specification, §2 (language) and §6 (execution). Aliases, fragments, directives and
mutations are left out, because the portal's known clients use none of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
Resolver = Callable[[Mapping[str, Json]], Json]

_TOKEN = re.compile(
    r'[\s,\ufeff]+|#[^\n]*|(?P<name>[_A-Za-z]\w*)|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<number>-?\d+)|(?P<mark>[{}()\[\]:!$=])",
    re.ASCII,
)
_DEPTH = 12


class QueryRefused(Exception):
    """The query itself is wrong; `category` is what the portal puts under `extensions`."""

    def __init__(self, message: str, category: str = "graphql") -> None:
        super().__init__(message)
        self.category = category


@dataclass(frozen=True, slots=True)
class Field:
    """One selected field; `arguments` hold plain values, a variable being already replaced."""

    name: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    selection: tuple["Field", ...] = ()


def execute(query: str, variables: Mapping[str, Json], root: Mapping[str, Json]) -> dict[str, Json]:
    """Answer `query` from `root`, whose values are data or functions of the arguments.

    Raises:
        QueryRefused: on a syntax error, an unknown field or variable, or a missing selection.
    """
    return _project(_Reader(query, variables).document(), root, "Query")


def _project(selection: Sequence[Field], value: Mapping[str, Json], where: str) -> dict[str, Json]:
    return {chosen.name: _resolve(chosen, value, where) for chosen in selection}


def _resolve(chosen: Field, parent: Mapping[str, Json], where: str) -> Json:
    if chosen.name not in parent:
        raise QueryRefused(f'Cannot query field "{chosen.name}" on type "{where}".')
    value = parent[chosen.name]
    if callable(value):
        value = value(chosen.arguments)
    elif chosen.arguments:
        raise QueryRefused(f'Field "{chosen.name}" takes no arguments.')
    return _shape(chosen, value)


def _shape(chosen: Field, value: Json) -> Json:
    if isinstance(value, list):
        return [_shape(chosen, item) for item in value]
    if isinstance(value, Mapping):
        if not chosen.selection:
            raise QueryRefused(f'Field "{chosen.name}" must have a selection of subfields.')
        return _project(chosen.selection, value, chosen.name)
    if chosen.selection and value is not None:
        raise QueryRefused(f'Field "{chosen.name}" must not have a selection.')
    return value


class _Reader:
    """A recursive-descent reader over the tokens of one document."""

    def __init__(self, text: str, variables: Mapping[str, Json]) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._variables = variables

    def document(self) -> tuple[Field, ...]:
        """The top selection of the only operation."""
        if self._peek() == "query":
            self._next()
            if self._peek() not in {"(", "{"}:
                self._next()
            if self._peek() == "(":
                self._declarations()
        selection = self._selection(depth=0)
        if self._peek():
            raise QueryRefused(f"Syntax Error: Unexpected {self._peek()}")
        return selection

    def _declarations(self) -> None:
        self._take("(")
        while self._peek() != ")":
            self._take("$")
            name = self._next()
            self._take(":")
            required = False
            while self._peek() not in {"$", ")", ""}:
                required = self._next() == "!"
            if required and self._variables.get(name) is None:
                raise QueryRefused(f'Variable "${name}" of required type was not provided.')
        self._take(")")

    def _selection(self, depth: int) -> tuple[Field, ...]:
        if depth > _DEPTH:
            raise QueryRefused("Max query depth exceeded.")
        self._take("{")
        fields: list[Field] = []
        while self._peek() != "}":
            name = self._name()
            arguments = self._arguments() if self._peek() == "(" else {}
            inner = self._selection(depth + 1) if self._peek() == "{" else ()
            fields.append(Field(name, arguments, inner))
        self._take("}")
        return tuple(fields)

    def _arguments(self) -> dict[str, Json]:
        self._take("(")
        found: dict[str, Json] = {}
        while self._peek() != ")":
            name = self._name()
            self._take(":")
            found[name] = self._value()
        self._take(")")
        return found

    def _value(self, depth: int = 0) -> Json:
        if depth > _DEPTH:
            raise QueryRefused("Max query depth exceeded.")
        token = self._next()
        if token == "$":  # noqa: S105 - a mark of the language, no secret.
            return self._variables.get(self._name())
        if token == "{":  # noqa: S105 - see above.
            return self._object(depth + 1)
        if token == "[":  # noqa: S105 - see above.
            return self._list(depth + 1)
        if token.startswith('"'):
            return token[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        literals: dict[str, Json] = {"true": True, "false": False, "null": None}
        return literals[token] if token in literals else _integer(token)

    def _object(self, depth: int) -> dict[str, Json]:
        found: dict[str, Json] = {}
        while self._peek() != "}":
            name = self._name()
            self._take(":")
            found[name] = self._value(depth)
        self._take("}")
        return found

    def _list(self, depth: int) -> list[Json]:
        found: list[Json] = []
        while self._peek() != "]":
            found.append(self._value(depth))
        self._take("]")
        return found

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise QueryRefused("Syntax Error: Unexpected <EOF>")
        self._at += 1
        return token

    def _name(self) -> str:
        token = self._next()
        if not token.isidentifier():
            raise QueryRefused(f"Syntax Error: Expected Name, found {token}")
        return token

    def _take(self, mark: str) -> None:
        token = self._next()
        if token != mark:
            raise QueryRefused(f"Syntax Error: Expected {mark}, found {token}")


def _integer(token: str) -> int:
    try:
        return int(token)
    except ValueError as error:
        raise QueryRefused(f"Syntax Error: Unexpected {token}") from error


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryRefused(f"Syntax Error: Cannot parse the unexpected character {text[at]!r}.")
        if match.lastgroup is not None:
            tokens.append(match.group())
        at = match.end()
    return tokens
