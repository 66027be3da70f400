"""The tests inside documents: all that differs, there and back, and what a failing one stops."""

from typing import Any

import pytest

from mappings.compiler import activate
from mappings.errors import DocumentError

ROUND = {"request": "PermitSearch", "answer": "PermitSearch"}
FROM = [{"path": "/issued_from"}, {"date": {"in": "iso", "out": "jalali-integer"}}]
THERE = {"Title": {"path": "/title"}, "From": FROM}
BACK = {
    "title": {"path": "/Title"},
    "issued_from": [{"path": "/From"}, {"date": {"in": "jalali-integer", "out": "iso"}}],
}
GIVEN = {"title": "پروانه", "issued_from": "2026-08-20", "page": 1}


def _round(make: Any, back: Any = BACK) -> Any:
    tests = [{"name": "round", "there_and_back": {"given": GIVEN}}]
    return make(canonical=ROUND, to_native=THERE, from_native=back, tests=tests)


def test_there_and_back(make: Any) -> None:
    assert _round(make).run_tests()[0].passed
    (failed,) = _round(make, {**BACK, "title": {"path": "/From"}}).run_tests()
    assert not failed.passed
    (failed,) = _round(make, {"page": {"constant": 2}}).run_tests()
    assert failed.differences == (
        "/title: 'پروانه' expected, nothing found",
        "/issued_from: '2026-08-20' expected, nothing found",
        "/page: 1 expected, 2 found",
    )


def test_there_and_back_needs_two_ways_between_one_model(faults: Any) -> None:
    case = {"name": "round", "there_and_back": {"given": GIVEN}}
    found = faults(canonical={**ROUND, "answer": "Acknowledgement"}, to_native=THERE, tests=[case])
    assert [fault.code for fault in found] == ["document.test"]
    case["there_and_back"]["expect"] = GIVEN
    found = faults(canonical=ROUND, to_native=THERE, from_native=BACK, tests=[case])
    assert [fault.pointer for fault in found] == ["/tests/0/there_and_back"]


def test_a_document_with_a_failing_test_cannot_be_active(make: Any) -> None:
    good = {"name": "good", "from_native": {"given": {"reference": "1"}, "expect": {"reference": "1"}}}
    assert activate(make(tests=[good])).run_tests()[0].passed
    bad = {"name": "bad", "from_native": {"given": {"reference": "1"}, "expect": {"reference": "2"}}}
    with pytest.raises(DocumentError) as caught:
        activate(make(tests=[good, bad]))
    (finding,) = caught.value.findings
    assert (finding.code, finding.pointer) == ("document.test_failed", "/tests/1")
    assert "'2' expected, '1' found" in finding.message
