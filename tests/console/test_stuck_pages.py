"""Stuck work in a browser: learn why, say who looks after it, take it up again, end a doubt."""

import re
from datetime import timedelta
from typing import Any

import pytest

from registry import inquiries, outbox
from registry.staff.officers import Role
from registry.states import Arrow
from tests.console.conftest import text_of


@pytest.fixture
def stuck(house: Any) -> Any:
    """Let inquiries stand as `parked`, or in doubt."""

    def make(count: int = 1, arrow: Arrow = Arrow.PARK, text: str = "a field was renamed") -> list[str]:
        made = []
        for _ in range(count):
            one = house.call("POST", "/v1/inquiries", json=house.inquiry()).json()["inquiry_id"]

            def act(t: Any, one: str = one) -> None:
                inquiries.move(t, one, Arrow.SEND, now=house.clock())
                outbox.settle_many(t, [row.id for row in outbox.of_ref(t, one)])
                inquiries.move(t, one, arrow, now=house.clock(), reason_code="civil_registry.broken", reason_text=text)

            house.store.write_now(act)
            made.append(one)
        return made

    return make


def first_cause(reader: Any, **more: Any) -> str:
    page = reader.get("/console/stuck", **more)
    assert page.status_code == 200, page.text
    return re.search(r'href="(/console/stuck/[0-9a-f]{16})"', page.text)[1]  # type: ignore[index]


def test_an_operator_finds_the_cause_looks_after_it_and_takes_all_up_again(house: Any, reader: Any, stuck: Any) -> None:
    wanted = stuck(3)
    operator = reader(Role.OPERATOR, username="sara")
    cause = first_cause(operator)
    assert "کسی پیگیر نیست" in operator.get("/console/stuck", language="fa").text
    assert operator.post(f"{cause}/owner", {"mine": "yes"}).headers["location"] == cause
    operator.post(f"{cause}/notes", {"text": "<script>alert(1)</script> they renamed a field"})
    shown = operator.get(cause)
    assert "<script>alert" not in shown.text
    for wanted_text in ("they renamed a field", "Sara", "a field was renamed", "inquiries: 3", "civil_registry.broken"):
        assert wanted_text in text_of(shown), wanted_text
    preview = operator.get(f"{cause}/runs?pace=600")
    assert "To be taken up again: 3" in text_of(preview)
    assert operator.post(f"{cause}/runs", {"pace": "600"}).headers["location"] == cause
    for _ in wanted:
        house.client.portal.call(house.parts.exchange.replays.look)
        house.clock.now += timedelta(seconds=1)
    gone = operator.get(cause)
    assert "Nothing is stuck for this cause any more" in text_of(gone)
    assert "3 of 3" in text_of(gone)
    assert {house.store.read_now(lambda t, one=one: inquiries.get(t, one)).state for one in wanted} == {"waiting"}


def test_one_is_taken_up_or_given_up_and_a_second_click_is_told(house: Any, reader: Any, stuck: Any) -> None:
    one, other, _ = stuck(3)
    operator = reader(Role.OPERATOR)
    cause = first_cause(operator)
    assert operator.post(f"{cause}/one", {"inquiry": one, "act": "replay"}).status_code == 303
    assert operator.post(f"{cause}/one", {"inquiry": other, "act": "discard"}).status_code == 303
    again = operator.post(f"{cause}/one", {"inquiry": one, "act": "replay"})
    assert (again.status_code, "The inquiry is not parked" in text_of(again)) == (409, True)


def test_a_doubt_is_ended_by_hand_with_a_reason(house: Any, reader: Any, stuck: Any) -> None:
    (one,) = stuck(1, Arrow.DOUBT)
    operator = reader(Role.OPERATOR)
    cause = first_cause(operator)
    missing = operator.post(f"{cause}/doubt", {"inquiry": one, "found": "done", "reason": ""})
    assert missing.status_code == 422
    assert operator.post(f"{cause}/doubt", {"inquiry": one, "found": "done", "reason": "letter 12"}).status_code == 303
    assert house.store.read_now(lambda t: inquiries.get(t, one)).state == "answered"


def test_who_may_only_look_sees_no_buttons_and_who_may_not_sees_nothing(reader: Any, stuck: Any) -> None:
    stuck(1)
    auditor = reader(Role.AUDITOR)
    shown = auditor.get(first_cause(auditor))
    assert "<textarea" not in shown.text
    assert "/runs" not in shown.text
    assert auditor.post(f"{first_cause(auditor)}/notes", {"text": "hello"}).status_code == 403
    assert reader(Role.APPROVER).get("/console/stuck").status_code == 403
