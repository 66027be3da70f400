"""What JSON text must be before a model reads it (RFC 8259, and RFC 7493 where readers disagree).

Refused: not UTF-8, malformed, deeper than the limit, a name twice in one object, NaN and infinities (also by overflow
such as 1e999), half of a surrogate pair. Integers may have any size a reader can hold.
"""

import json
import math
import re
from typing import Any

from gateway.problems import FieldProblem, Problem

DEEPEST = 32  # Levels of arrays and objects.

# The closing quote is optional, so that an open string is read once and not once per quote in it.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def check(body: bytes) -> None:
    """Raise `Problem` with a `json.*` code if the text breaks a rule."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Problem(
            "json.not_utf8",
            (f"بایت شمارهٔ {error.start} UTF-8 نیست.", f"Byte {error.start} is not UTF-8."),
            errors=[FieldProblem("", "json.not_utf8", "بایت نادرست", "wrong byte", error.start)],
        ) from error
    _check_depth(body)
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise Problem(
            "json.malformed",
            (f"خواندن متن در نویسهٔ {error.pos} بازماند.", f"{error.msg} at character {error.pos}."),
            errors=[FieldProblem("", "json.malformed", "متن درست نیست", error.msg, error.pos)],
        ) from error
    except _RepeatedNameError as error:
        pointer = _pointer_of_repeat(text)
        raise Problem(
            "json.duplicate_key",
            errors=[FieldProblem(pointer, "json.duplicate_key", "نام تکراری", "repeated name")],
        ) from error
    except ValueError as error:
        # Python refuses to read integers of more than 4,300 digits (CVE-2020-10735).
        raise Problem("json.number", ("عدد بیش از اندازه بلند است.", "A number is too long to be read.")) from error
    if "\\u" in text:
        _check_surrogates(document)


def _check_depth(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            text = (f"بیش از {DEEPEST} لایه پذیرفته نیست.", f"More than {DEEPEST} levels are not accepted.")
            raise Problem("json.too_deep", text)


class _RepeatedNameError(Exception):
    """A name occurs twice in one object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedNameError
    return found


def _no_constant(name: str) -> Any:
    raise Problem("json.number", (f"{name} عدد JSON نیست.", f"{name} is not a JSON number."))


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise Problem("json.number", (f"{text[:40]} نامتناهی است.", f"{text[:40]} is infinite."))
    return number


class _Repeating(dict[str, Any]):
    """An object with a name in it twice, kept for finding the way to it."""

    name = ""


def _pointer_of_repeat(text: str) -> str:
    """Find the first repeated name. Runs only for a refused body."""

    def keep(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = _Repeating()
        for name, value in pairs:
            if name in found:
                found.name = name
            found[name] = value
        return found if len(found) != len(pairs) else dict(pairs)

    waiting: list[tuple[str, Any]] = [("", json.loads(text, object_pairs_hook=keep))]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, _Repeating):
            return f"{pointer}/{escape(value.name)}"
        if isinstance(value, dict):
            waiting += [(f"{pointer}/{escape(name)}", item) for name, item in value.items()]
        if isinstance(value, list):
            waiting += [(f"{pointer}/{index}", item) for index, item in enumerate(value)]
    return ""


def _check_surrogates(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Problem("json.surrogate") from error


def escape(name: str | int) -> str:
    """Write one step of a JSON pointer (RFC 6901 §3). What UTF-8 cannot carry becomes a question mark."""
    text = str(name).replace("~", "~0").replace("/", "~1")
    return text.encode(errors="replace").decode()


def beyond_storage(document: Any) -> None:
    """Refuse integers outside of 64 bits, which are good JSON but fit no database and few readers (RFC 7493 §2.2)."""
    waiting: list[tuple[str, Any]] = [("", document)]
    found: list[FieldProblem] = []
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{pointer}/{escape(name)}", item) for name, item in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{index}", item) for index, item in enumerate(value)]
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            found.append(FieldProblem(pointer, "field.range", "عدد بیش از اندازه بزرگ است.", "The number is too big."))
    if found:
        raise Problem("request.invalid", errors=found)
