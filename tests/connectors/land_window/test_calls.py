"""The window as the hub meets it, over real HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.land_window.simulator import status_push
from connectors.port import Call, ContractBroken, InDoubt, Refused, Retryable

Asked = Callable[..., Call]
ANSWER = {
    "request_number": "140500100001000002",
    "organ_code": "2101",
    "response": "agree",
    "responded_on": "2026-08-20",
    "letter_number": "1405/100",
}
OPPOSITION = {**ANSWER, "response": "oppose", "opposition_code": "12", "opposition_title": "حریم"}
PARCEL = {"unit_id": "1", "section_code": "2", "subsection_code": "0", "plaque": {"main": "84", "secondary": "0"}}


async def test_a_parcel_keeps_its_coordinates(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        first = await system.ask(asked("parcel_geometry", PARCEL))
        again = await system.ask(asked("parcel_geometry", PARCEL))
    assert first.data == again.data
    assert first.data["plaque"] == {"main": "84", "secondary": "0"}
    ring = first.data["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]


@pytest.mark.parametrize("missing", ["opposition_code", "opposition_title"])
async def test_an_opposition_without_its_reason_never_leaves(theatre: Any, asked: Asked, missing: str) -> None:
    payload = {name: value for name, value in OPPOSITION.items() if name != missing}
    async with theatre.system("https://window.invalid") as system:
        with pytest.raises(Refused) as refused:
            await system.ask(asked("answer_inquiry", payload))
    assert refused.value.code == "mapping.missing"


async def test_the_windows_own_code_becomes_an_alias(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        answer = await system.ask(asked("answer_inquiry", OPPOSITION))
    assert answer.data == {"reference": "985976002137", "recorded_at": "2026-08-20T10:00:00+03:30"}
    assert answer.aliases == {"land_window": "985976002137"}


async def test_a_lost_acknowledgement_is_found_by_our_own_code(theatre: Any, asked: Asked) -> None:
    lost = asked("answer_inquiry", ANSWER, "0190-1")
    theatre.context.faults.arm("lost_answer", operation="answer_inquiry")
    async with theatre.playing() as system:
        with pytest.raises(InDoubt):
            await system.ask(lost)
        found = await system.ask_after(lost)
    assert found.data["reference"] == "985976002137"
    assert theatre.context.ledger.count("answer_inquiry", "0190-1") == 1


async def test_somebody_elses_answer_is_never_taken_for_ours(theatre: Any, asked: Asked) -> None:
    ours = asked("answer_inquiry", {**ANSWER, "request_number": "140500100001993000"})
    async with theatre.playing() as system:
        assert await system.ask_after(ours) is None
        with pytest.raises(Refused) as refused:
            await system.ask(ours)
    assert refused.value.code == "land_window.already_answered"


async def test_bad_credentials_wait_for_a_person(theatre: Any, asked: Asked) -> None:
    questions = (
        asked("parcel_geometry", PARCEL),
        asked("answer_inquiry", ANSWER),
        asked("inquiry_state", {"reference": "140500100001000002"}),
    )
    async with theatre.playing(credentials={"username": "municipality", "password": "wrong"}) as system:
        for question in questions:
            with pytest.raises(Retryable) as refused:
                await system.ask(question)
            assert refused.value.code == "land_window.credentials_rejected"
            assert refused.value.after == timedelta(hours=1)
    assert theatre.context.ledger.effects == ()


async def test_a_closed_window_says_when_to_come_back(theatre: Any, asked: Asked) -> None:
    theatre.context.calendar.holidays.add(datetime(2026, 8, 20, tzinfo=UTC).date())
    async with theatre.playing() as system:
        with pytest.raises(Retryable) as closed:
            await system.ask(asked("parcel_geometry", PARCEL))
    assert closed.value.code == "land_window.closed"
    assert closed.value.not_before is not None


async def test_an_inquiry_goes_through_its_states(theatre: Any, asked: Asked) -> None:
    async with theatre.playing() as system:
        stages = []
        for number in ("140500100001991000", "140500100001000002"):
            state = await system.ask(asked("inquiry_state", {"reference": number}))
            stages.append(state.data["stage"])
        await system.ask(asked("answer_inquiry", ANSWER))
        done = await system.ask(asked("inquiry_state", {"reference": "140500100001000002"}))
    assert [*stages, done.data["stage"]] == ["submitted", "routed", "answered"]
    assert done.data["detail"] == {"organs": "2101,2102,2103", "sent_on": "2026-08-20"}


async def test_what_is_kept_of_a_broken_reply_holds_no_secret(theatre: Any, asked: Asked) -> None:
    theatre.context.faults.arm("drift_renamed", operation="parcel_geometry")
    async with theatre.playing() as system:
        with pytest.raises(ContractBroken) as broken:
            await system.ask(asked("parcel_geometry", PARCEL))
    assert b"IsSuccess" in broken.value.sample
    assert b"secret" not in broken.value.sample


@pytest.mark.parametrize(("status", "stage"), [("75", "submitted"), ("76", "routed"), ("77", "answered")])
async def test_a_push_is_understood(theatre: Any, status: str, stage: str) -> None:
    body = status_push("900000000001", status, datetime(2026, 8, 20, 6, 30, tzinfo=UTC), 3)
    assert body["system"] == "land_window"
    async with theatre.system("https://window.invalid") as system:
        update = system.inbound(body)
    assert (update["reference"], update["stage"], update["sequence"]) == ("900000000001", stage, 3)
    assert update["occurred_at"] == "2026-08-20T10:00:00+03:30"
    assert update["title_fa"] != update["title_en"]


async def test_a_push_nobody_knows_is_a_broken_contract(theatre: Any) -> None:
    body = status_push("900000000001", "76", datetime(2026, 8, 20, tzinfo=timezone(timedelta(hours=3.5))), 3)
    async with theatre.system("https://window.invalid") as system:
        with pytest.raises(ContractBroken):
            system.inbound({**body, "status": "78"})


def test_a_push_has_a_known_state_and_a_zone() -> None:
    with pytest.raises(ValueError, match="no state"):
        status_push("900000000001", "78", datetime(2026, 8, 20, tzinfo=UTC), 1)
    with pytest.raises(ValueError, match="zone"):
        status_push("900000000001", "76", datetime(2026, 8, 20), 1)  # noqa: DTZ001 - what it refuses.
