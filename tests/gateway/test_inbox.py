from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mappings.canonical import example
from registry import inbox, inquiries, participants, rights, services
from registry.credentials import issue_api_key
from registry.inbox import InboxItem
from registry.participants import Participant
from registry.rights import Right
from registry.services import Service
from registry.states import Arrow

ARCHIVE, OTHER = "IR/MUN/tehran/archive", "IR/MUN/tehran/gardens"
SARA, REZA, GARDENER = "IR/MUN/tehran/sara", "IR/MUN/tehran/reza", "IR/MUN/tehran/gardener"
URBAN = "IR/MUN/tehran/urban"
ANSWER = example("Person")


@pytest.fixture
def unit(house: Any) -> Any:
    """A unit that answers by hand, two clerks of its own and one of another unit."""

    def act(t: Any) -> None:
        for name in (ARCHIVE, OTHER):
            participants.put(t, Participant(name, "unit", "واحد", "Unit", parent="IR/MUN/tehran"))
        for who, where in ((SARA, ARCHIVE), (REZA, ARCHIVE), (GARDENER, OTHER)):
            participants.put(t, Participant(who, "system", "کارشناس", "Clerk", roles=(f"inbox:{where}",)))
            house.keys[who] = issue_api_key(t, participant=who, now=house.clock())
        services.put(
            t,
            Service(
                "archive.plan", 1, ARCHIVE, "نقشه", "Plan", "supportive", "electronic", approved=True,
                system="civil_registry", operation="identity", channels=("G2G",), deadline_days=10,
            ),
        )  # fmt: skip
        rights.put(t, Right(URBAN, "archive.plan", ("permit.issue",), ("E-11",), ("*",)))

    house.change(act)
    return house


@pytest.fixture
def delivered(unit: Any) -> Callable[[], str]:
    """Ask the unit; the inquiry lies in its inbox as the worker leaves it."""

    def ask() -> str:
        asked = unit.call("POST", "/v1/inquiries", json=unit.inquiry(service="archive.plan"))
        name: str = asked.json()["inquiry_id"]

        def act(t: Any) -> None:
            inquiries.move(t, name, Arrow.SEND, now=unit.clock())
            due = unit.clock() + timedelta(days=10)
            inbox.deliver(t, InboxItem(name, ARCHIVE, unit.clock(), due, ""))

        unit.store.write_now(act)
        return name

    return ask


def test_the_inbox_shows_what_waits_and_until_when(unit: Any, delivered: Any) -> None:
    first, second = delivered(), delivered()
    page = unit.call("GET", "/v1/inbox?limit=1", who=SARA).json()
    (item,) = page["items"]
    assert (item["inquiry_id"], item["unit"], item["asked_by"]) == (first, ARCHIVE, URBAN)
    assert item["deadline_at"] == "2026-12-01T10:00:00+00:00"
    assert item["deadline_at_jalali"] == "1405/09/10 13:30"
    assert (item["overdue"], item["claim"]) == (False, None)
    assert "payload" not in item
    rest = unit.call("GET", f"/v1/inbox?cursor={page['next']}", who=SARA).json()
    assert ([one["inquiry_id"] for one in rest["items"]], rest["next"]) == ([second], None)
    unit.clock.now += timedelta(days=11)
    assert unit.call("GET", "/v1/inbox", who=SARA).json()["items"][0]["overdue"] is True


def test_opening_a_question_shows_it_and_is_written_down(unit: Any, delivered: Any) -> None:
    name, before = delivered(), unit.rows()["journal_leaves"]
    shown = unit.call("GET", f"/v1/inbox/{name}", who=SARA).json()
    assert shown["payload"]["national_id"] == "9990000018"
    assert unit.rows()["journal_leaves"] == before + 1


def test_an_answer_by_hand_reaches_the_asker(unit: Any, delivered: Any) -> None:
    name = delivered()
    done = unit.call("POST", f"/v1/inbox/{name}/answer", who=SARA, json={"answer": ANSWER, "clerk": "سارا"})
    assert (done.status_code, done.json()["state"]) == (200, "answered"), done.text
    assert done.json()["claim"]["clerk"] == "سارا"
    asked = unit.call("GET", f"/v1/inquiries/{name}").json()
    assert (asked["state"], asked["answer"]["family_name"]) == ("answered", ANSWER["family_name"])
    assert unit.call("GET", "/v1/inbox", who=REZA).json()["items"] == []
    assert len(unit.call("GET", "/v1/inbox?closed=true", who=REZA).json()["items"]) == 1


def test_an_answer_must_fit_the_service(unit: Any, delivered: Any) -> None:
    name = delivered()
    wrong = unit.call("POST", f"/v1/inbox/{name}/answer", who=SARA, json={"answer": {**ANSWER, "national_id": "1"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "payload.invalid")
    assert wrong.json()["errors"][0]["pointer"] == "/answer/national_id"
    assert unit.call("GET", f"/v1/inquiries/{name}").json()["state"] == "sent"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": 7}])
def test_a_refusal_needs_a_reason(unit: Any, delivered: Any, body: dict[str, Any]) -> None:
    refused = unit.call("POST", f"/v1/inbox/{delivered()}/refusal", who=SARA, json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


def test_the_asker_reads_the_reason_of_a_refusal(unit: Any, delivered: Any) -> None:
    name = delivered()
    unit.call("POST", f"/v1/inbox/{name}/refusal", who=SARA, json={"reason": "نقشه در بایگانی نیست"})
    asked = unit.call("GET", f"/v1/inquiries/{name}").json()
    assert (asked["state"], asked["reason"]["text"]) == ("refused", "نقشه در بایگانی نیست")


def test_a_repeated_answer_under_one_key_is_the_first(unit: Any, delivered: Any) -> None:
    path, keyed = f"/v1/inbox/{delivered()}/answer", {"Idempotency-Key": "k-1"}
    first, again = (unit.call("POST", path, who=SARA, json={"answer": ANSWER}, headers=keyed) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotency-replayed"] == "true"
    other = unit.call("POST", path, who=SARA, json={"answer": {**ANSWER, "given_name": "دیگری"}}, headers=keyed)
    assert other.json()["code"] == "idempotency.clash"
    assert unit.call("POST", path, who=REZA, json={"answer": ANSWER}).json()["code"] == "inbox.closed"


def test_a_claim_keeps_others_away_until_it_is_given_back(unit: Any, delivered: Any) -> None:
    name = delivered()
    assert unit.call("POST", f"/v1/inbox/{name}/claim", who=SARA, json={}).json()["claim"]["by"] == SARA
    for method, path, body in (
        ("POST", "claim", {}),
        ("POST", "answer", {"answer": ANSWER}),
        ("POST", "refusal", {"reason": "نه"}),
        ("DELETE", "claim", None),
    ):
        other = unit.call(method, f"/v1/inbox/{name}/{path}", who=REZA, **({"json": body} if body is not None else {}))
        assert (other.status_code, other.json()["code"]) == (409, "inbox.claimed"), path
    assert unit.call("DELETE", f"/v1/inbox/{name}/claim", who=SARA).json()["claim"] is None
    assert unit.call("POST", f"/v1/inbox/{name}/claim", who=REZA, json={"clerk": "رضا"}).status_code == 200
    # One participant, two persons: the name tells them apart.
    assert unit.call("DELETE", f"/v1/inbox/{name}/claim", who=REZA).json()["code"] == "inbox.claimed"
    assert unit.call("DELETE", f"/v1/inbox/{name}/claim?clerk=رضا", who=REZA).status_code == 200


def test_another_units_inquiry_is_an_unknown_one(unit: Any, delivered: Any) -> None:
    name = delivered()
    for inquiry_id in (name, "0192f0c1-0000-7000-8000-000000000009"):
        for method, path, body in (
            ("GET", "", None),
            ("POST", "/claim", {}),
            ("DELETE", "/claim", None),
            ("POST", "/answer", {"answer": ANSWER}),
            ("POST", "/refusal", {"reason": "نه"}),
        ):
            more = {"json": body} if body is not None else {}
            answer = unit.call(method, f"/v1/inbox/{inquiry_id}{path}", who=GARDENER, **more)
            assert (answer.status_code, answer.json()["code"]) == (404, "inquiry.unknown"), (method, path)
    assert unit.call("GET", "/v1/inbox", who=GARDENER).json()["items"] == []


@pytest.mark.parametrize("who", [URBAN, "IR/GOV/permits"])
def test_without_the_units_role_there_is_no_inbox(unit: Any, delivered: Any, who: str) -> None:
    name = delivered()
    for path in ("/v1/inbox", f"/v1/inbox/{name}"):
        denied = unit.call("GET", path, who=who)
        assert (denied.status_code, denied.json()["code"]) == (403, "inbox.not_allowed")
