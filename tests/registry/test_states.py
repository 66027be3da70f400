from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.states import ARROWS, FIRST, TERMINAL, Arrow, IllegalMove, State, step

arrows = st.sampled_from(Arrow)


def test_every_arrow_is_listed_once_and_every_state_is_used() -> None:
    assert set(ARROWS) == set(Arrow)
    leads_to = {target for _, target in ARROWS.values()}
    starts = {state for sources, _ in ARROWS.values() for state in sources}
    assert leads_to | {FIRST} == set(State)
    assert starts == set(State) - TERMINAL


@pytest.mark.parametrize(("state", "arrow"), list(product(State, Arrow)))
def test_a_move_is_made_or_refused_as_the_table_says(state: State, arrow: Arrow) -> None:
    sources, target = ARROWS[arrow]
    if state in sources:
        assert step(state, arrow) is target
    else:
        with pytest.raises(IllegalMove) as caught:
            step(state, arrow)
        assert (caught.value.state, caught.value.arrow) == (state, arrow)


@given(st.lists(arrows, max_size=40))
def test_no_walk_leaves_a_final_state(walk: list[Arrow]) -> None:
    state = FIRST
    ended: State | None = None
    for arrow in walk:
        try:
            state = step(state, arrow)
        except IllegalMove:
            pass
        else:
            assert ended is None
        if state in TERMINAL:
            ended = state
    assert ended in {None, state}


@given(st.lists(arrows, max_size=40))
def test_nothing_is_answered_without_having_been_sent_or_taken_in_hand_by_a_person(walk: list[Arrow]) -> None:
    state, taken = FIRST, set()
    for arrow in walk:
        if state in ARROWS[arrow][0]:
            state = step(state, arrow)
            taken.add(arrow)
    if state is State.ANSWERED:
        assert taken & {Arrow.SEND, Arrow.SETTLE_BY_HAND, Arrow.ASK_AGAIN}
    if state is State.REFUSED:
        assert taken & {Arrow.SEND, Arrow.REFUSE_BY_HAND, Arrow.ASK_AGAIN}


def test_from_every_open_state_an_end_can_be_reached() -> None:
    reaches = set(TERMINAL)
    for _ in State:
        reaches |= {source for sources, target in ARROWS.values() if target in reaches for source in sources}
    assert reaches == set(State)


def test_in_doubt_is_never_simply_sent_again() -> None:
    leaving = {arrow for arrow, (sources, _) in ARROWS.items() if State.IN_DOUBT in sources}
    by_hand = {Arrow.SETTLE_BY_HAND, Arrow.REFUSE_BY_HAND, Arrow.REPEAT_BY_HAND}
    assert leaving == {Arrow.PROVE_DONE, Arrow.PROVE_REFUSED, Arrow.PROVE_ABSENT, Arrow.PARK, *by_hand}
