from typing import Any

import pytest

from pki.jws import verify

PORTAL = "IR/GOV/permits"


def case_known_to_the_portal(house: Any) -> Any:
    body = house.case(aliases=[{"system": "permit_portal", "value": "12345678"}])
    return house.call("POST", "/v1/cases", json=body).json()["tracking_code"]


def push(house: Any, *, who: Any = PORTAL, **changes: Any) -> Any:
    body = {
        "system": "permit_portal",
        "reference": "12345678",
        "status": "12",
        "occurred_at": "2026-11-21T13:35:00+03:30",
    } | changes
    return house.call("POST", "/v1/status", who=who, json=body)


def test_a_push_reaches_the_timeline_with_a_signed_receipt(house: Any) -> None:
    code = case_known_to_the_portal(house)
    answer = push(house, detail={"note": "ok"})
    body = answer.json()
    assert (answer.status_code, body["tracking_code"]) == (200, code)
    assert (body["duplicate"], body["out_of_order"]) == (False, False)
    key = house.parts.signing_key
    assert verify(body["receipt"], {key.kid: key.public_jwk()})["sub"] == code
    timeline = house.call("GET", f"/v1/cases/{code}/timeline").json()["events"]
    assert (timeline[-1]["stage"], timeline[-1]["system"]) == ("under_review", "permit_portal")
    assert house.call("GET", f"/v1/cases/{code}").json()["last_status"]["title_en"] == "Under review"


def test_the_tracking_code_is_a_reference_too(house: Any) -> None:
    code = case_known_to_the_portal(house)
    assert push(house, reference=code).json()["tracking_code"] == code


def test_a_repeated_push_is_harmless(house: Any) -> None:
    case_known_to_the_portal(house)
    push(house)
    before = house.rows()
    answer = push(house)
    assert (answer.status_code, answer.json()["duplicate"]) == (200, True)
    assert house.rows() == before


def test_an_out_of_order_push_is_kept_but_turns_nothing_back(house: Any) -> None:
    code = case_known_to_the_portal(house)
    push(house, status="20", sequence=2)
    late = push(house, status="12", sequence=1, occurred_at="2026-11-21T13:32:00+03:30")
    assert (late.status_code, late.json()["out_of_order"]) == (200, True)
    assert house.call("GET", f"/v1/cases/{code}").json()["last_status"]["title_en"] == "Approved"


def test_only_the_portal_of_a_system_speaks_for_it(house: Any) -> None:
    case_known_to_the_portal(house)
    before = house.rows()
    known = push(house, who="IR/MUN/tehran/urban")
    unknown = push(house, who="IR/MUN/tehran/urban", reference="nothing")
    for answer in (known, unknown, push(house, system="setad")):
        assert (answer.status_code, answer.json()["code"]) == (403, "push.not_allowed")
    assert house.rows() == before


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"reference": "99999999"}, 404, "status.reference_unknown", "/reference"),
        ({"reference": "05000112345678901234"}, 404, "status.reference_unknown", "/reference"),
        ({"status": "99"}, 422, "status.unknown", "/status"),
        ({"occurred_at": "2026-11-21T13:00:00"}, 422, "request.invalid", "/occurred_at"),
        ({"occurred_at": 1763719260}, 422, "request.invalid", "/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, 422, "request.invalid", "/occurred_at"),
        ({"occurred_at": "2026-11-22T13:00:00+03:30"}, 422, "status.time", "/occurred_at"),
        ({"sequence": -1}, 422, "request.invalid", "/sequence"),
        ({"sequence": True}, 422, "request.invalid", "/sequence"),
        ({"sequence": 10**30}, 422, "request.invalid", "/sequence"),
        ({"detail": {"n": 10**30}}, 422, "request.invalid", "/detail/n"),
        ({"decision": {"a": [10**30]}}, 422, "request.invalid", "/decision/a/0"),
        ({"more": 1}, 422, "request.invalid", "/more"),
    ],
)
def test_pushes_that_are_refused(house: Any, changes: Any, status: Any, code: Any, pointer: Any) -> None:
    case_known_to_the_portal(house)
    before = house.rows()
    answer = push(house, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert house.rows() == before
