"""The applicant's page: what it asks, what it shows, what it keeps from others."""

import re
from typing import Any

import pytest

from tests.console.conftest import text_of

FACTOR = "0018"


@pytest.fixture
def case(house: Any) -> str:
    """A case of the holder of 9990000018 in which the permit portal waits for the applicant."""
    body = house.case(aliases=[{"system": "permit_portal", "value": "7000001"}])
    code: str = house.call("POST", "/v1/cases", json=body).json()["tracking_code"]
    house.call("POST", "/v1/inquiries", json=house.inquiry(case=code))
    house.call(
        "POST", "/v1/status", who="IR/GOV/permits",
        json={"system": "permit_portal", "reference": "7000001", "status": "12",
              "occurred_at": house.clock().isoformat()},
    )  # fmt: skip
    house.seal()
    return code


@pytest.fixture
def visitor(stranger: Any) -> Any:
    """A browser that has seen the form, so that it holds the form's token."""
    browser = stranger()
    page = browser.get("/track")
    browser.csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', page.text)[1]  # type: ignore[index]
    return browser


def test_a_code_in_any_script_shows_every_stage_by_both_calendars(visitor: Any, case: str) -> None:
    persian = case.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    shown = visitor.post("/track", {"code": f" {persian[:4]}-{persian[4:]}", "last_four": "۰۰۱۸"}, language="fa")
    assert shown.status_code == 200
    text = text_of(shown)
    for wanted in ("پروانه ساختمان", "در حال بررسی", "درگاه مجوزها", "۱۴۰۵/۰۸/۳۰ ۱۳:۳۰", "۲۰۲۶/۱۱/۲۱", "7000001"):
        assert wanted in text, wanted
    assert "هر ۳ رخداد" in text or "هر ۴ رخداد" in text
    english = text_of(visitor.post("/track", {"code": case, "last_four": FACTOR}))
    for wanted in ("Building permit", "Under review", "2026-11-21 13:30", "1405/08/30"):
        assert wanted in english, wanted
    for personal in ("9990000018", "1990-12-13", FACTOR, "permit.issue"):
        assert personal not in english.replace(case, ""), personal


def test_nothing_keeps_lists_or_passes_on_the_page(visitor: Any, case: str) -> None:
    shown = visitor.post("/track", {"code": case, "last_four": FACTOR})
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert '<meta name="robots" content="noindex' in shown.text
    assert "<script" not in shown.text
    cookie = next(one for one in shown.headers.get_list("set-cookie") if "hub_applicant" in one)
    assert {"HttpOnly", "SameSite=strict", "Secure"} <= {part.strip() for part in cookie.split(";")}
    assert case not in cookie


def test_the_link_and_its_qr_code_carry_the_code_only(visitor: Any, house: Any, case: str) -> None:
    shown = visitor.post("/track", {"code": case, "last_four": FACTOR})
    link = f"{house.parts.base_url}/track/{case}"
    assert link in shown.text
    assert "<svg" in shown.text
    form = visitor.get(f"/track/{case}")
    assert " ".join(case[i : i + 4] for i in range(0, 20, 4)) in form.text
    assert "Building permit" not in form.text
    strange = visitor.get('/track/"><script>alert(1)</script>')
    assert "<script>alert" not in strange.text


def test_an_unknown_code_and_a_wrong_factor_are_one_page(visitor: Any, house: Any, case: str) -> None:
    from registry.codes import check_digits

    body = case[:17] + str((int(case[17]) + 1) % 10)
    other = body + check_digits(body)
    pages = [
        visitor.post("/track", {"code": code, "last_four": four}) for code, four in ((case, "1111"), (other, FACTOR))
    ]
    assert [page.status_code for page in pages] == [404, 404]

    def plain(page: Any) -> str:
        groups = r"(\d{4} ){4}\d{4}"
        return re.sub(groups, "CODE", re.sub(r"nonce[^ ]+|[0-9a-f]{32,}", "", page.text))

    assert plain(pages[0]) == plain(pages[1])
    assert "1111" not in pages[0].text


def test_what_is_misspelt_is_marked_at_its_field(visitor: Any, case: str) -> None:
    short = visitor.post("/track", {"code": "12", "last_four": FACTOR})
    assert short.status_code == 422
    assert "twenty digits" in text_of(short)
    assert 'aria-invalid="true"' in short.text
    assert visitor.post("/track", {"code": case, "last_four": "1"}).status_code == 422
    assert visitor.post("/track", {"code": case, "last_four": FACTOR, "more": "x"}).status_code == 422
    visitor.csrf = "0" * 64
    assert visitor.post("/track", {"code": case, "last_four": FACTOR}).status_code == 403


def test_guessing_is_slowed_and_a_device_that_knows_the_code_is_not(visitor: Any, stranger: Any, case: str) -> None:
    assert visitor.post("/track", {"code": case, "last_four": FACTOR}).status_code == 200
    guesser = stranger()
    guesser.csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', guesser.get("/track").text)[1]  # type: ignore[index]
    for number in range(6):
        assert guesser.post("/track", {"code": case, "last_four": f"{number:04d}"}).status_code == 404
    slowed = guesser.post("/track", {"code": case, "last_four": FACTOR})
    assert (slowed.status_code, int(slowed.headers["retry-after"]) > 0) == (429, True)
    assert "Try again in" in slowed.text
    assert visitor.post("/track", {"code": case, "last_four": FACTOR}).status_code == 200
