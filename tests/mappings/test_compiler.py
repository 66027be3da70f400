from typing import Any

import pytest

from mappings.errors import MappingError

NOTICES = {"request": "NoticeSearch", "answer": "NoticePage"}
NEED = {"request": "Need", "answer": "NeedReceipt"}
IDENTITY = {"request": "IdentityQuery", "answer": "Person"}


@pytest.mark.parametrize("number", [9007199254740993, 12345678901234567890, 10**39])
def test_large_numbers_keep_every_digit(make: Any, number: int) -> None:
    fields = {name: {"path": f"/{name}"} for name in ("total", "pages", "page")}
    mapping = make(canonical=NOTICES, to_native=None, from_native={**fields, "notices": {"constant": []}})
    assert mapping.from_native({"total": number, "pages": 0, "page": 1})["total"] == number
    there = make(canonical=NEED, from_native=None, to_native={"Budget": {"path": "/budget_rial"}})
    assert there.to_native({"budget_rial": number}) == {"Budget": number}


def test_the_answer_is_checked_by_its_model(make: Any) -> None:
    names = ("national_id", "given_name", "family_name", "birth_date", "gender", "deceased")
    mapping = make(canonical=IDENTITY, from_native={name: {"path": f"/{name}"} for name in names})
    person = {
        "national_id": "9990000018",
        "given_name": "نمونه",
        "family_name": "آزمایشی",
        "birth_date": "1990-12-13",
        "gender": "female",
        "deceased": False,
    }
    assert mapping.from_native(person) == person
    for field, bad in (("national_id", "9990000019"), ("gender", "f"), ("deceased", 0), ("given_name", None)):
        with pytest.raises(MappingError) as caught:
            mapping.from_native({**person, field: bad})
        assert (caught.value.code, caught.value.pointer) == ("mapping.answer_invalid", f"/{field}")
    del person["gender"]
    with pytest.raises(MappingError) as caught:
        mapping.from_native(person)
    assert (caught.value.code, caught.value.pointer) == ("mapping.missing", "/gender")


def test_null_is_left_out_of_the_answer(make: Any) -> None:
    mapping = make(from_native={"reference": {"path": "/r"}, "recorded_at": {"path": "/at"}})
    assert mapping.from_native({"r": "1", "at": None}) == {"reference": "1"}


def test_fractions_do_not_become_answers(make: Any) -> None:
    mapping = make(from_native={"reference": {"path": "/r"}})
    for value in (1.5, float("nan"), [1.5], {"a": float("inf")}):
        with pytest.raises(MappingError, match=r"mapping\.answer_invalid"):
            mapping.from_native({"r": value})


def test_a_direction_that_is_not_there_says_so(make: Any) -> None:
    with pytest.raises(MappingError, match=r"mapping\.direction"):
        make().to_native({})
    with pytest.raises(MappingError, match=r"mapping\.direction"):
        make(from_native=None, to_native={"A": {"path": "/unit_id"}}).from_native({})


def test_translating_changes_nothing_it_was_given(make: Any) -> None:
    query = {"unit_id": "1", "section_code": "2", "subsection_code": "3", "plaque": {"main": "1", "secondary": "0"}}
    mapping = make(to_native={"Whole": {"path": "/plaque"}, "List": {"constant": [1]}})
    first = mapping.to_native(query)
    assert query["plaque"] == {"main": "1", "secondary": "0"}
    assert mapping.to_native(query) == first


def test_a_constant_is_not_shared_between_messages(make: Any) -> None:
    mapping = make(to_native={"List": {"constant": [{"a": 1}]}, "Other": [{"path": "/$context/now"}, {"default": [1]}]})
    mapping.to_native({})["List"][0]["a"] = 2
    mapping.to_native({})["Other"].append(2)
    assert mapping.to_native({}) == {"List": [{"a": 1}], "Other": [1]}


def test_tests_tell_the_first_difference(make: Any) -> Any:
    def case(name: str, **given: Any) -> Any:
        return {"name": name, **given}

    mapping = make(
        outcome={"code": {"path": "/c"}, "table": {"1": {"refused": "x.no", "text": {"en": "no"}}}},
        tests=[
            case("right", from_native={"given": {"reference": "1"}, "expect": {"reference": "1"}}),
            case("wrong", from_native={"given": {"reference": "1"}, "expect": {"reference": "2"}}),
            case("type", from_native={"given": {"reference": "1"}, "expect": {"reference": 1}}),
            case("more", from_native={"given": {"reference": "1"}, "expect": {}}),
            case("error", from_native={"given": {}, "error": "mapping.missing"}),
            case("no error", from_native={"given": {"reference": "1"}, "error": "mapping.missing"}),
            case("surprise", from_native={"given": {}, "expect": {}}),
            case("verdict", outcome={"given": {"c": 1}, "expect": {"kind": "refused", "text": "no"}}),
            case("other verdict", outcome={"given": {"c": 1}, "expect": {"kind": "refused", "after": "PT1M"}}),
            case("status", outcome={"given": {}, "status": 500, "expect": {"kind": "broken"}}),
        ],
    )
    results = {result.name: result for result in mapping.run_tests()}
    assert {name for name, result in results.items() if result.passed} == {"right", "error", "verdict", "status"}
    assert results["wrong"].difference == "/reference: '2' expected, '1' found"
    assert results["type"].difference == "/reference: 1 expected, '1' found"
    assert results["more"].difference == "/reference: nothing expected, '1' found"
    assert results["surprise"].difference.startswith("mapping.missing at /reference")
    assert "was expected" in results["no error"].difference
    assert results["other verdict"].difference == "/after: 'PT1M' expected, None found"
