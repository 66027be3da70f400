from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import participants, rights
from registry.participants import Participant
from registry.rights import Right, apply_mask, decide
from registry.store import Store

RIGHT = Right("IR/COM/x", "civil_registry.identity", ("permit",), ("law-1",), ("*",), 100)


def code(right: Right | None, clock: Any, *, purpose: str = "permit", legal_basis: str = "law-1") -> str | None:
    denial = decide(right, purpose=purpose, legal_basis=legal_basis, now=clock())
    if denial is not None:
        assert denial.message_fa
        assert denial.message_en
    return denial.code if denial else None


def test_a_call_is_allowed_only_where_everything_fits(clock: Any) -> None:
    assert code(RIGHT, clock) is None
    assert code(None, clock) == "right.missing"
    assert code(RIGHT, clock, purpose="curiosity") == "right.purpose"
    assert code(RIGHT, clock, legal_basis="law-2") == "right.legal_basis"


def test_the_empty_list_means_no(clock: Any) -> None:
    assert code(Right("p", "s", (), ("law-1",)), clock) == "right.purpose"
    assert code(Right("p", "s", ("permit",), ()), clock) == "right.legal_basis"
    assert apply_mask((), {"a": 1}) == {}


def test_a_right_ends_at_its_instant(clock: Any) -> None:
    def until(seconds: int) -> Right:
        return Right("p", "s", ("permit",), ("law-1",), expires_at=clock() + timedelta(seconds=seconds))

    assert code(until(1), clock) is None
    assert code(until(0), clock) == "right.expired"


def test_rights_are_kept_replaced_and_withdrawn(store: Store) -> None:
    store.write_now(lambda t: participants.put(t, Participant("IR/COM/x", "agency", "فا", "en")))
    store.write_now(lambda t: rights.put(t, RIGHT))
    assert store.read_now(lambda t: rights.get(t, RIGHT.participant, RIGHT.service)) == RIGHT
    narrow = Right(RIGHT.participant, RIGHT.service, ("levy",), (), ("given_name",))
    store.write_now(lambda t: rights.put(t, narrow))
    assert store.read_now(rights.every) == [narrow]
    assert store.read_now(lambda t: rights.every(t, "IR/COM/y")) == []
    assert store.write_now(lambda t: rights.withdraw(t, RIGHT.participant, RIGHT.service)) is True
    assert store.write_now(lambda t: rights.withdraw(t, RIGHT.participant, RIGHT.service)) is False
    assert store.read_now(lambda t: rights.get(t, RIGHT.participant, RIGHT.service)) is None


ANSWER = {
    "name": "x",
    "plaque": {"main": "1", "secondary": "0"},
    "history": [{"at": "2026", "reasons": ["a"]}, {"state": "ok"}],
    "notes": ["n"],
}


@pytest.mark.parametrize(
    ("mask", "seen"),
    [
        (["*"], ANSWER),
        (["name"], {"name": "x"}),
        (["plaque"], {"plaque": ANSWER["plaque"]}),
        (["plaque.main"], {"plaque": {"main": "1"}}),
        (["plaque.main", "plaque"], {"plaque": ANSWER["plaque"]}),
        (["plaque.other"], {}),
        (["history.at", "notes"], {"history": [{"at": "2026"}], "notes": ["n"]}),
        (["name.first"], {}),
        (["notes.first"], {"notes": []}),
        ([""], {}),
    ],
)
def test_a_mask_lets_through_what_it_names(mask: list[str], seen: dict[str, Any]) -> None:
    assert apply_mask(mask, ANSWER) == seen


names = st.sampled_from("abc")
answers = st.recursive(
    st.integers(),
    lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=12,
)


@given(
    st.dictionaries(names, answers, max_size=3),
    st.lists(st.lists(names, min_size=1, max_size=3).map(".".join), max_size=4),
)
def test_a_mask_applied_twice_is_a_mask_applied_once(answer: dict[str, Any], mask: list[str]) -> None:
    once = apply_mask(mask, answer)
    assert apply_mask(mask, once) == once
    assert set(once) <= {path.split(".")[0] for path in mask} & set(answer)
