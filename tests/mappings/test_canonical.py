import json
from typing import Any

import pytest
from pydantic import ValidationError

from mappings.canonical import CANONICAL, CanonicalError, example, json_schema, validate, warnings_of


def errors_of(name: str, data: Any) -> Any:
    with pytest.raises(CanonicalError) as caught:
        validate(name, data)
    return {error.pointer: error for error in caught.value.errors}


@pytest.mark.parametrize("name", CANONICAL)
def test_every_model_has_a_good_example_that_survives_json(name: str) -> None:
    sample = example(name)
    dumped = validate(name, sample).model_dump(mode="json", exclude_none=True)
    assert validate(name, json.loads(json.dumps(dumped))).model_dump(mode="json", exclude_none=True) == dumped
    assert sample.items() <= dumped.items()


@pytest.mark.parametrize("name", CANONICAL)
def test_every_model_refuses_a_field_it_does_not_know(name: str) -> None:
    assert errors_of(name, {**example(name), "surprise": 1})["/surprise"].code == "field.unknown"


@pytest.mark.parametrize("name", CANONICAL)
def test_every_field_is_titled_in_both_languages(name: str) -> None:
    def check(schema: Any) -> None:
        assert schema["title_en"]
        assert schema["title_fa"]
        for field in schema.get("properties", {}).values():
            assert field["title_en"]
            assert any("\u0600" <= letter <= "\u06ff" for letter in field["title_fa"])

    schema = json_schema(name)
    check(schema)
    for definition in schema.get("$defs", {}).values():
        if definition["type"] == "object":
            check(definition)


def test_a_schema_in_one_language() -> None:
    assert json_schema("IdentityQuery", "fa")["properties"]["national_id"]["title"] == "کد ملی"
    assert json_schema("IdentityQuery", "en")["properties"]["national_id"]["title"] == "National ID"
    assert "title_fa" not in json_schema("IdentityQuery", "en")["properties"]["national_id"]


def test_an_identifier_error_says_which_digit_in_both_languages() -> None:
    error = errors_of("IdentityQuery", {"national_id": "9990000019", "birth_date": "1990-12-13"})["/national_id"]
    assert (error.code, error.position) == ("national_id.check_digit", 9)
    assert "position 9" in error.message_en
    assert "رقم کنترل" in error.message_fa


def test_identifiers_come_out_in_one_form() -> None:
    query = validate("IdentityQuery", {"national_id": "۹۹۹-۰۰۰۰۰۱-۸", "birth_date": "1990-12-13"})
    assert query.model_dump()["national_id"] == "9990000018"


def test_models_are_frozen() -> None:
    query = validate("IdentityQuery", example("IdentityQuery"))
    with pytest.raises(ValidationError):
        query.national_id = "9990000026"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1369-9-1", "date.form"),
        ("2025-02-29", "date.invalid"),
        ("1700000000", "date.form"),
        ("۲۰۲۵-۰۱-۰۱", "date.form"),
    ],
)
def test_dates_are_gregorian_days(text: str, code: str) -> None:
    assert errors_of("IdentityQuery", {"national_id": "9990000018", "birth_date": text})["/birth_date"].code == code


@pytest.mark.parametrize(
    "text", ["2026-08-20T10:00:00", "2026-08-20", "2026-08-20T25:00:00Z", "20260820T100000Z", "1787205600"]
)
def test_times_need_their_offset(text: str) -> None:
    receipt = {**example("NeedReceipt"), "published_at": text}
    assert errors_of("NeedReceipt", receipt)["/published_at"].code.startswith("instant.")


def test_numbers_are_never_text_and_text_never_a_number() -> None:
    need = example("Need")
    assert errors_of("Need", {**need, "quantity": "100"})["/quantity"].code == "field.type"
    assert errors_of("Need", {**need, "quantity": 1.5})["/quantity"].code == "field.type"
    assert errors_of("Need", {**need, "quantity": True})["/quantity"].code == "field.type"
    assert errors_of("NeedQuery", {"reference": 5})["/reference"].code == "field.type"


@pytest.mark.parametrize("number", [9007199254740993, 10**20 + 1])
def test_large_amounts_keep_every_digit(number: int) -> None:
    assert validate("Need", {**example("Need"), "budget_rial": number}).model_dump()["budget_rial"] == number


def test_notice_numbers_are_sixteen_digits_of_text() -> None:
    receipt = example("NeedReceipt")
    assert "/need_number" in errors_of("NeedReceipt", {**receipt, "need_number": "110500000100000"})
    assert "/need_number" in errors_of("NeedReceipt", {**receipt, "need_number": 1105000001000001})


def test_a_rejection_quotes_its_condition() -> None:
    decision = {"request_number": "1", "decision": "rejected", "decided_at": "2026-08-20T10:00:00Z", "reason": "x"}
    assert errors_of("PermitDecision", decision)["/condition_number"].message_fa
    assert validate("PermitDecision", {**decision, "condition_number": "102"})


@pytest.mark.parametrize("kind", ["rejected", "revoked", "defect"])
def test_a_refusal_gives_its_reason(kind: str) -> None:
    decision = {"request_number": "1", "decision": kind, "decided_at": "2026-08-20T10:00:00Z", "condition_number": "1"}
    assert errors_of("PermitDecision", decision)["/reason"].code == "permit_decision.reason"
    assert "/reason" in errors_of("PermitDecision", {**decision, "reason": ""})


@pytest.mark.parametrize("missing", ["opposition_code", "opposition_title"])
def test_an_opposition_names_code_and_title(missing: str) -> None:
    answer = {**example("ArticleSixAnswer"), "response": "oppose", "opposition_code": "1", "opposition_title": "حریم"}
    assert validate("ArticleSixAnswer", answer)
    del answer[missing]
    assert f"/{missing}" in errors_of("ArticleSixAnswer", answer)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [[51.4, 35.7]]},
        {"type": "Polygon", "coordinates": [51.4, 35.7]},
        {"type": "Point", "coordinates": ["51.4", "35.7"]},
        {"type": "Point", "coordinates": [True, False]},
        {"type": "Circle", "coordinates": [51.4, 35.7]},
        {"type": "Point", "coordinates": [51.4]},
    ],
)
def test_what_is_no_geometry(geometry: Any) -> None:
    with pytest.raises(CanonicalError):
        validate("ParcelGeometry", {"plaque": {"main": "1"}, "geometry": geometry})


def test_a_polygon_keeps_its_numbers_and_a_plaque_its_zero() -> None:
    ring = [[51.4, 35.7], [51.5, 35.7], [51.5, 35.8], [51, 35], [51.4, 35.7]]
    data = {"plaque": {"main": "0084"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    dumped = validate("ParcelGeometry", data).model_dump(mode="json", exclude_none=True)
    assert dumped["geometry"]["coordinates"] == [ring]
    assert dumped["plaque"] == {"main": "0084", "secondary": "0"}


@pytest.mark.parametrize("data", [None, [], "text", 1, float("nan"), {"a": float("inf")}, {"a": b"x"}, {"\ud800": 1}])
def test_what_is_no_message_at_all(data: Any) -> None:
    with pytest.raises(CanonicalError):
        validate("Person", data)


def test_every_error_speaks_both_languages() -> None:
    for error in errors_of("ServiceCard", {"version": "1", "kind": "x", "steps": [{}], "fee": 3}).values():
        assert error.message_en
        assert error.message_fa
        assert error.code.count(".") == 1


def test_what_only_looks_wrong_is_told_and_not_refused() -> None:
    request = {
        **example("PermitRequest"),
        "request_number": "331",
        "postal_code": "1234567890",
        "renovation_code": "0-2-16-1-84-10-1",
    }
    told = {warning.pointer: warning for warning in warnings_of(validate("PermitRequest", request))}
    assert {pointer: warning.code for pointer, warning in told.items()} == {
        "/request_number": "permit_request.length",
        "/applicant_national_id": "national_id.area_prefix",
        "/renovation_code": "renovation_code.reversed",
        "/postal_code": "postal_code.unusual",
    }
    assert all(warning.message_en and warning.message_fa for warning in told.values())
    assert warnings_of(validate("Parcel", example("Parcel"))) == []


def test_a_foreign_person_is_known_by_something() -> None:
    nobody = {"given_name": "نمونه", "family_name": "آزمایشی"}
    assert errors_of("Foreigner", nobody)[""].code == "foreigner.unnamed"
    assert "" in errors_of("Foreigner", {**nobody, "document_kind": "passport"})
    assert validate("Foreigner", {**nobody, "document_kind": "passport", "document_number": "A1"})


def test_a_parcel_is_named_by_something() -> None:
    assert errors_of("Parcel", {"area_m2": "250"})[""].code == "parcel.unnamed"
    assert "/area_m2" in errors_of("Parcel", {"renovation_code": "1-0-0-0-0-0-0", "area_m2": "1e3"})


def test_a_consent_is_of_one_person_and_says_when() -> None:
    consent = example("Consent")
    assert errors_of("Consent", {**consent, "legal_id": "99900000010"})[""].code == "consent.subject"
    del consent["given_at"]
    assert errors_of("Consent", consent)["/given_at"].code == "consent.given_at"
    assert validate("Consent", {**consent, "state": "asked"})


def test_a_contract_ends_after_it_starts() -> None:
    assert "/ends_on" in errors_of("Contract", {**example("Contract"), "ends_on": "2026-08-25"})
