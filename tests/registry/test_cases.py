from collections.abc import Callable
from typing import Any

import pytest

from registry import cases, codes, participants
from registry.cases import AliasTaken, Case
from registry.codes import TrackingCode
from registry.inquiries import Inquiry
from registry.participants import Participant
from registry.store import Store

OpenCase = Callable[..., Case]


def test_a_case_is_found_by_its_code_and_id(store: Store, open_case: OpenCase) -> None:
    case = store.write_now(open_case)
    assert codes.parse(case.code) == case.code
    assert store.read_now(lambda t: cases.by_code(t, case.code)) == case
    assert store.read_now(lambda t: cases.by_id(t, case.id)) == case
    assert store.read_now(lambda t: cases.by_code(t, "0" * 20)) is None


def test_a_code_that_exists_is_drawn_again(store: Store, open_case: OpenCase) -> None:
    taken = store.write_now(open_case)
    draws = iter([TrackingCode(taken.code), TrackingCode(taken.code), codes.issue(5, 101)])
    fresh = store.write_now(lambda t: open_case(t, issue=lambda: next(draws)))
    assert fresh.code != taken.code
    assert list(draws) == []


def test_a_generator_that_always_gives_the_same_is_found_out(store: Store, open_case: OpenCase) -> None:
    taken = store.write_now(open_case)
    with pytest.raises(RuntimeError, match="random generator"):
        store.write_now(lambda t: open_case(t, issue=lambda: TrackingCode(taken.code)))


def test_an_alias_belongs_to_one_case(store: Store, open_case: OpenCase, clock: Any) -> None:
    first, second = (store.write_now(open_case) for _ in range(2))

    def add(case: Case, value: str = "1404/12") -> bool:
        return store.write_now(
            lambda t: cases.add_alias(
                t, case_id=case.id, system="land_window", value=value, added_by=case.owner, now=clock()
            )
        )

    assert add(first) is True
    assert add(first) is False
    with pytest.raises(AliasTaken, match="another case"):
        add(second)
    assert add(second, "1404/13") is True
    assert store.read_now(lambda t: cases.by_alias(t, "land_window", "1404/12")) == first
    assert store.read_now(lambda t: cases.by_alias(t, "setad", "1404/12")) is None
    assert [one.value for one in store.read_now(lambda t: cases.aliases(t, first.id))] == ["1404/12"]


def test_who_takes_part_may_see_a_case_and_nobody_else(
    store: Store, open_case: OpenCase, accept: Callable[..., Inquiry], clock: Any
) -> None:
    window = Participant("IR/GOV/land-window", "system", "پنجره", "Window", system="land_window")
    other = Participant("IR/GOV/setad", "system", "ستاد", "Setad", system="setad")

    def prepare(t: Any) -> Case:
        participants.put(t, window)
        participants.put(t, other)
        case = open_case(t, lead_agency="IR/GOV/leader")
        accept(t, case, owner="IR/COM/asker")
        cases.add_alias(t, case_id=case.id, system="land_window", value="7", added_by="IR/COM/noter", now=clock())
        return case

    case = store.write_now(prepare)
    seen = {
        name: store.read_now(lambda t, name=name: cases.may_see(t, case, name))
        for name in (case.owner, "IR/GOV/leader", "IR/COM/asker", "IR/COM/noter", window.identifier, other.identifier)
    }
    assert seen.pop(other.identifier) is False
    assert set(seen.values()) == {True}
    assert store.read_now(lambda t: cases.may_see(t, case, "IR/GOV/unknown")) is False


def test_cases_are_paged_newest_first(store: Store, open_case: OpenCase, clock: Any) -> None:
    made = []
    for _ in range(5):
        made.append(store.write_now(open_case).id)
        clock.forward(seconds=1)
    first = store.read_now(lambda t: cases.every(t, limit=3))
    rest = store.read_now(lambda t: cases.every(t, before=first[-1].id))
    assert [one.id for one in first + rest] == made[::-1]
    assert store.read_now(lambda t: cases.every(t, owner="IR/GOV/x")) == []
