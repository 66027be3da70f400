from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from registry import inquiries
from registry.inquiries import Inquiry, UnknownInquiry
from registry.states import TERMINAL, Arrow, IllegalMove, State
from registry.store import Store

Accept = Callable[..., Inquiry]


def test_a_fresh_inquiry_is_accepted_and_kept_as_returned(store: Store, accept: Accept) -> None:
    made = store.write_now(lambda t: accept(t, trace_parent="00-1-2-01"))
    assert made.state is State.ACCEPTED
    assert store.read_now(lambda t: inquiries.get(t, made.id)) == made
    assert store.read_now(lambda t: inquiries.of_case(t, made.case_id)) == [made]
    assert store.read_now(lambda t: inquiries.get(t, "none")) is None


def test_the_same_id_is_not_accepted_twice(store: Store, accept: Accept) -> None:
    made = store.write_now(accept)
    with pytest.raises(IntegrityError):
        store.write_now(lambda t: accept(t, id=made.id))


def test_a_move_sets_what_it_is_given_and_returns_what_is_kept(store: Store, accept: Accept, clock: Any) -> None:
    made = store.write_now(accept)
    sent = store.write_now(lambda t: inquiries.move(t, made.id, Arrow.SEND, now=clock.forward(seconds=1)))
    assert sent == replace(made, state=State.SENT, attempts=1, changed_at=clock())
    due = clock.forward(minutes=5)
    waiting = store.write_now(
        lambda t: inquiries.move(
            t, made.id, Arrow.POSTPONE, now=clock(), due_at=due, reason_code="closed", reason_text="Holiday"
        )
    )
    assert (waiting.due_at, waiting.reason_code, waiting.finished_at) == (due, "closed", None)
    store.write_now(lambda t: inquiries.move(t, made.id, Arrow.SEND, now=clock()))
    done = store.write_now(
        lambda t: inquiries.move(
            t,
            made.id,
            Arrow.ANSWER,
            now=clock(),
            answer_sealed=b"answer",
            mapping_id="m",
            mapping_hash="h",
            contract_version="1",
        )
    )
    assert (done.state, done.attempts, done.answer_sealed, done.finished_at) == (State.ANSWERED, 2, b"answer", clock())
    assert (done.due_at, done.reason_code, done.reason_text) == (None, None, None)
    assert store.read_now(lambda t: inquiries.get(t, made.id)) == done


def test_a_move_the_table_does_not_have_is_refused(store: Store, accept: Accept, clock: Any) -> None:
    made = store.write_now(accept)
    with pytest.raises(IllegalMove, match="accepted cannot take the arrow answer"):
        store.write_now(lambda t: inquiries.move(t, made.id, Arrow.ANSWER, now=clock()))
    with pytest.raises(UnknownInquiry):
        store.write_now(lambda t: inquiries.move(t, "none", Arrow.SEND, now=clock()))
    with pytest.raises(ValueError, match="owner"):
        store.write_now(lambda t: inquiries.move(t, made.id, Arrow.SEND, now=clock(), owner="IR/COM/thief"))


@pytest.mark.parametrize("arrow", list(Arrow))
def test_final_states_never_regress(store: Store, accept: Accept, clock: Any, arrow: Arrow) -> None:
    for end in ([Arrow.SEND, Arrow.ANSWER], [Arrow.SEND, Arrow.REFUSE], [Arrow.CANCEL]):
        made = store.write_now(accept)
        for one in end:
            done = store.write_now(lambda t, made=made, one=one: inquiries.move(t, made.id, one, now=clock()))
        assert done.state in TERMINAL
        with pytest.raises(IllegalMove):
            store.write_now(lambda t, made=made: inquiries.move(t, made.id, arrow, now=clock()))


def test_enqueuing_leaves_alone_what_a_fast_worker_did(store: Store, accept: Accept, clock: Any) -> None:
    fresh, sent, gone = (store.write_now(accept) for _ in range(3))
    store.write_now(lambda t: inquiries.move(t, sent.id, Arrow.SEND, now=clock()))
    store.write_now(lambda t: inquiries.move(t, gone.id, Arrow.CANCEL, now=clock()))
    ids = [fresh.id, sent.id, gone.id, "unknown"]
    assert store.write_now(lambda t: inquiries.enqueue_many(t, ids, clock())) == 1
    assert store.write_now(lambda t: inquiries.enqueue_many(t, [], clock())) == 0
    states = [store.read_now(lambda t, one=one: inquiries.get(t, one.id)).state for one in (fresh, sent, gone)]
    assert states == [State.QUEUED, State.SENT, State.CANCELLED]


def test_attempts_are_kept_in_order(store: Store, accept: Accept, clock: Any) -> None:
    made = store.write_now(accept)
    for number, outcome in enumerate(["retryable", "answered"], 1):
        store.write_now(
            lambda t, number=number, outcome=outcome: inquiries.record_attempt(
                t,
                inquiry_id=made.id,
                number=number,
                started_at=clock(),
                ended_at=clock.forward(seconds=2),
                outcome=outcome,
                code="",
                text="",
                mapping_hash=None,
            )
        )
    kept = store.read_now(lambda t: inquiries.attempts(t, made.id))
    assert [(one.number, one.outcome) for one in kept] == [(1, "retryable"), (2, "answered")]
    assert (kept[0].ended_at - kept[0].started_at).total_seconds() == 2


def test_pages_and_filters(store: Store, accept: Accept, clock: Any) -> None:
    made = []
    for number in range(6):
        made.append(store.write_now(lambda t, n=number: accept(t, system="setad" if n % 2 else "land_window")))
        clock.forward(seconds=1)
    store.write_now(lambda t: inquiries.move(t, made[0].id, Arrow.PARK, now=clock(), reason_code="contract.broken"))
    newest_first = [one.id for one in made[::-1]]

    def ids(**filters: Any) -> list[str]:
        return [one.id for one in store.read_now(lambda t: inquiries.page(t, **filters))]

    assert ids() == newest_first
    assert ids(limit=2, before=newest_first[1]) == newest_first[2:4]
    assert ids(system="setad") == newest_first[0::2]
    assert ids(state=State.PARKED, reason_code="contract.broken") == [made[0].id]
    assert ids(owner="IR/GOV/x") == []
    assert ids(code=made[3].code) == [made[3].id]
    waiting = store.read_now(lambda t: inquiries.in_state(t, State.ACCEPTED, 2, after=made[1].id))
    assert [one.id for one in waiting] == [made[2].id, made[3].id]
    assert store.read_now(inquiries.counts) == {
        ("land_window", State.PARKED): 1,
        ("land_window", State.ACCEPTED): 2,
        ("setad", State.ACCEPTED): 3,
    }
