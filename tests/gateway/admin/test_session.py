"""Signing in: one-time links, passwords with one-time codes, sessions that end, guessers who lock nobody out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from registry.schema import journal_leaves
from registry.staff.officers import Role
from registry.staff.tables import devices, invitations, sign_ins

from .conftest import PASSWORD

ADMIN = Role.ADMINISTRATOR


def test_a_link_opens_the_door_once(house, invited):
    browser = invited(ADMIN)
    opened = browser.open_link().json()
    assert (opened["username"], opened["roles"]) == ("administrator", ["administrator"])
    assert browser.secret in opened["totp"]["uri"]
    assert browser.open_link().json()["totp"] == opened["totp"]  # Reading it again does not use it up.
    entered = browser.enrol()
    assert entered.status_code == 201
    assert entered.json()["officer"]["roles"] == ["administrator"]
    assert browser.call("GET", "/session").json()["csrf"] == browser.csrf
    assert browser.call("POST", "/enrolment", {"token": browser.token}).json()["code"] == "link.unusable"


def test_a_link_runs_out_and_a_new_one_ends_the_old(house, invited, officer):
    late = invited(Role.AUDITOR)
    house.clock.now += timedelta(hours=25)
    assert late.call("POST", "/enrolment", {"token": late.token}).status_code == 404
    administrator = officer(ADMIN)
    fresh = administrator.call("POST", f"/officers/{late.officer_id}/link").json()["link"]["token"]
    fresher = administrator.call("POST", f"/officers/{late.officer_id}/link").json()["link"]["token"]
    assert late.call("POST", "/enrolment", {"token": fresh}).status_code == 404
    assert late.call("POST", "/enrolment", {"token": fresher}).status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "password.short"), ("ababababababab", "password.repeats"), ("administrator", "password.name")],
)
def test_a_weak_password_is_named(invited, password, code):
    refused = invited(ADMIN).enrol(password)
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [("/password", code)]


def test_a_link_is_not_used_up_by_a_wrong_code(invited):
    browser = invited(ADMIN)
    browser.open_link()
    wrong = f"{(int(browser.code()) + 1) % 1_000_000:06}"
    body = {"token": browser.token, "password": PASSWORD, "code": wrong}
    assert browser.call("POST", "/enrolment/finish", body).json()["code"] == "sign_in.refused"
    assert browser.enrol().status_code == 201


def test_every_wrong_sign_in_gets_the_same_answer(house, officer, invited):
    known, never = officer(ADMIN), invited(Role.AUDITOR)
    house.clock.now += timedelta(minutes=1)
    never.secret = known.secret
    answers = [
        known.sign_in("another long walk"),
        known.sign_in(code="000000" if known.code() != "000000" else "111111"),
        known.sign_in(username="nobody"),
        never.sign_in(),
    ]
    for answer in answers:
        assert answer.status_code == 401
        assert not answer.cookies
    assert len({(one.json()["code"], one.json()["detail"]) for one in answers}) == 1


def test_a_one_time_code_is_good_once(house, officer):
    browser = officer(ADMIN)
    assert browser.sign_in().status_code == 401  # The enrolment used this step's code.
    house.clock.now += timedelta(seconds=60)
    assert browser.sign_in().status_code == 200
    assert browser.sign_in().status_code == 401
    house.clock.now += timedelta(seconds=30)
    assert browser.sign_in().status_code == 200


def test_a_session_is_new_at_each_sign_in_and_ends(house, officer):
    browser = officer(ADMIN)
    name = "__Host-hub_session"
    first = browser.client.cookies[name]
    house.clock.now += timedelta(minutes=1)
    browser.sign_in()
    assert browser.client.cookies[name] != first
    assert browser.call("DELETE", "/session").status_code == 200
    assert browser.call("GET", "/session").json()["code"] == "session.missing"
    browser.client.cookies.set(name, first)
    assert browser.call("GET", "/session").status_code == 200  # Another session of the same officer.


@pytest.mark.parametrize(("step", "hours"), [(timedelta(minutes=31), 1), (timedelta(minutes=20), 10)])
def test_a_session_ends_when_idle_and_at_the_end_of_the_day(house, officer, step, hours):
    browser, began = officer(ADMIN), house.clock.now
    while house.clock.now - began < timedelta(hours=hours) - step:
        house.clock.now += step
        if step < timedelta(minutes=30):
            assert browser.call("GET", "/session").status_code == 200
    house.clock.now += step
    assert browser.call("GET", "/session").json()["code"] == "session.ended"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(invited):
    browser = invited(ADMIN)
    set_cookies = browser.enrol().headers.get_list("set-cookie")
    assert len(set_cookies) == 2
    for cookie in set_cookies:
        assert cookie.startswith("__Host-")
        for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie


def test_a_change_needs_the_token_of_the_session_and_the_origin_of_the_hub(officer):
    browser = officer(ADMIN)
    for headers in ({"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}, {"Origin": "https://evil.test"}):
        refused = browser.call("DELETE", "/session", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "session.forged")
    forged = browser.call("POST", "/session", {}, headers={"Origin": "https://evil.test"})
    assert forged.json()["code"] == "session.forged"
    assert browser.call("DELETE", "/session", headers={"Origin": "https://hub.test"}).status_code == 200


def test_a_guesser_waits_and_the_officer_on_a_known_device_does_not(house, officer):
    browser = officer(ADMIN)
    guesser = TestClient(browser.client.app, base_url=house.parts.base_url)
    body = {"username": browser.username, "password": "a guess of some length", "code": "123456"}
    house.clock.now += timedelta(minutes=1)
    for _ in range(6):
        assert guesser.post("/v1/admin/session", json=body).status_code == 401
    waits = guesser.post("/v1/admin/session", json=body)
    assert (waits.status_code, waits.json()["code"]) == (429, "sign_in.later")
    assert int(waits.headers["Retry-After"]) >= 1
    assert browser.sign_in().status_code == 200  # The same address, a device the hub knows.
    house.clock.now += timedelta(seconds=int(waits.headers["Retry-After"]) + 1)
    assert guesser.post("/v1/admin/session", json=body).status_code == 401
    longer = guesser.post("/v1/admin/session", json=body)
    assert int(longer.headers["Retry-After"]) > int(waits.headers["Retry-After"])
    house.clock.now += timedelta(days=2)
    assert guesser.post("/v1/admin/session", json=body).status_code == 401  # Forgotten.


def test_many_guesses_at_once_are_not_more_than_one_after_the_other(house, officer):
    browser = officer(ADMIN)
    house.clock.now += timedelta(minutes=1)
    body = {"username": browser.username, "password": "a guess of some length", "code": "123456"}
    with ThreadPoolExecutor(12) as threads:
        sent = [threads.submit(house.client.post, "/v1/admin/session", json=body) for _ in range(12)]
    answers = [one.result().json()["code"] for one in sent]
    assert (answers.count("sign_in.refused"), answers.count("sign_in.later")) == (6, 6)


def test_nothing_secret_is_stored_in_the_clear(house, officer):
    browser = officer(ADMIN)
    kept = house.store.read_now(
        lambda t: repr([t.execute(select(table)).all() for table in (sign_ins, devices, invitations)])
    )
    for cookie in browser.client.cookies.values():
        assert cookie not in kept
    for secret in (browser.token, browser.secret, PASSWORD):
        assert secret not in kept
    statements = house.store.read_now(
        lambda t: t.execute(
            select(journal_leaves.c.statement).where(journal_leaves.c.kind.like("admin.%"))
        ).scalars().all()
    )  # fmt: skip
    assert len(statements) == 1
    assert browser.officer_id in statements[0]
    assert browser.username not in statements[0]
