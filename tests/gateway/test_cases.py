from typing import Any

from pki.receipt import Receipt, verify_receipt

ALIAS = {"system": "setad", "value": "1234567890123456"}


def open_case(house: Any, **changes: Any) -> Any:
    answer = house.call("POST", "/v1/cases", json=house.case(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()["tracking_code"]


def test_a_case_is_opened_with_a_code(house: Any) -> None:
    answer = house.call("POST", "/v1/cases", json=house.case(lead_agency="IR/MUN/tehran"))
    body = answer.json()
    code = body["tracking_code"]
    assert code.startswith("050001")
    assert body["tracking_code_grouped"].replace(" ", "") == code
    assert answer.headers["location"] == body["links"]["self"] == f"/v1/cases/{code}"
    assert (body["opened_at"], body["opened_at_jalali"]) == ("2026-11-21T10:00:00+00:00", "1405/08/30 13:30")
    assert body["lead_agency"] == "IR/MUN/tehran"


def test_the_opening_is_replayed_under_its_key(house: Any) -> None:
    first = house.call("POST", "/v1/cases", json=house.case(), headers={"Idempotency-Key": "k"})
    before = house.rows()
    again = house.call("POST", "/v1/cases", json=house.case(), headers={"Idempotency-Key": "k"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert house.rows() == before


def test_a_case_without_an_applicant(house: Any) -> None:
    assert house.call("POST", "/v1/cases", json=house.case(applicant=None)).status_code == 201


def test_the_case_shows_aliases_inquiries_and_the_last_status(house: Any) -> None:
    code = open_case(house, aliases=[ALIAS])
    inquiry = house.call("POST", "/v1/inquiries", json=house.inquiry(case=code)).json()["inquiry_id"]
    grouped = " ".join(code[start : start + 4] for start in range(0, 20, 4))
    body = house.call("GET", f"/v1/cases/{grouped}").json()
    assert [(alias["system"], alias["value"]) for alias in body["aliases"]] == [("setad", "1234567890123456")]
    assert [item["inquiry_id"] for item in body["inquiries"]] == [inquiry]
    assert body["last_status"]["stage"] == "opened"  # An inquiry inside it does not move the case.
    assert body["last_status"]["at_jalali"] == "1405/08/30 13:30"
    assert "applicant" not in body


def test_one_who_takes_part_sees_only_its_own_inquiries(house: Any) -> None:
    code = open_case(house, aliases=[{"system": "permit_portal", "value": "5"}])
    house.call("POST", "/v1/inquiries", json=house.inquiry(case=code))
    body = house.call("GET", f"/v1/cases/{code}", who="IR/GOV/permits").json()
    assert body["tracking_code"] == code
    assert body["inquiries"] == []


def test_the_timeline_is_oldest_first_and_bilingual(house: Any) -> None:
    code = open_case(house)
    house.call("POST", "/v1/inquiries", json=house.inquiry(case=code))
    events = house.call("GET", f"/v1/cases/{code}/timeline").json()["events"]
    assert [event["sequence"] for event in events] == [1, 2]
    assert [event["type"] for event in events] == ["ir.peyvand.case.status", "ir.peyvand.inquiry.accepted"]
    assert events[0]["title_fa"]
    assert events[0]["title_en"]
    assert events[0]["occurred_at_jalali"] == "1405/08/30 13:30"


def test_receipts_verify_offline_once_sealed(house: Any) -> None:
    code = open_case(house)
    assert house.call("GET", f"/v1/cases/{code}/receipts").json()["receipts"] == []
    house.seal()
    body = house.call("GET", f"/v1/cases/{code}/receipts").json()
    assert len(body["receipts"]) == 1
    verdict = verify_receipt(Receipt.model_validate(body["receipts"][0]), [body["verifier_key"]])
    assert verdict.valid, verdict.reason


def test_aliases_are_added_once_and_never_stolen(house: Any) -> None:
    code, other = open_case(house), open_case(house)
    added = house.call("POST", f"/v1/cases/{code}/aliases", json=ALIAS)
    assert (added.status_code, added.json()["value"]) == (201, ALIAS["value"])
    before = house.rows()
    assert house.call("POST", f"/v1/cases/{code}/aliases", json=ALIAS).status_code == 200
    stolen = house.call("POST", f"/v1/cases/{other}/aliases", json=ALIAS)
    assert (stolen.status_code, stolen.json()["code"]) == (409, "alias.taken")
    assert house.rows() == before


def test_codes_and_aliases_are_resolved(house: Any) -> None:
    code = open_case(house, aliases=[{"system": "land_window", "value": "12/34"}])
    assert house.call("GET", f"/v1/codes/{code}").json()["tracking_code"] == code
    assert house.call("GET", "/v1/codes/12/34?system=land_window").json()["tracking_code"] == code
    persian = code.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert house.call("GET", f"/v1/codes/{persian}").json()["tracking_code"] == code


def test_a_wrong_code_says_where(house: Any) -> None:
    code = open_case(house)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    for path, pointer in ((f"/v1/cases/{wrong}", "/path/code"), (f"/v1/codes/{wrong}", "/path/value")):
        answer = house.call("GET", path, headers={"Accept-Language": "fa-IR,fa;q=0.9,en;q=0.5"})
        body = answer.json()
        assert (answer.status_code, body["code"]) == (422, "code.check_digits")
        assert body["errors"][0]["pointer"] == pointer
        assert body["errors"][0]["position"] == 18
        assert body["title"] == "رقم‌های کنترل کد رهگیری نادرست است"
        assert answer.headers["content-language"] == "fa"
