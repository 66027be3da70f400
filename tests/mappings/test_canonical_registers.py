"""Subscribers, companies, addresses and payments: what their models ask for beyond their fields."""

from typing import Any

import pytest

from mappings.canonical import CanonicalError, example, validate


def errors_of(name: str, data: Any) -> Any:
    with pytest.raises(CanonicalError) as caught:
        validate(name, data)
    return {error.pointer: error for error in caught.value.errors}


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("national_id", "9990000019", "national_id.check_digit"),
        ("legal_id", "10380284792", "legal_id.check_digit"),
        ("foreign_id", "123", "foreign_id.length"),
    ],
)
def test_an_identity_is_checked_as_its_kind_wants(kind: str, number: str, code: str) -> None:
    query = {"mobile": "09120000000", "identity_kind": kind, "identity_number": number}
    error = errors_of("SubscriberQuery", query)["/identity_number"]
    assert error.code == code
    assert error.message_fa


def test_an_identity_comes_out_in_one_form_and_a_passport_as_it_is() -> None:
    query = {"mobile": "+98 912 000 0000", "identity_number": "۹۹۹۰۰۰۰۰۱۸"}
    dumped = validate("SubscriberQuery", query).model_dump()
    assert dumped == {"mobile": "09120000000", "identity_kind": "national_id", "identity_number": "9990000018"}
    passport = {"mobile": "09120000000", "identity_kind": "passport", "identity_number": "P 99-1"}
    assert validate("SubscriberQuery", passport).model_dump()["identity_number"] == "P 99-1"


@pytest.mark.parametrize("kind", ["library_card", 7, None, ["national_id"]])
def test_a_kind_of_identity_that_does_not_exist(kind: Any) -> None:
    query = {"mobile": "09120000000", "identity_kind": kind, "identity_number": "1"}
    assert "/identity_kind" in errors_of("SubscriberQuery", query)


def test_a_company_is_asked_about_by_something() -> None:
    assert errors_of("CompanyQuery", {})["/legal_id"].code == "company_query.legal_id"
    assert validate("CompanyQuery", {"name": "انجمن نمونه"})
    assert "/legal_id" in errors_of("CompanyQuery", {"legal_id": "99900000011"})


def test_a_row_has_an_address_exactly_when_found() -> None:
    row = {"postal_code": "1619735744", "found": True}
    assert errors_of("AddressList", {"rows": [row]})["/rows/0/address"].code == "address_row.address"
    there = {"province": "تهران", "township": "تهران"}
    assert "/rows/0/address" in errors_of("AddressList", {"rows": [{**row, "found": False, "address": there}]})
    assert "/postal_codes" in errors_of("AddressQuery", {"postal_codes": []})
    assert "/postal_codes" in errors_of("AddressQuery", {"postal_codes": ["1619735744"] * 101})


ORDER = example("PaymentOrder")
BILL = {"bill_id": "9900000199960", "payment_id": "125041280", "amount_rial": 1250000, "subject": "عوارض"}


@pytest.mark.parametrize(
    ("data", "pointer", "code"),
    [
        ({**ORDER, "bill_id": "9900000199960"}, "/deposit_id", "payment_order.identifier"),
        ({"amount_rial": 1, "subject": "x"}, "/deposit_id", "payment_order.identifier"),
        ({**BILL, "payment_id": "125041281"}, "/payment_id", "payment_id.check_digit"),
        ({**BILL, "amount_rial": 1251000}, "/amount_rial", "payment_order.amount_rial"),
        ({**ORDER, "payment_id": "125041280"}, "/payment_id", "payment_order.payment_id"),
        ({**ORDER, "deposit_id": "1" * 29}, "/deposit_id", "deposit_id.length"),
        ({**ORDER, "amount_rial": 0}, "/amount_rial", "field.range"),
    ],
)
def test_a_payment_says_once_what_is_paid(data: Any, pointer: str, code: str) -> None:
    assert errors_of("PaymentOrder", data)[pointer].code == code


def test_a_bill_carries_its_amount() -> None:
    assert validate("PaymentOrder", BILL).model_dump()["amount_rial"] == 1250000


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"reference": "r", "deposit_id": ORDER["deposit_id"]},
        {"bill_id": "9900000199960"},
        {"bill_id": "9900000199960", "payment_id": "125041281"},
    ],
)
def test_a_payment_is_asked_after_in_one_way(data: Any) -> None:
    assert errors_of("PaymentQuery", data)
