"""Guarded JSONata (jsonata.org), for the rare field that no step describes.

An expression is read once, when its document is compiled, and only a part of the language is accepted: paths, filters,
conditions, constructors, comparisons, whole-number arithmetic and the functions of `FUNCTIONS`. Functions of one's own,
variables, `$eval`, regular expressions, ranges, recursion, the clock and chance are not, so an expression always ends
and always gives the same. While it runs, every intermediate value is charged to a budget, so that neither time nor
memory can grow beyond it, whatever the message holds.

JSONata computes with binary fractions. Numbers that these cannot hold (integers from 2^53, decimals) are therefore
handed in as text, digit for digit, and a result that is no whole number within 2^53 is an error, never a guess.

ExpressionError   an expression that is not accepted; it says what in it
BudgetError       an expression that needs more than it may have
PrecisionError    a number that cannot be held exactly
"""

import importlib
import math
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from mappings.nodes import ABSENT

LONGEST = 2000
"""Characters of an expression."""
FUNCTIONS = frozenset(
    """append boolean contains count exists join keys length lookup lowercase merge not reverse split string substring
    substringAfter substringBefore trim type uppercase""".split()  # noqa: SIM905 - a list of words, read as words
)
"""The functions that an expression may call."""

_DEEPEST = 60
_LONGEST_TEXT = 100_000
_LONGEST_SEPARATOR = 20
_BUDGET = 100_000
_PER_STEP = 20
_CHARACTERS = 16
"""So many characters of text are charged like one value."""
_EXACT = 2**53
_WIDEST = 40
_TYPES = frozenset(
    """binary block condition filter function name number path string unary value variable
    wildcard""".split()  # noqa: SIM905 - a list of words, read as words
)
_OPERATORS = frozenset(["&", "=", "!=", "<", ">", "<=", ">=", "and", "or", "in", "+", "-", "*"])
_ODD_PARTS = {"focus": "@", "index": "#", "group": "grouping by { }", "slot": "%"}


class ExpressionError(ValueError):
    """An expression that is not accepted."""


class BudgetError(ValueError):
    """A message or an intermediate value too large for expressions, or too much to do."""


class PrecisionError(ValueError):
    """A number that a binary fraction cannot hold exactly, or a value that JSON has no word for."""


@cache
def _library() -> Any:
    """The engine, imported when the first document needs it: hardly any does."""
    limit = sys.getrecursionlimit()
    library = importlib.import_module("jsonata")
    sys.setrecursionlimit(limit)  # The engine raises it for the whole process, beyond what a thread's stack bears.
    return library


def compile_expression(text: str) -> Callable[[Any], Any]:
    """A function of a JSON value. It raises `BudgetError`, `PrecisionError` or the library's own error.

    Raises:
        ExpressionError: for what is not JSONata, or not the part of it described above.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters")
    library = _library()
    try:
        expression = library.Jsonata(text)
    except Exception as error:
        raise ExpressionError(f"not JSONata: {error}"[:200]) from error
    parts = list(_symbols(expression.ast))
    called = {id(part.procedure) for part in parts if part.type == "function"}
    for part in parts:
        _accept(part, called=id(part) in called)
    expression.set_validate_input(False)
    expression.set_output_convert_nulls(False)
    null = library.Utils.NULL_VALUE

    def evaluate(value: Any) -> Any:
        budget = _Budget(null)
        # A frame of its own for each message, so that nothing of it stays behind.
        found = expression.evaluate(budget.hand_in(value), {"__evaluate_exit": budget.charge_result})
        return ABSENT if found is None else budget.hand_out(found)

    return evaluate


def _symbols(root: Any) -> Iterator[Any]:
    """Every part of a parsed expression. The library gives no walk over its tree."""
    waiting, seen = [root], set()
    while waiting:
        part = waiting.pop()
        if isinstance(part, list | tuple):
            waiting.extend(part)
        elif isinstance(part, dict):
            waiting.extend(part.values())
        elif hasattr(part, "type") and hasattr(part, "value") and id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(vars(part).values())


def _accept(part: Any, *, called: bool) -> None:
    """Raise `ExpressionError` unless this part belongs to what is accepted. `called`: it names a function."""
    kind, value = part.type, part.value
    if called and not (kind == "variable" and value in FUNCTIONS):
        raise ExpressionError(f"the function ${value} is not available")
    if kind not in _TYPES:
        raise ExpressionError(f"{kind} is not available")
    if kind == "variable" and not called and value not in {"", "$"}:
        raise ExpressionError(f"the variable ${value} is not available")
    if kind == "binary" and value not in _OPERATORS:
        raise ExpressionError(f"the operator {value} is not available")
    if kind == "number" and not (isinstance(value, int) and abs(value) < _EXACT):
        raise ExpressionError("numbers are whole and below 2^53; write others as text")
    for odd, name in _ODD_PARTS.items():
        if getattr(part, odd, None) is not None:
            raise ExpressionError(f"{name} is not available")
    if kind == "function" and part.procedure.value == "join":
        _accept_separator(part.arguments or [])


def _accept_separator(arguments: list[Any]) -> None:
    """What stands between many items must be short, or a short list would make a very long text."""
    for separator in arguments[1:]:
        if separator.type != "string" or len(separator.value) > _LONGEST_SEPARATOR:
            raise ExpressionError(f"$join takes a separator written out, at most {_LONGEST_SEPARATOR} characters")


class _Budget:
    """What one evaluation may still spend."""

    def __init__(self, null: Any) -> None:
        self.left = _BUDGET
        self.null = null

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise BudgetError("it needs more than an expression may have")

    def text(self, value: str) -> str:
        if len(value) > _LONGEST_TEXT:
            raise BudgetError(f"a text of more than {_LONGEST_TEXT} characters")
        self.spend(1 + len(value) // _CHARACTERS)
        return value

    def hand_in(self, value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one line for each kind of value
        """A copy with every number that is not exact in binary as text."""
        if depth > _DEEPEST:
            raise BudgetError(f"nested deeper than {_DEEPEST} levels")
        match value:
            case str():
                return self.text(value)
            case bool() | None:
                self.spend(1)
                return value
            case int() if value.bit_length() <= 1024:  # noqa: PLR2004 - far above any number in use
                return value if abs(value) < _EXACT else self.text(str(value))
            case float() if math.isfinite(value):
                return self.text(repr(value))
            case Decimal() if value.is_finite() and abs(value.adjusted()) <= _WIDEST:
                return self.text(format(value, "f"))
            case dict():
                return {self.text(key): self.hand_in(inner, depth + 1) for key, inner in value.items()}
            case list():
                self.spend(1)
                return [self.hand_in(inner, depth + 1) for inner in value]
            case _:
                raise PrecisionError("a value that JSON has no word for")

    def charge_result(self, _part: Any, _given: Any, _frame: Any, result: Any) -> None:
        """Charge an intermediate value; called by the library after each part."""
        self.spend(_PER_STEP)
        waiting = [result]
        while waiting:
            value = waiting.pop()
            self.number(value)
            if isinstance(value, str):
                self.text(value)
            elif isinstance(value, list | dict):
                self.spend(len(value))
                waiting.extend(value.values() if isinstance(value, dict) else value)

    def number(self, value: Any) -> Any:
        """The value, which is exact if it is a number."""
        if isinstance(value, float) and not (value.is_integer() and abs(value) < _EXACT):
            raise PrecisionError("a number that is not whole, or beyond 2^53")
        if isinstance(value, int) and abs(value) >= _EXACT:
            raise PrecisionError("a whole number beyond 2^53")
        return int(value) if isinstance(value, float) else value

    def hand_out(self, value: Any, depth: int = 0) -> Any:
        """Plain JSON values."""
        self.spend(1)
        if depth > _DEEPEST:
            raise BudgetError(f"nested deeper than {_DEEPEST} levels")
        if value is self.null:
            return None
        if isinstance(value, dict):
            return {str(key): self.hand_out(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.hand_out(inner, depth + 1) for inner in value]
        if isinstance(value, str | bool | int | float):
            return self.number(value)
        raise PrecisionError("a value that JSON has no word for")
