from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from registry import inquiries, recordings
from registry.schema import attempts
from registry.store import Store


def test_recordings_are_emptied_by_age_and_their_attempts_stay(
    store: Store, clock: Any, accept: Callable[..., inquiries.Inquiry]
) -> None:
    made = store.write_now(accept)
    began = clock()
    for number in range(1, 8):
        reply = None if number == 2 else b"sealed"

        def attempt(t: Any, number: int = number, reply: bytes | None = reply) -> None:
            inquiries.record_attempt(
                t, inquiry_id=made.id, number=number, started_at=clock(), ended_at=clock(),
                outcome="answered", code="", text="", mapping_hash="ab" * 32, sample_sealed=reply,
            )  # fmt: skip

        store.write_now(attempt)
        clock.forward(days=1)

    def kept() -> list[int]:
        query = select(attempts.c.number).where(attempts.c.sample_sealed.is_not(None)).order_by(attempts.c.id)
        return store.read_now(lambda t: list(t.execute(query).scalars()))

    def forget(days: int) -> list[int]:
        before = began + timedelta(days=days)
        passed = []
        while number := store.write_now(lambda t: recordings.forget(t, before, at_once=2)):
            passed.append(number)
        return passed

    assert kept() == [1, 3, 4, 5, 6, 7]
    assert forget(0) == []
    assert forget(3) == [2, 1]
    assert kept() == [4, 5, 6, 7]
    assert forget(3) == []
    assert forget(100) == [2, 2]
    assert kept() == []
    assert [one.outcome for one in store.read_now(lambda t: inquiries.attempts(t, made.id))] == ["answered"] * 7
