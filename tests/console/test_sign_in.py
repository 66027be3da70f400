"""Signing in by the pages: the door, the one-time link, and the way back."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from console.app import FORM_COOKIE, SIGN_IN
from console.guarding import local_path
from mappings.text import persian_digits
from registry.staff.officers import Role
from tests.gateway.admin.conftest import PASSWORD

LATER = timedelta(seconds=30)


def knock(who, invited, **changes):
    """Fill the form of the door as its page gives it."""
    who.get(SIGN_IN)
    who.csrf = who.client.cookies[f"__Host-{FORM_COOKIE}"]
    fields = {"username": invited.username, "password": PASSWORD, "code": invited.code(), "next": "/console"}
    return who.post(SIGN_IN, fields | changes)


def test_an_officer_comes_in_and_goes_on_to_what_was_wanted(officer, stranger, house):
    inside, who = officer(Role.OPERATOR), stranger()
    house.clock.now += LATER
    sent_away = who.get("/console?x=1")
    assert sent_away.headers["location"] == f"{SIGN_IN}?next={quote('/console?x=1', safe='')}"
    entered = knock(who, inside, code=persian_digits(inside.code()), next="/console?x=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console?x=1")
    home = who.get("/console")
    assert home.status_code == 200
    assert inside.username in home.text.lower()
    who.csrf = home.text.partition('name="csrf" value="')[2][:64]
    assert who.post("/console/sign-out").headers["location"] == SIGN_IN
    assert who.get("/console").status_code == 303


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"code": "000000"}, {"code": "x"}, {"username": "nobody"}, {"username": "a b\x00"}]
)
def test_every_wrong_answer_looks_the_same(officer, stranger, house, wrong):
    inside, who = officer(Role.OPERATOR), stranger()
    house.clock.now += LATER
    answer = knock(who, inside, **wrong)
    assert answer.status_code == 401
    assert "The name, password or one-time code is wrong" in answer.text
    assert PASSWORD not in answer.text


def test_a_guesser_is_told_to_wait(officer, stranger):
    inside, who = officer(Role.OPERATOR), stranger()
    for _ in range(6):
        knock(who, inside, password="wrong")
    answer = knock(who, inside, password="wrong")
    assert answer.status_code == 429
    assert "Too many wrong attempts. Try again in" in answer.text


@pytest.mark.parametrize(
    "text",
    ["https://evil.test/", "//evil.test", "/console//evil.test", "/v1/admin", "javascript:alert(1)", "/console\\@evil",
     "/console/\n", "/consolation", ""],
)  # fmt: skip
def test_nobody_is_led_elsewhere_after_the_door(text):
    assert local_path(text) is None
    assert local_path("/console/cases/1?x=2") == "/console/cases/1?x=2"


def test_fields_that_were_not_asked_for_are_refused(officer, stranger, house):
    inside, who = officer(Role.OPERATOR), stranger()
    answer = knock(who, inside, roles="administrator")
    assert answer.status_code == 422
    assert "/roles" in answer.text


def test_a_one_time_link_makes_an_account(invited, stranger, house):
    fresh, who = invited(Role.ADMINISTRATOR, username="first"), stranger()
    path = f"/console/enrol/{fresh.token}"
    page = who.get(path)
    assert page.status_code == 200
    assert "<svg" in page.text
    fresh.open_link()
    assert fresh.secret in page.text.replace(" ", "")
    who.csrf = who.client.cookies[f"__Host-{FORM_COOKIE}"]
    weak = who.post(path, {"password": "short", "code": fresh.code()})
    assert weak.status_code == 422
    assert "at least 12 characters" in weak.text
    assert "short" not in weak.text
    done = who.post(path, {"password": PASSWORD, "code": fresh.code()})
    assert (done.status_code, done.headers["location"]) == (303, "/console")
    assert who.get("/console").status_code == 200
    assert who.get(path).status_code == 404, "a link works once"


def test_an_ended_session_says_so_at_the_door(reader, house):
    who = reader(Role.OPERATOR)
    house.clock.now += timedelta(hours=11)
    location = who.get("/console").headers["location"]
    assert location.endswith("ended=1")
    assert "Your session has ended" in who.get(location).text
