from typing import Any

import pytest

from registry import rights
from registry.rights import Right

PERSON = {"given_name": "آزمایه", "family_name": "نمونه", "national_id": "9990000018"}


def test_an_inquiry_is_accepted_with_a_tracking_code(house: Any) -> None:
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry())
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["state"] == "accepted"
    assert len(body["tracking_code"]) == 20
    assert body["links"]["self"] == answer.headers["location"] == f"/v1/inquiries/{body['inquiry_id']}"
    assert body["accepted_at"] == "2026-11-21T10:00:00+00:00"
    assert body["accepted_at_jalali"] == "1405/08/30 13:30"


def test_who_waits_gets_the_masked_answer(house: Any) -> None:
    house.far.answer = PERSON
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Prefer": "wait=5"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["preference-applied"] == "wait=5"
    body = answer.json()
    assert body["state"] == "answered"
    assert body["answer"] == {"given_name": "آزمایه", "family_name": "نمونه"}
    assert body["attempts"][0]["outcome"] == "answered"
    assert body["mapping"] == {"id": "civil_registry.identity", "hash": "ab" * 32}
    assert house.call("GET", f"/v1/inquiries/{body['inquiry_id']}").json() == body
    again = house.call("GET", f"/v1/inquiries/{body['inquiry_id']}", headers={"Prefer": "wait=3"})
    assert again.json() == body
    assert again.headers["preference-applied"] == "wait=3"


def test_a_refusal_has_its_reason(house: Any) -> None:
    house.far.refusal = ("civil_registry.not_found", "no such record")
    body = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Prefer": "wait=5"}).json()
    assert body["state"] == "refused"
    assert body["reason"] == {"code": "civil_registry.not_found", "text": "no such record"}
    assert body["answer"] is None


def test_waiting_in_vain_answers_202(house: Any) -> None:
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Prefer": "wait=0"})
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "wait=0"


@pytest.mark.parametrize(("asked", "applied"), [("wait=9999", "wait=120"), ('respond-async, WAIT = "7"', "wait=7")])
def test_the_wait_is_bounded(house: Any, asked: Any, applied: Any) -> None:
    house.far.answer = PERSON
    answer = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Prefer": asked})
    assert answer.headers["preference-applied"] == applied


def test_a_withdrawn_right_hides_the_answer(house: Any) -> None:
    house.far.answer = PERSON
    body = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Prefer": "wait=5"}).json()
    house.change(lambda t: rights.withdraw(t, "IR/MUN/tehran/urban", "civil_registry.identity"))
    assert house.call("GET", body["links"]["self"]).json()["answer"] == {}
    right = Right("IR/MUN/tehran/urban", "civil_registry.identity", field_mask=("*",), expires_at=house.clock())
    house.change(lambda t: rights.put(t, right))
    assert house.call("GET", body["links"]["self"]).json()["answer"] == {}


def test_an_inquiry_joins_a_case_and_its_channel(house: Any) -> None:
    case = house.call("POST", "/v1/cases", json=house.case()).json()["tracking_code"]
    body = house.inquiry(case=f"{case[:4]}-{case[4:]}")
    answer = house.call("POST", "/v1/inquiries", json=body)
    assert answer.json()["tracking_code"] == case
    assert house.call("GET", answer.headers["location"]).json()["channel"] == "C2G"


def test_the_person_asked_about_is_the_payload_s_own(house: Any) -> None:
    house.call("POST", "/v1/inquiries", json=house.inquiry())
    house.call("POST", "/v1/inquiries", json=house.inquiry(subject="9990000018"))
    assert house.rows()["subjects"] == 1


def test_the_saved_answer_is_replayed(house: Any) -> None:
    first = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Idempotency-Key": "k1"})
    before = house.rows()
    again = house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Idempotency-Key": "k1"})
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert house.rows() == before


def test_keys_belong_to_their_participant(house: Any) -> None:
    house.call("POST", "/v1/inquiries", json=house.inquiry(), headers={"Idempotency-Key": "k1"})
    other = house.inquiry(purpose="levy")
    answer = house.call(
        "POST", "/v1/inquiries", who="IR/MUN/shiraz/finance", json=other, headers={"Idempotency-Key": "k1"}
    )
    assert answer.status_code == 202


def test_an_unsent_inquiry_can_be_taken_back_once(house: Any) -> None:
    link = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()["links"]["self"]
    answer = house.call("DELETE", link)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    before = house.rows()
    again = house.call("DELETE", link)
    assert (again.status_code, again.json()["code"]) == (409, "inquiry.not_cancellable")
    assert house.rows() == before


def test_a_batch_answers_each_by_itself(house: Any) -> None:
    good = house.inquiry()
    items = [good, house.inquiry(purpose=None), house.inquiry(case="12"), house.inquiry(service="nothing"), good]
    items.append(house.inquiry(payload={"national_id": "9990000019", "birth_date": "1990-12-13"}))
    answer = house.call("POST", "/v1/inquiries/batch", json={"inquiries": items}, headers={"Idempotency-Key": "b"})
    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [item["index"] for item in results] == [0, 1, 2, 3, 4, 5]
    assert [item["status"] for item in results] == [202, 422, 422, 422, 202, 422]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/inquiries/1/purpose"
    assert results[2]["problem"]["code"] == "code.length"
    assert results[2]["problem"]["errors"][0]["pointer"] == "/inquiries/2/case"
    assert results[3]["problem"]["errors"][0]["pointer"] == "/inquiries/3/service"
    wrong = results[5]["problem"]["errors"][0]
    assert (wrong["pointer"], wrong["code"], wrong["position"]) == (
        "/inquiries/5/payload/national_id",
        "national_id.check_digit",
        9,
    )
    assert house.rows()["inquiries"] == 2
    before = house.rows()
    again = house.call("POST", "/v1/inquiries/batch", json={"inquiries": items}, headers={"Idempotency-Key": "b"})
    assert [item.get("inquiry_id") for item in again.json()["results"]] == [i.get("inquiry_id") for i in results]
    assert again.headers["idempotency-replayed"] == "true"
    assert house.rows() == before


def test_a_batch_item_under_a_used_key_with_another_body_clashes_alone(house: Any) -> None:
    headers = {"Idempotency-Key": "b"}
    house.call("POST", "/v1/inquiries/batch", json={"inquiries": [house.inquiry(), house.inquiry()]}, headers=headers)
    other = {"inquiries": [house.inquiry(), house.inquiry(subject="9990000026")]}
    results = house.call("POST", "/v1/inquiries/batch", json=other, headers=headers).json()["results"]
    assert [item["status"] for item in results] == [202, 422]
    assert results[1]["problem"]["code"] == "idempotency.clash"


def test_a_full_batch_gets_a_thousand_codes(house: Any) -> None:
    answer = house.call("POST", "/v1/inquiries/batch", json={"inquiries": [house.inquiry()] * 1000})
    assert answer.status_code == 200
    assert len({item["tracking_code"] for item in answer.json()["results"]}) == 1000
    assert house.rows()["inquiries"] == 1000
