import os
from typing import Any

from registry import subjects
from registry.store import Store
from registry.subjects import Subject


def ensure(store: Store, clock: Any, fingerprint: str = "f") -> Subject:
    return store.write_now(
        lambda t: subjects.ensure(t, fingerprint=fingerprint, new_key=lambda: os.urandom(8), now=clock())
    )


def test_a_subject_is_made_once_per_fingerprint(store: Store, clock: Any) -> None:
    first = ensure(store, clock)
    assert ensure(store, clock) == first
    assert ensure(store, clock, "g").id != first.id
    assert store.read_now(lambda t: subjects.get(t, first.id)) == first
    assert store.read_now(lambda t: subjects.get(t, "none")) is None


def test_erasing_destroys_the_key_for_good(store: Store, clock: Any) -> None:
    first = ensure(store, clock)
    assert store.write_now(lambda t: subjects.erase(t, first.id, clock())) is True
    assert store.write_now(lambda t: subjects.erase(t, first.id, clock())) is False
    assert store.read_now(lambda t: subjects.get(t, first.id)) == Subject(first.id, None)
    back = ensure(store, clock)
    assert back.id == first.id
    assert back.wrapped_key not in {None, first.wrapped_key}
    assert ensure(store, clock) == back
