import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.permit_portal.graphql import QueryRefused, execute

ROOT = {
    "word": "سلام",
    "nothing": None,
    "echo": lambda arguments: json.dumps(arguments["value"]),
    "shelf": lambda arguments: [{"title": arguments["named"], "pages": 3}],
}


def test_fields_variables_and_literals() -> None:
    query = """
    # A comment, commas and all.
    query Q($v: Thing!, $n: String) { word, nothing shelf(named: $n) { title } echo(value: $v) }
    """
    answer = execute(query, {"v": [1, 2], "n": "کتاب"}, ROOT)
    assert answer == {"word": "سلام", "nothing": None, "shelf": [{"title": "کتاب"}], "echo": "[1, 2]"}


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"a \\"b\\""', 'a "b"'),
        ("-12", -12),
        ("true", True),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ('[{a: "b"}]', [{"a": "b"}]),
    ],
)
def test_literals(literal: str, value: object) -> None:
    assert execute(f"{{ echo(value: {literal}) }}", {}, ROOT) == {"echo": json.dumps(value)}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ word { letters } }", "must not have a selection"),
        ("{ shelf(named: 1) }", "must have a selection"),
        ("{ unknown }", 'Cannot query field "unknown"'),
        ("{ word(x: 1) }", "takes no arguments"),
        ("{ word", "Unexpected <EOF>"),
        ("{ word } }", "Unexpected }"),
        ("{ % }", "unexpected character"),
        ("{ echo(value: maybe) }", "Unexpected maybe"),
        ("{ 12 }", "Expected Name"),
        ("query ($v: String!) { word }", "was not provided"),
        ("{ echo(value: " + "[" * 14 + "]" * 14 + ") }", "depth"),
        ("{" + "shelf{" * 14 + "}" * 15, "depth"),
    ],
)
def test_wrong_queries_are_refused(query: str, says: str) -> None:
    with pytest.raises(QueryRefused, match=says):
        execute(query, {}, ROOT)


@given(st.text(alphabet='{}()[]:!$="\\ #,word123échelf\n', max_size=60))
def test_any_text_is_answered_or_refused(query: str) -> None:
    try:
        execute(query, {}, {"word": 1})
    except QueryRefused:
        return
