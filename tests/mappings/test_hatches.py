"""The two ways out of the steps: guarded expressions and registered functions."""

import socket
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.errors import DocumentError, MappingError
from mappings.expressions import FUNCTIONS, ExpressionError, compile_expression
from mappings.nodes import ABSENT

BIG = 9007199254740993


def expr(text: str, message: Any) -> Any:
    found = compile_expression(text)(message)
    return "absent" if found is ABSENT else found


@pytest.mark.parametrize(
    ("text", "message", "result"),
    [
        ("owner.given & ' ' & owner.family", {"owner": {"given": "a", "family": "b"}}, "a b"),
        ("rows[kind='x'].code", {"rows": [{"kind": "x", "code": "01"}, {"kind": "y", "code": "02"}]}, "01"),
        ("rows[kind='x'].code[]", {"rows": [{"kind": "x", "code": "01"}]}, ["01"]),
        ("$count(rows)", {"rows": [1, 2, 3]}, 3),
        ("state = 1 ? 'open' : 'closed'", {"state": 1}, "open"),
        ("$substringBefore(plaque, '/')", {"plaque": "84/1"}, "84"),
        ('{"a": x, "b": [y]}', {"x": "1", "y": None}, {"a": "1", "b": [None]}),
        ("missing", {}, "absent"),
        ("null", {}, None),
        ("n", {"n": BIG}, str(BIG)),
        ("n", {"n": 10**20}, str(10**20)),
        ("n", {"n": Decimal("12.340")}, "12.340"),
        ("n + 1", {"n": 41}, 42),
        ("$join(parts, '-')", {"parts": ["a", "b"]}, "a-b"),
    ],
)
def test_expressions(text: str, message: Any, result: Any) -> None:
    assert expr(text, message) == result


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$eval('1')", "$eval"),
        ("$now()", "$now"),
        ("$millis()", "$millis"),
        ("$random()", "$random"),
        ("$pad(x, 1000000000)", "$pad"),
        ("$map(x, $string)", "not available"),
        ("$number(x)", "$number"),
        ("$sum(x)", "$sum"),
        ("$match(x, /(a+)+$/)", "not available"),
        ("$split(x, /(a+)+$/)", "regex"),
        ("[1..10000000]", ".."),
        ("($f := function($x){$f($x)}; $f(1))", "not available"),
        ("($a := 'x'; $a & $a)", "not available"),
        ("$other", "$other"),
        ("**.x", "descendant"),
        ("x^(y)", "sort"),
        ("|a|{'b': 1}|", "transform"),
        ("x ~> $trim()", "apply"),
        ("x@$v.y", "@"),
        ("x{a: b}", "grouping"),
        ("10 / 4", "/"),
        ("1.5", "whole"),
        ("9007199254740993", "whole"),
        ("$join(x, sep)", "separator"),
        ("$string(?)", "partial"),
        ("(" * 900, "not JSONata"),
        ("a b", "not JSONata"),
        ("x" * 3000, "longer"),
    ],
)
def test_what_no_expression_may_do(text: str, told: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    assert told in str(caught.value)


def _run(make: Any, pipeline: Any, message: Any, **registered: Any) -> Any:
    mapping = make(from_native={"reference": pipeline}, functions=registered)
    return mapping.fields_from_native(message).get("reference", "absent")


@pytest.mark.parametrize(
    ("text", "message", "code"),
    [
        ("a * b", {"a": 2**40, "b": 2**40}, "mapping.expr_number"),
        ("(a * b - c) = 1", {"a": 2**27, "b": 2**27, "c": 1}, "mapping.expr_number"),
        ("a + 1", {"a": BIG}, "mapping.expr"),
        ("a", {"a": float("nan")}, "mapping.expr_number"),
        ("a" + ".($ & $)" * 200, {"a": "x"}, "mapping.expr_budget"),
        ("a" + ".([$, $])" * 200, {"a": 1}, "mapping.expr_budget"),
        ("a.$$.a.$$.a.$$.a.$$.a", {"a": list(range(200))}, "mapping.expr_budget"),
        ("$string(a)", {"a": "x" * 200_000}, "mapping.expr_budget"),
        ("$length(a)", {"a": 5}, "mapping.expr"),
    ],
)
def test_what_an_expression_cannot_do_ends_in_a_named_error(make: Any, text: str, message: Any, code: str) -> None:
    with pytest.raises(MappingError) as caught:
        _run(make, {"expr": text}, message)
    assert (caught.value.code, caught.value.pointer) == (code, "/reference")


def test_an_expression_reads_the_message_or_the_value_so_far(make: Any) -> None:
    message = {"a": {"b": "x"}, "n": BIG}
    assert _run(make, {"expr": "a.b"}, message) == "x"
    assert _run(make, [{"path": "/a"}, {"expr": "b & '!'"}], message) == "x!"
    assert _run(make, [{"path": "/none"}, {"expr": "1"}], message) == "absent"
    assert _run(make, [{"expr": "n"}, "integer", "text"], message) == str(BIG)


def test_nothing_of_a_message_stays_in_an_expression() -> None:
    evaluate = compile_expression("a")
    assert evaluate({"a": "secret"}) == "secret"
    cells = [cell.cell_contents for cell in getattr(evaluate, "__closure__", ())]
    expression = next(cell for cell in cells if hasattr(cell, "ast"))
    assert expression.input is None
    assert "$" not in expression.environment.bindings


def test_a_bad_expression_is_found_with_its_line(faults: Any) -> None:
    found = faults(from_native={"reference": [{"path": "/r"}, {"expr": "$eval(x)"}]})
    assert [(fault.code, fault.pointer) for fault in found] == [("document.expr", "/from_native/reference/1/expr")]
    assert found[0].line >= 1


def test_a_registered_function_is_called_by_name(make: Any, faults: Any) -> None:
    def reverse(value: Any) -> Any:
        return "".join(reversed(value))

    assert _run(make, [{"path": "/r"}, {"function": "reverse"}], {"r": "abc"}, reverse=reverse) == "cba"
    assert _run(make, [{"path": "/r"}, {"function": "reverse"}], {}, reverse=reverse) == "absent"
    with pytest.raises(MappingError) as caught:
        _run(make, [{"path": "/r"}, {"function": "reverse"}], {"r": 5}, reverse=reverse)
    assert (caught.value.code, caught.value.pointer) == ("mapping.function", "/reference")
    assert "TypeError" in caught.value.message
    found = faults(from_native={"reference": [{"path": "/r"}, {"function": "revers"}]}, functions={"reverse": reverse})
    assert [(fault.code, fault.suggestion) for fault in found] == [("document.unknown_function", "reverse")]


WORDS = st.sampled_from(
    ["a", "b.c", "$", "$$", "*", "1", "'x'", "null", "[", "]", "(", ")", "{", "}", ":", "?", "&", "=", "+", "-", "*"]
    + [".", "..", ":=", "~>", "^(", "/x/", "%", "@$v", "#$i", "|", ";", ",", "[]", "$eval(", "$now(", "import os"]
    + [f"${name}(" for name in sorted(FUNCTIONS)]
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WORDS, max_size=12).map("".join) | st.text(max_size=30), st.sampled_from([{}, {"a": [1, "x"]}, [None]]))
def test_any_text_is_an_expression_or_refused(text: str, message: Any) -> None:
    try:
        evaluate = compile_expression(text)
    except ExpressionError:
        return
    try:
        found = evaluate(message)
    except Exception as error:  # noqa: BLE001 - the step turns every one of them into its own
        found = type(error)
    assert found is ABSENT or found is None or isinstance(found, str | int | list | dict | type)


def test_no_document_reaches_a_file_a_module_or_the_network(make: Any, monkeypatch: Any) -> None:
    def forbidden(*_: Any, **__: Any) -> Any:
        raise AssertionError("a mapping reached out")

    mapping = make(
        from_native={
            "reference": {"coalesce": [{"expr": "$$.`__import__` & path"}, [{"path": "/r"}, "json", {"path": "/x"}]]}
        }
    )
    mapping.fields_from_native({"path": "/etc/passwd"})
    before = set(sys.modules)
    with monkeypatch.context() as patched:
        patched.setattr("builtins.open", forbidden)
        patched.setattr(socket, "socket", forbidden)
        found = mapping.fields_from_native({"path": "/etc/passwd"})
    assert found == {"reference": "/etc/passwd"}
    assert set(sys.modules) == before


def test_a_document_that_calls_a_function_is_refused_without_one(make: Any) -> None:
    with pytest.raises(DocumentError):
        make(from_native={"reference": {"function": "os.system"}})
