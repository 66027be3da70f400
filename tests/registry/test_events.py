from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from registry import cases, events, participants
from registry.cases import Case
from registry.events import StatusEvent
from registry.inquiries import Inquiry
from registry.participants import Participant
from registry.store import Store

OpenCase = Callable[..., Case]


def record(store: Store, case: Case, clock: Any, **other: Any) -> StatusEvent | None:
    values: dict[str, Any] = {
        "case_id": case.id,
        "code": case.code,
        "type": "ir.peyvand.case.status",
        "system": "land_window",
        "stage": "submitted",
        "title_fa": "ثبت شد",
        "title_en": "Submitted",
        "detail": {"واحد": "منطقه ۱"},
        "occurred_at": clock(),
        "now": clock(),
        "by": "IR/GOV/land-window",
    }
    return store.write_now(lambda t: events.record(t, **values | other))


def stage(store: Store, case: Case) -> Any:
    found = store.read_now(lambda t: cases.by_id(t, case.id))
    assert found is not None
    return found.last_stage, found.last_event_at


def test_events_are_numbered_per_case_and_kept_as_returned(
    store: Store, open_case: OpenCase, accept: Callable[..., Inquiry], clock: Any
) -> None:
    first, second = (store.write_now(open_case) for _ in range(2))
    inquiry = store.write_now(lambda t: accept(t, first))
    recorded = [
        record(store, first, clock),
        record(store, second, clock),
        record(store, first, clock, inquiry_id=inquiry.id, stage=None),
    ]
    assert [one.sequence for one in recorded if one] == [1, 1, 2]
    assert store.read_now(lambda t: events.timeline(t, first.id)) == recorded[0::2]
    assert recorded[1] is not None
    event_id = recorded[1].id
    assert store.read_now(lambda t: events.get(t, event_id)) == recorded[1]
    assert store.read_now(lambda t: events.get(t, "none")) is None


def test_a_repeated_push_is_recorded_once(store: Store, open_case: OpenCase, clock: Any) -> None:
    case = store.write_now(open_case)
    assert record(store, case, clock, source_key="7") is not None
    assert record(store, case, clock, source_key="7") is None
    assert record(store, case, clock, source_key="7", system="setad") is not None
    assert record(store, case, clock) is not None
    assert record(store, case, clock) is not None
    assert [one.sequence for one in store.read_now(lambda t: events.timeline(t, case.id))] == [1, 2, 3, 4]


def test_a_late_push_of_an_older_stage_does_not_turn_the_case_back(
    store: Store, open_case: OpenCase, clock: Any
) -> None:
    case = store.write_now(open_case)
    assert stage(store, case) == (None, None)
    noon = clock()
    record(store, case, clock, stage="approved")
    assert stage(store, case) == ("approved", noon)
    record(store, case, clock, stage="under_review", occurred_at=noon - timedelta(hours=1))
    assert stage(store, case) == ("approved", noon)
    later = clock.forward(hours=1)
    record(store, case, clock, stage=None)
    assert stage(store, case) == ("approved", later)
    # An answer without a stage came meanwhile: the next stage counts from the stage before it, not from that answer.
    record(store, case, clock, stage="issued", occurred_at=noon + timedelta(minutes=1))
    assert stage(store, case) == ("issued", later)
    assert len(store.read_now(lambda t: events.timeline(t, case.id))) == 4


def test_an_unknown_case_has_no_events(store: Store, open_case: OpenCase, clock: Any) -> None:
    case = store.write_now(open_case)
    with pytest.raises(LookupError):
        record(store, case, clock, case_id="none")


def test_a_participant_pages_through_the_events_of_its_own_cases(
    store: Store, open_case: OpenCase, accept: Callable[..., Inquiry], clock: Any
) -> None:
    window = Participant("IR/GOV/land-window", "system", "پنجره", "Window", system="land_window")
    store.write_now(lambda t: participants.put(t, window))
    mine = store.write_now(open_case)
    other = store.write_now(lambda t: open_case(t, owner="IR/COM/x", lead_agency="IR/COM/y"))
    store.write_now(lambda t: accept(t, other, owner="IR/COM/asker"))
    store.write_now(
        lambda t: cases.add_alias(
            t, case_id=other.id, system="land_window", value="9", added_by="IR/COM/z", now=clock()
        )
    )
    made = [record(store, case, clock) for case in (mine, other, mine, other, mine)]

    def ids(participant: str, cursor: int = 0, limit: int = 10) -> list[str]:
        return [one.id for one in store.read_now(lambda t: events.since(t, participant, cursor, limit))]

    own = [one for one in made[0::2] if one]
    assert ids(mine.owner) == [one.id for one in own]
    assert ids(mine.owner, limit=2) == [one.id for one in own[:2]]
    second = store.read_now(lambda t: events.since(t, mine.owner, 0, 2))[-1]
    assert ids(mine.owner, second.position) == [own[2].id]
    others = [one.id for one in made[1::2] if one]
    for participant in ("IR/COM/x", "IR/COM/y", "IR/COM/z", "IR/COM/asker", "IR/GOV/land-window"):
        assert ids(participant) == others
    assert ids("IR/COM/stranger") == []
