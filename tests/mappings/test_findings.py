"""Faults of documents that are neither spelling nor shape."""

from typing import Any

import pytest

BAD_STEPS = [
    {"constant": {"a": [1.5]}},
    {"default": 0.5},
    {"required": 1},
    {"text": 1},
    {"integer": 1},
    {"decimal": 1},
    {"unwrap": 1},
    {"json": "write"},
    {"json": 5},
    {"fold": "all"},
    {"digits": "roman"},
    {"digits": 1},
    {"pad": {"width": 0}},
    {"pad": {"width": 3, "with": "ab"}},
    {"slice": {"from": "a"}},
    {"split": {"by": "", "index": 0}},
    {"replace": {}},
    {"replace": {"": "x"}},
    {"replace": [1]},
    {"join": 5},
    {"base64": "both"},
    {"checksum": "national"},
    {"geometry": {"keys": "lower"}},
    {"money": {"comma": True}},
    {"present": {"yes": 1}},
    {"boolean": {"true": [1], "false": ["1"]}},
    {"boolean": {"true": [[1]]}},
    {"lookup": {"table": "t", "default": 1}},
    {"lookup": {"table": "t", "on_unmapped": "default"}},
    {"when": {"then": "text"}},
    {"when": {"is": 1}},
    {"when": {"is": 1, "in": [1], "then": "text"}},
    {"when": {"is": [1], "then": "text"}},
    {"when": {"path": "a", "is": 1, "then": "text"}},
    {"coalesce": []},
    {"coalesce": {"path": "/a"}},
    {"concat": 5},
    {"concat": ["text"], "with": 5},
    {"path": 5},
    {"path": "a"},
    {"date": {"in": "iso"}},
    {"datetime": {"in": "iso", "out": "iso", "zone": "Tehran"}},
    {},
    [],
    None,
    5,
    "concat",
    "each",
]


@pytest.mark.parametrize("step", BAD_STEPS, ids=str)
def test_arguments_that_no_step_takes(faults: Any, step: Any) -> None:
    tables = {"t": {"a": "b"}}
    found = faults(tables=tables, from_native={"reference": [{"path": "/r"}, step]})
    assert all(fault.pointer.startswith("/from_native/reference/1") for fault in found)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"canonical": {"answer": "Acknowledgement"}, "to_native": {"A": {"constant": 1}}}, "no_model"),
        ({"canonical": {"request": "NeedQuery"}}, "no_model"),
        ({"from_native": None}, "empty"),
        ({"tests": [{"name": "a"}]}, "test"),
        ({"tests": [{"name": "a", "to_native": {"given": {}, "expect": {}}}]}, "test"),
        ({"tests": [{"name": "a", "from_native": {"given": {}, "expect": {}, "error": "x"}}]}, "test"),
        ({"tests": [{"name": "a", "from_native": {"given": {}, "expect": {}, "contxt": {}}}]}, "unknown_key"),
        ({"tests": [{"nme": "a"}]}, "unknown_key"),
        ({"title": {"fa": "x", "en": "x", "eng": "x"}}, "unknown_key"),
        ({"tables": {"t": {"a": [1]}}}, "value"),
        ({"tables": {"t": {"a": 1.5}}}, "value"),
        ({"from_native": {"reference/": {"path": "/r"}, "reference": {"path": "/r"}}}, "target"),
        ({"from_native": {"reference": {"path": "/r"}, "reference/x": {"path": "/r"}}}, "unknown_target"),
        ({"to_native": {"A": {"constant": 1}, "A/B": {"constant": 1}}}, "target_conflict"),
        ({"to_native": {"A/B": {"constant": 1}, "A": {"constant": 1}}}, "target_conflict"),
        ({"to_native": {"A": {"path": "/plaque/0"}}}, "unknown_path"),
        ({"to_native": {"A": {"path": "/unit_id/x"}}}, "unknown_path"),
        ({"to_native": {"A": {"path": "/$root/unit"}}}, "unknown_path"),
        ({"from_native": {"reference": {"path": "/$asked/unit"}}}, "unknown_path"),
        ({"from_native": {"reference": {"path": "/$context"}}}, "unknown_path"),
    ],
)
def test_documents_that_cannot_work(faults: Any, parts: Any, code: str) -> None:
    assert f"document.{code}" in {fault.code for fault in faults(**parts)}


def test_paths_into_lists_and_free_objects_are_accepted(make: Any) -> None:
    mapping = make(
        canonical={"request": "ServiceCard"},
        from_native=None,
        to_native={"First": {"path": "/steps/0/title_fa"}, "Basis": [{"path": "/legal_basis"}, {"join": "؛ "}]},
    )
    card = {"steps": [{"title_fa": "گام"}], "legal_basis": ["الف", "ب"]}
    assert mapping.to_native(card) == {"First": "گام", "Basis": "الف؛ ب"}
    assert mapping.to_native({"legal_basis": []}) == {"Basis": ""}


def test_a_nested_required_field_that_is_never_filled_is_found(faults: Any) -> None:
    found = faults(
        canonical={"answer": "ParcelGeometry"},
        from_native={"plaque/secondary": {"path": "/s"}, "geometry": {"path": "/g"}},
    )
    assert [(fault.code, "main" in fault.message) for fault in found] == [("document.uncovered_field", True)]


def test_an_item_field_that_is_never_filled_is_found(faults: Any) -> None:
    history = [
        {"path": "/h"},
        {"each": {"operation": {"path": "/o"}, "reasons": {"constant": []}, "at": {"path": "/t"}}},
    ]
    fields = {name: {"path": f"/{name}"} for name in ("request_number", "title", "organisation", "state", "notes")}
    found = faults(canonical={"answer": "Permit"}, from_native={**fields, "history": history})
    assert [fault.pointer for fault in found] == ["/from_native/history/1/each"]
    assert "'state' of PermitEvent" in found[0].message
