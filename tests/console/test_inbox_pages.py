"""A clerk answers for the unit in a browser: own inbox, deadline in sight, one answer, everything written down."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from mappings.canonical import example
from registry import inbox, inquiries, participants, rights, services
from registry.inbox import InboxItem
from registry.participants import Participant
from registry.rights import Right
from registry.schema import journal_leaves
from registry.services import Service
from registry.staff.officers import Role
from registry.states import Arrow
from tests.console.conftest import text_of

ARCHIVE, URBAN = "IR/MUN/tehran/archive", "IR/MUN/tehran/urban"


@pytest.fixture
def delivered(house: Any) -> str:
    """One question that lies in the archive's inbox since nine of its ten days."""

    def furnish(t: Any) -> None:
        participants.put(t, Participant(ARCHIVE, "unit", "بایگانی", "Archive", parent="IR/MUN/tehran"))
        services.put(
            t,
            Service(
                "archive.plan", 1, ARCHIVE, "نقشهٔ مصوب", "Approved plan", "supportive", "semi", approved=True,
                system="civil_registry", operation="identity", channels=("G2G",), deadline_days=10,
            ),
        )  # fmt: skip
        rights.put(t, Right(URBAN, "archive.plan", ("permit.issue",), ("E-11",), ("*",)))

    house.change(furnish)
    asked: str = house.call("POST", "/v1/inquiries", json=house.inquiry(service="archive.plan")).json()["inquiry_id"]

    def deliver(t: Any) -> None:
        inquiries.move(t, asked, Arrow.SEND, now=house.clock())
        inbox.deliver(t, InboxItem(asked, ARCHIVE, house.clock(), house.clock() + timedelta(hours=7), ""))

    house.store.write_now(deliver)
    return asked


@pytest.fixture
def clerk(officer: Any, delivered: str) -> Any:
    """A clerk, whom an administrator has entrusted with the units named."""
    administrator = officer(Role.ADMINISTRATOR, username="boss")

    def make(name: str, *units: str) -> Any:
        browser = officer(Role.CLERK, username=name)
        given = administrator.call("POST", f"/officers/{browser.officer_id}/units", {"units": list(units)})
        assert given.json() == {"id": browser.officer_id, "units": sorted(units)}
        return browser

    return make


def page(browser: Any, path: str, language: str = "en") -> Any:
    return browser.client.get(path, headers={"Accept-Language": language}, follow_redirects=False)


def send(browser: Any, path: str, **fields: str) -> Any:
    sent = {"csrf": browser.csrf} | {name.replace("__", "."): value for name, value in fields.items()}
    return browser.client.post(path, data=sent, headers={"Accept-Language": "en"}, follow_redirects=False)


def test_a_clerk_sees_the_units_own_questions_with_their_deadline_and_nothing_else(clerk: Any, delivered: str) -> None:
    sara, other = clerk("sara", ARCHIVE), clerk("other", "IR/MUN/tehran")
    assert page(sara, "/console").headers["location"] == "/console/inbox"
    listed = text_of(page(sara, "/console/inbox"))
    for wanted in ("Approved plan", "Urban planning", "in 7 hours", delivered):
        assert wanted in listed, wanted
    assert "9990000018" not in listed
    assert "۷ ساعت دیگر" in text_of(page(sara, "/console/inbox", "fa"))
    assert delivered not in page(other, "/console/inbox").text
    assert page(other, f"/console/inbox/{delivered}").status_code == 404
    assert page(sara, "/console/stuck").status_code == 403
    assert sara.call("GET", f"/inquiries/{delivered}").json()["code"] == "role.missing"


def test_one_answers_once_and_a_colleague_is_told(house: Any, clerk: Any, delivered: str) -> None:
    sara, reza, place = clerk("sara", ARCHIVE), clerk("reza", ARCHIVE), f"/console/inbox/{delivered}"
    assert "9990000018" in page(sara, place).text
    assert send(sara, f"{place}/claim").status_code == 303
    assert "Another clerk has taken it" in text_of(page(reza, place))
    assert send(reza, f"{place}/answer", json="{}").status_code == 422
    assert send(sara, f"{place}/answer", json="{not json").status_code == 422
    unfit = send(sara, f"{place}/answer", json='{"nonsense": 1}')
    assert (unfit.status_code, "/answer" in text_of(unfit)) == (422, True)
    answer = orjson.dumps(example("Person")).decode()
    assert send(reza, f"{place}/answer", json=answer).status_code == 409
    assert send(sara, f"{place}/answer", json=answer).headers["location"] == "/console/inbox"
    assert send(sara, f"{place}/answer", json=answer).status_code == 409
    shown = house.call("GET", f"/v1/inquiries/{delivered}").json()
    assert (shown["state"], shown["answer"]["given_name"]) == ("answered", example("Person")["given_name"])
    kinds = house.store.read_now(lambda t: t.execute(select(journal_leaves.c.kind, journal_leaves.c.statement)).all())
    by = {kind: orjson.loads(text)["by"] for kind, text in kinds if kind in {"inbox.read", "inquiry.answered"}}
    assert by["inquiry.answered"] == sara.officer_id
    assert "inbox.read" in by


def test_a_question_given_back_may_be_refused_by_another(house: Any, clerk: Any, delivered: str) -> None:
    sara, reza, place = clerk("sara", ARCHIVE), clerk("reza", ARCHIVE), f"/console/inbox/{delivered}"
    send(sara, f"{place}/claim")
    assert send(sara, f"{place}/release").status_code == 303
    assert send(reza, f"{place}/refusal", reason="x").status_code == 422
    assert send(reza, f"{place}/refusal", reason="the plan burnt in 1380").status_code == 303
    assert house.call("GET", f"/v1/inquiries/{delivered}").json()["reason"]["text"] == "the plan burnt in 1380"
    assert "Approved plan" in text_of(page(reza, "/console/inbox?closed=1"))
