from typing import Any

import pytest

from mappings.errors import MappingError

QUERY = {"unit_id": "01", "section_code": "2", "subsection_code": "0", "plaque": {"main": "84", "secondary": "0"}}
BOOK = {"request": "PermitSearch", "answer": "PermitPage"}
PAGE = {"total": {"constant": 0}, "page": {"constant": 1}, "per_page": {"constant": 1}}


def test_targets_nest_and_number(make: Any) -> None:
    mapping = make(
        to_native={"A/B": {"path": "/unit_id"}, "A/C": {"constant": None}, "Rows/0/Code": {"path": "/section_code"}}
    )
    assert mapping.to_native(QUERY) == {"A": {"B": "01", "C": None}, "Rows": [{"Code": "2"}]}


def test_one_item_lists_stay_lists_and_empty_objects_are_left_out(make: Any) -> None:
    mapping = make(
        canonical=BOOK, from_native=None, to_native={"Rows/0": {"path": "/title"}, "Box/Name": {"path": "/title"}}
    )
    assert mapping.to_native({"title": "x"}) == {"Rows": ["x"], "Box": {"Name": "x"}}
    assert mapping.to_native({}) == {}


def test_the_first_path_reads_the_message_and_a_later_one_the_value(run: Any) -> None:
    assert run([{"path": "/a"}], {"a": {"b": 1}}) == {"b": 1}
    assert run([{"path": "/a"}, {"path": "/b"}], {"a": {"b": 1}}) == 1
    assert run([{"path": "/a~1b/0"}], {"a/b": ["x"]}) == "x"
    assert run([{"path": "/0"}], {"0": "x"}) == "x"
    assert run([{"path": "/5"}], ["x"]) == "absent"
    assert run([{"path": "/-1"}], ["x"]) == "absent"
    assert run([{"path": "/a"}], "text") == "absent"


def test_a_required_canonical_field_that_is_missing_names_itself(make: Any) -> None:
    mapping = make(to_native={"N": [{"path": "/plaque/main"}, "integer"]})
    for query in ({}, {"plaque": None}, {"plaque": {}}, {"plaque": {"main": None}}):
        with pytest.raises(MappingError) as caught:
            mapping.to_native(query)
        assert (caught.value.code, caught.value.pointer) == ("mapping.missing", "/plaque/main")


def test_a_required_canonical_field_with_a_default_is_not_missing(make: Any) -> None:
    assert make(to_native={"N": [{"path": "/unit_id"}, {"default": "?"}]}).to_native({}) == {"N": "?"}


def test_canonical_null_is_absent(make: Any) -> None:
    mapping = make(
        canonical=BOOK,
        from_native=None,
        to_native={"T": [{"path": "/title"}, {"default": ""}], "U": {"path": "/title"}},
    )
    assert mapping.to_native({"title": None}) == {"T": ""}


def test_the_context_is_read_by_name(make: Any) -> None:
    mapping = make(to_native={"Ref": [{"path": "/$context/reference"}, "required"]})
    assert mapping.to_native(QUERY, {"reference": "r-1"}) == {"Ref": "r-1"}
    with pytest.raises(MappingError) as caught:
        mapping.to_native(QUERY)
    assert caught.value.pointer == "/$context/reference"


def test_the_request_answered_to_can_be_read(make: Any) -> None:
    mapping = make(from_native={"reference": {"path": "/$asked/unit_id"}})
    assert mapping.from_native({}, asked=QUERY) == {"reference": "01"}
    with pytest.raises(MappingError, match=r"mapping\.missing"):
        mapping.from_native({})


@pytest.mark.parametrize(
    ("when", "given", "result"),
    [
        ({"is": 1, "then": {"constant": "one"}, "else": {"constant": "other"}}, "1", "one"),
        ({"is": 1, "then": {"constant": "one"}, "else": {"constant": "other"}}, "01", "other"),
        ({"in": ["a", "b"], "then": {"constant": "ab"}}, "b", "ab"),
        ({"in": ["a", "b"], "then": {"constant": "ab"}}, "c", "c"),
        ({"is": None, "then": {"constant": "null"}}, None, "null"),
        ({"is": True, "then": "text"}, True, "true"),
        ({"present": False, "then": {"constant": "none"}}, " ", "none"),
        ({"present": True, "else": {"constant": "none"}}, "x", "x"),
        ({"path": "/w", "present": False, "then": {"constant": "no w"}}, "x", "no w"),
    ],
)
def test_when(run: Any, when: Any, given: Any, result: Any) -> None:
    assert run([{"when": when}], given) == result


def test_coalesce_takes_the_first_that_is_there(run: Any) -> None:
    steps = [{"coalesce": [{"path": "/w"}, {"path": "/v"}, {"constant": "last"}]}]
    assert run(steps, "v") == "v"
    assert run(steps, None) == "last"
    assert run(steps) == "last"


def test_concat_joins_what_is_there(run: Any) -> None:
    parts = {"concat": [{"path": "/v"}, {"path": "/w"}, [{"path": "/v"}, {"digits": "persian"}]], "with": "-"}
    assert run([parts], 1) == "1-۱"
    assert run([parts]) == "absent"
    assert run([{"concat": ["text", {"constant": "!"}]}], "a") == "a!"


def test_each_with_fields_fills_the_items_model(make: Any) -> None:
    item = {
        name: {"path": f"/{name}"}
        for name in ("request_number", "applicant_name", "title", "organisation", "province", "township", "state")
    }
    item["province"] = [{"path": "/$root/province"}, {"default": "-"}]
    mapping = make(canonical=BOOK, from_native={**PAGE, "permits": [{"path": "/rows"}, {"each": item}]})
    row = dict.fromkeys(item, "x")
    assert mapping.from_native({"province": "تهران", "rows": [row]})["permits"] == [{**row, "province": "تهران"}]
    assert mapping.from_native({"rows": row})["permits"] == [{**row, "province": "-"}]
    assert mapping.from_native({"rows": []})["permits"] == []


def test_an_error_inside_each_says_which_item(make: Any) -> None:
    notes = [{"path": "/rows"}, {"each": {"request_number": [{"path": "/n"}, "required"], **_others()}}]
    mapping = make(canonical=BOOK, from_native={**PAGE, "permits": notes})
    with pytest.raises(MappingError) as caught:
        mapping.from_native({"rows": [{"n": "1"}, {}]})
    assert (caught.value.code, caught.value.pointer) == ("mapping.missing", "/permits/1/request_number")


def _others() -> dict[str, object]:
    names = ("applicant_name", "title", "organisation", "province", "township", "state")
    return {name: {"constant": "x"} for name in names}


def test_a_when_inside_each_without_else_gives_nothing(make: Any) -> None:
    fields = {
        **_others(),
        "request_number": {"constant": "1"},
        "decided_on": {"when": {"path": "/d", "present": True, "then": {"path": "/d"}}},
    }
    mapping = make(canonical=BOOK, from_native={**PAGE, "permits": [{"path": "/rows"}, {"each": fields}]})
    assert "decided_on" not in mapping.from_native({"rows": [{"a": 1}]})["permits"][0]


def test_each_in_a_request_knows_the_items(make: Any, faults: Any) -> None:
    card = {"request": "ServiceCard"}
    good = {"Steps": [{"path": "/steps"}, {"each": {"Title": {"path": "/title_fa"}, "Days": {"path": "/days"}}}]}
    mapping = make(canonical=card, from_native=None, to_native=good)
    assert mapping.to_native({"steps": [{"title_fa": "گام", "days": None}]}) == {"Steps": [{"Title": "گام"}]}
    with pytest.raises(MappingError) as caught:
        mapping.to_native({"steps": [{"days": 1}]})
    assert caught.value.pointer == "/steps/0/title_fa"
    bad = {"Steps": [{"path": "/steps"}, {"each": {"Title": {"path": "/titel_fa"}}}]}
    assert [fault.suggestion for fault in faults(canonical=card, from_native=None, to_native=bad)] == ["title_fa"]
