from datetime import timedelta
from typing import Any

import pytest

from registry import cursors, mapping_changes
from registry.mapping_changes import ChangeMoved, ChangeState, OwnChange
from registry.store import Store


def propose(store: Store, clock: Any, change_id: str = "c1", content: str = "id: a.b\n", by: str = "sara") -> Any:
    return store.write_now(
        lambda t: mapping_changes.propose(
            t, change_id=change_id, mapping="a.b", version=2, content=content, reason="letter 12", by=by, now=clock()
        )
    )


def test_a_change_is_approved_by_a_second_person_and_applied_by_its_bytes(store: Store, clock: Any) -> None:
    made = propose(store, clock)
    assert (made.state, made.proposed_by, made.decided_by) == (ChangeState.PROPOSED, "sara", None)
    with pytest.raises(OwnChange):
        store.write_now(lambda t: mapping_changes.approve(t, "c1", by="sara", now=clock()))
    assert store.read_now(lambda t: mapping_changes.approved(t, made.content_hash)) is None
    later = clock.forward(minutes=5)
    agreed = store.write_now(lambda t: mapping_changes.approve(t, "c1", by="reza", now=later))
    assert (agreed.state, agreed.decided_by, agreed.decided_at) == (ChangeState.APPROVED, "reza", later)
    assert store.read_now(lambda t: mapping_changes.approved(t, made.content_hash)) == agreed
    assert store.read_now(lambda t: mapping_changes.content(t, "c1")) == "id: a.b\n"
    assert store.write_now(lambda t: mapping_changes.applied(t, "00" * 32, by="sara", now=later)) is None
    done = store.write_now(lambda t: mapping_changes.applied(t, made.content_hash, by="sara", now=later))
    assert done is not None
    assert (done.state, done.applied_by) == (ChangeState.APPLIED, "sara")
    with pytest.raises(ChangeMoved) as moved:
        store.write_now(lambda t: mapping_changes.approve(t, "c1", by="reza", now=clock()))
    assert moved.value.state is ChangeState.APPLIED


def test_what_is_refused_or_unknown_never_comes_into_force(store: Store, clock: Any) -> None:
    made = propose(store, clock)
    with pytest.raises(ChangeMoved):
        propose(store, clock, "c2")
    store.write_now(lambda t: mapping_changes.refuse(t, "c1", by="sara", now=clock()))
    with pytest.raises(ChangeMoved):
        store.write_now(lambda t: mapping_changes.approve(t, "c1", by="reza", now=clock()))
    assert store.write_now(lambda t: mapping_changes.applied(t, made.content_hash, by="sara", now=clock())) is None
    assert propose(store, clock, "c3").state is ChangeState.PROPOSED
    assert [one.id for one in store.read_now(mapping_changes.every)] == ["c3", "c1"]
    with pytest.raises(LookupError):
        store.write_now(lambda t: mapping_changes.approve(t, "nobody", by="reza", now=clock()))
    with pytest.raises(LookupError):
        store.read_now(lambda t: mapping_changes.content(t, "nobody"))


def test_a_cursor_is_moved_by_one_of_those_who_knew_where_it_was(store: Store) -> None:
    assert store.read_now(lambda t: cursors.position(t, "x")) == 0
    assert store.write_now(lambda t: cursors.advance(t, "x", 0, 3))
    assert not store.write_now(lambda t: cursors.advance(t, "x", 0, 4))
    assert store.read_now(lambda t: cursors.position(t, "x")) == 3


def test_instants_come_back_as_they_went_in(store: Store, clock: Any) -> None:
    clock.forward(microseconds=7)
    made = propose(store, clock)
    assert store.read_now(lambda t: mapping_changes.get(t, made.id)) == made
    assert made.proposed_at == clock()
    assert made.proposed_at.utcoffset() == timedelta(0)
