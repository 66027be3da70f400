"""Any bytes at all: an answer that is not 500, and nothing stored for what was refused."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.json_rules import DEEPEST, beyond_storage, check
from gateway.language import preferred
from gateway.problems import Problem

QUICK = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
PATHS = ["/v1/cases", "/v1/inquiries", "/v1/inquiries/batch", "/v1/status", "/v1/subscriptions", "/oauth2/token"]
MEDIA = {"/oauth2/token": "application/x-www-form-urlencoded"}

texts = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
names = ["service", "payload", "purpose", "legal_basis", "case", "channel", "subject", "applicant", "aliases", "system"]
names += ["reference", "status", "occurred_at", "sequence", "detail", "decision", "url", "types", "inquiries"]
known = st.dictionaries(st.sampled_from(names), values, max_size=8)


@pytest.mark.parametrize("path", PATHS)
def test_raw_bytes(house: Any, path: Any) -> None:
    @QUICK
    @given(body=st.binary(max_size=200) | known.map(lambda value: json.dumps(value).encode()))
    @example(b'"' * 1000)
    @example(b"\\" * 1000)
    @example(b"client_assertion=%ff&grant_type=client_credentials")
    def answers(body: Any) -> None:
        media = {"Content-Type": MEDIA.get(path, "application/json")}
        answer = house.call("POST", path, content=body, headers=media)
        assert 200 <= answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.json()["code"]

    before = house.rows()
    answers()
    assert house.rows() == before


@QUICK
@given(value=values)
def test_what_python_writes_passes_the_rules(value: Any) -> None:
    check(json.dumps(value).encode())
    check(json.dumps(value, ensure_ascii=False).encode())


@QUICK
@given(depth=st.integers(1, 2 * DEEPEST), brackets=st.sampled_from(["[]", "{}"]))
def test_depth_is_counted_outside_of_strings(depth: Any, brackets: Any) -> None:
    opening = "[" if brackets == "[]" else '{"[[{{\\"":'
    body = (opening * depth + "1" + brackets[1] * depth).encode()
    if depth <= DEEPEST:
        check(body)
        return
    with pytest.raises(Problem, match=r"json\.too_deep"):
        check(body)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_numbers_that_fit_nowhere_are_pointed_at(number: Any) -> None:
    beyond_storage({"a": [1, 2**63 - 1, -(2**63), True, 1.5]})
    with pytest.raises(Problem) as caught:
        beyond_storage({"a": [{"b/c": number}]})
    assert [error.pointer for error in caught.value.errors] == ["/a/0/b~1c"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"), ("fa", "fa"), ("fa-IR,fa;q=0.9,en;q=0.8", "fa"), ("en,fa;q=0.5", "en"), ("de", "en"),
        ("fa;q=0", "en"), ("fa;q=x", "en"), ("fa;q=2", "en"), ("fa" * 400, "en"), ("", "en"), ("de,fa;q=0.1", "fa"),
    ],
)  # fmt: skip
def test_the_language_follows_the_header(header: Any, language: Any) -> None:
    assert preferred(header) == language


@given(st.text(max_size=60))
@QUICK
def test_no_header_breaks_the_choice(header: Any) -> None:
    assert preferred(header) in {"fa", "en"}
