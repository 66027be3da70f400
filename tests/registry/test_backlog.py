"""The backlog is counted up to a bound, and says when it was not counted whole."""

from datetime import timedelta

from registry import backlog, outbox


def test_it_is_exact_up_to_the_bound_and_honest_beyond(store, clock):
    def owe(t, system, rows):
        for number in range(rows):
            outbox.owe(t, kind="inquiry", system=system, ref=f"{system}-{number}", body=b"x" * 40, due_at=clock())

    empty = store.read_now(lambda t: backlog.count(t, 5))
    assert (empty.rows, empty.whole, empty.at_most) == ({}, True, 0)
    store.write_now(lambda t: owe(t, "setad", 3))
    few = store.read_now(lambda t: backlog.count(t, 5))
    assert (few.rows, few.whole, few.at_most) == ({"setad": {"owed": 3, "queued": 0}}, True, 3)
    store.write_now(lambda t: owe(t, "shahkar", 9))
    many = store.read_now(lambda t: backlog.count(t, 5))
    assert many.rows == {"setad": {"owed": 3, "queued": 0}, "shahkar": {"owed": 2, "queued": 0}}
    assert (many.whole, many.at_most >= 12) == (False, True)
    rows = store.read_now(lambda t: outbox.due(t, clock() + timedelta(days=1), 100))
    store.write_now(lambda t: outbox.settle_many(t, [row.id for row in rows[:8]]))
    assert store.read_now(lambda t: backlog.count(t, 5)).whole
