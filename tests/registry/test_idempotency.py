from datetime import timedelta
from typing import Any

import pytest

from registry import idempotency
from registry.idempotency import IdempotencyClash, Saved
from registry.store import Store


def remember(store: Store, clock: Any, body_hash: str = "h", participant: str = "IR/COM/x", status: int = 202) -> None:
    store.write_now(
        lambda t: idempotency.remember(
            t,
            participant=participant,
            key="k",
            body_hash=body_hash,
            status=status,
            response=b"{}",
            now=clock(),
        )
    )


def test_the_first_answer_stays(store: Store, clock: Any) -> None:
    assert store.read_now(lambda t: idempotency.recall(t, "IR/COM/x", "k")) is None
    remember(store, clock)
    remember(store, clock, status=500)
    assert store.read_now(lambda t: idempotency.recall(t, "IR/COM/x", "k")) == Saved("h", b"{}", 202)
    with pytest.raises(IdempotencyClash, match="another body"):
        remember(store, clock, body_hash="other")


def test_keys_belong_to_their_participant(store: Store, clock: Any) -> None:
    remember(store, clock)
    remember(store, clock, body_hash="other", participant="IR/COM/y")
    assert store.read_now(lambda t: idempotency.recall(t, "IR/COM/z", "k")) is None


def test_old_answers_are_forgotten(store: Store, clock: Any) -> None:
    remember(store, clock)
    assert store.write_now(lambda t: idempotency.forget(t, clock())) == 0
    assert store.write_now(lambda t: idempotency.forget(t, clock() + timedelta(seconds=1))) == 1
    remember(store, clock, body_hash="other")
