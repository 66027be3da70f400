import threading

from registry import inquiries, marks, outbox
from registry.states import Arrow, State
from tests.postgres_server import ON_POSTGRESQL


def owed(store, clock, accept, count=1):
    """Inquiries as intake leaves them: accepted, with a row that `me` has published."""

    def act(t):
        made = []
        for _ in range(count):
            inquiry = accept(t)
            row = outbox.owe(
                t, kind="inquiry", system="s", ref=inquiry.id, body=b"{}", due_at=clock(), lease="me"
            )  # fmt: skip
            made.append((inquiry.id, row.id))
        return made

    return store.write_now(act)


def mark(store, clock, rows):
    return store.write_now(lambda t: marks.mark(t, rows, held_by="me", lease="broker", now=clock()))


def state_of(store, inquiry, row):
    found = store.read_now(lambda t: outbox.of_ref(t, inquiry))
    rows = {one.id: (one.state, one.lease) for one in found}
    return store.read_now(lambda t: inquiries.get(t, inquiry)).state, rows.get(row)


def test_a_mark_moves_rows_and_inquiries_and_leaves_what_a_worker_did_before_it(store, clock, accept):
    (waits, first), (sent, second), (taken_over, third), (done, fourth) = owed(store, clock, accept, 4)

    def worker(t):
        inquiries.move(t, sent, Arrow.SEND, now=clock())
        outbox.postpone(t, third, clock(), lease="")
        outbox.settle(t, fourth)

    store.write_now(worker)
    assert mark(store, clock, [first, second, third, fourth]) == []
    assert state_of(store, waits, first) == (State.QUEUED, ("queued", "broker"))
    assert state_of(store, sent, second) == (State.SENT, ("queued", "broker"))
    assert state_of(store, taken_over, third) == (State.ACCEPTED, ("owed", ""))
    assert state_of(store, done, fourth) == (State.ACCEPTED, None)


@ON_POSTGRESQL
def test_a_mark_neither_waits_for_a_worker_nor_crosses_it(store, other, clock, accept):
    (busy, first), (free, second), (settling, third) = owed(store, clock, accept, 3)
    begun, go = threading.Event(), threading.Event()

    def worker(t):
        inquiries.move(t, busy, Arrow.SEND, now=clock())
        outbox.settle_many(t, [third])
        begun.set()
        assert go.wait(20)
        outbox.settle_many(t, [first])

    working = threading.Thread(target=other.write_now, args=(worker,))
    working.start()
    assert begun.wait(20)
    left = mark(store, clock, [first, second, third])
    between = state_of(store, free, second)
    go.set()
    working.join(20)
    assert left == [first, third]
    assert between == (State.QUEUED, ("queued", "broker"))
    assert mark(store, clock, left) == []
    assert [state_of(store, *one)[1] for one in ((busy, first), (settling, third))] == [None, None]
    assert state_of(store, busy, first)[0] is State.SENT
