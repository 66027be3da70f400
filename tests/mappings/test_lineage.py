from typing import Any

from mappings.lineage import hatches

PAGE = {"total": {"constant": 0}, "page": {"constant": 1}, "per_page": {"constant": 1}}
ROW = ("applicant_name", "title", "organisation", "province", "township", "state")


def _told(mapping: Any, direction: str) -> dict[str, Any]:
    return {
        field.target: (
            [(one.kind, one.what, one.condition) for one in field.origins],
            list(field.steps),
            mapping.document.source.line(field.pointer) > 0,
        )
        for field in mapping.lineage(direction)
    }


def test_every_kind_of_origin_is_told(make: Any) -> None:
    mapping = make(
        tables={"t": {"a": "1"}},
        functions={"twice": lambda value: value * 2},
        to_native={
            "A/B": [{"path": "/unit_id"}, "text", {"pad": {"width": 3}}],
            "C": {"constant": 5},
            "D": [{"path": "/section_code"}, {"default": "0"}],
            "E": [{"path": "/plaque/main"}, {"lookup": {"table": "t"}}, {"function": "twice"}],
            "F": {"when": {"path": "/unit_id", "is": "1", "then": {"path": "/$context/now"}}},
            "G": {"concat": [{"path": "/unit_id"}, {"path": "/section_code"}]},
        },
    )
    told = _told(mapping, "to_native")
    assert told["/A/B"] == ([("message", "/unit_id", False)], ["text", "pad"], True)
    assert told["/C"][0] == [("constant", "5", False)]
    assert told["/D"][0] == [("message", "/section_code", False), ("default", '"0"', False)]
    assert told["/E"][:2] == (
        [("message", "/plaque/main", False), ("table", "t", False), ("function", "twice", False)],
        ["lookup", "function"],
    )
    assert told["/F"][0] == [("message", "/unit_id", True), ("context", "now", False)]
    assert [what for _, what, _ in told["/G"][0]] == ["/unit_id", "/section_code"]
    assert hatches(mapping.lineage("to_native")) == {"expr": 0, "function": 1}


def test_fields_of_items_are_told_with_the_list_they_stand_in(make: Any) -> None:
    item = {"request_number": {"path": "/n"}, **{key: {"path": "/$root/title"} for key in ROW}}
    mapping = make(
        canonical={"request": "PermitSearch", "answer": "PermitPage"},
        from_native={**PAGE, "permits": [{"path": "/data/rows"}, {"each": item}]},
    )
    told = _told(mapping, "from_native")
    assert told["/permits"][0] == [("message", "/data/rows", False)]
    assert told["/permits/*/request_number"][0] == [("message", "/data/rows/*/n", False)]
    assert told["/permits/*/state"][0] == [("message", "/title", False)]
    assert list(told) == ["/total", "/page", "/per_page", "/permits", *(f"/permits/*/{name}" for name in item)]


def test_the_request_answered_to_is_an_origin(make: Any) -> None:
    mapping = make(from_native={"reference": {"coalesce": [{"path": "/r"}, {"path": "/$asked/unit_id"}]}})
    assert _told(mapping, "from_native")["/reference"][0] == [("message", "/r", False), ("asked", "/unit_id", False)]
