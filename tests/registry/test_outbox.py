from datetime import timedelta
from typing import Any

from registry import outbox
from registry.outbox import OutboxRow
from registry.store import Store


def owe(store: Store, clock: Any, *, lease: str = "", after: float = 0, system: str = "setad") -> OutboxRow:
    due_at = clock() + timedelta(seconds=after)
    return store.write_now(
        lambda t: outbox.owe(t, kind="inquiry", system=system, ref="r", body=b"body", due_at=due_at, lease=lease)
    )


def due(store: Store, clock: Any) -> list[int]:
    return [row.id for row in store.read_now(lambda t: outbox.due(t, clock(), 100))]


def test_what_is_owed_falls_due_unless_somebody_holds_it(store: Store, clock: Any) -> None:
    later = owe(store, clock, after=60)
    held = owe(store, clock, lease="me")
    free = owe(store, clock)
    assert due(store, clock) == [free.id]
    clock.forward(seconds=60)
    assert due(store, clock) == [free.id, later.id]
    assert store.read_now(lambda t: outbox.of_ref(t, "r")) == [later, held, free]
    assert store.read_now(outbox.next_due) == free.due_at


def test_a_row_lives_from_owed_to_settled(store: Store, clock: Any) -> None:
    row = owe(store, clock, lease="me")
    assert store.write_now(lambda t: outbox.queued(t, [row.id, 999])) == 1
    assert store.read_now(outbox.depth) == {"setad": {"owed": 0, "queued": 1}}
    assert due(store, clock) == []
    store.write_now(lambda t: outbox.postpone(t, row.id, clock() + timedelta(seconds=5)))
    assert due(store, clock) == []
    clock.forward(seconds=5)
    assert due(store, clock) == [row.id]
    assert store.read_now(lambda t: outbox.due(t, clock(), 1))[0].tries == 1
    store.write_now(lambda t: outbox.settle(t, row.id))
    store.write_now(lambda t: outbox.settle_many(t, [row.id]))
    assert store.read_now(outbox.depth) == {}
    assert store.read_now(outbox.next_due) is None


def test_numbers_are_never_used_again(store: Store, clock: Any) -> None:
    first = owe(store, clock)
    store.write_now(lambda t: outbox.settle(t, first.id))
    assert owe(store, clock).id > first.id


def test_taken_rows_are_taken_once(store: Store, clock: Any) -> None:
    rows = [owe(store, clock, after=-number).id for number in range(3)]
    taken = store.write_now(lambda t: outbox.take(t, clock(), 2, "me"))
    assert [row.id for row in taken] == rows[:0:-1]
    assert {row.lease for row in taken} == {"me"}
    assert [row.id for row in store.write_now(lambda t: outbox.take(t, clock(), 9, "you"))] == rows[:1]
    assert store.write_now(lambda t: outbox.take(t, clock(), 9, "me")) == []


def test_what_dead_processes_held_is_owed_again(store: Store, clock: Any) -> None:
    mine, living, dead, dead_queued, nobodys, free = (
        owe(store, clock, lease=lease) for lease in ("me", "you", "gone", "gone", "", "")
    )
    store.write_now(lambda t: outbox.queued(t, [dead_queued.id, nobodys.id]))
    assert store.write_now(lambda t: outbox.adopt(t, "me", ["you"])) == 3
    assert due(store, clock) == [dead.id, dead_queued.id, nobodys.id, free.id]
    assert store.write_now(lambda t: outbox.adopt(t, "me", ["you"])) == 0
    assert store.write_now(lambda t: outbox.adopt(t, "new", [])) == 2
    assert due(store, clock) == [row.id for row in (mine, living, dead, dead_queued, nobodys, free)]


def test_a_queue_found_empty_is_filled_again(store: Store, clock: Any) -> None:
    rows = [owe(store, clock, lease="me", system=system) for system in ("setad", "setad", "land_window")]
    store.write_now(lambda t: outbox.queued(t, [row.id for row in rows], lease="broker"))
    store.write_now(lambda t: outbox.queued(t, [rows[1].id], lease="a worker"))
    assert [row.id for row in store.read_now(lambda t: outbox.held(t, "broker", 10))] == [rows[0].id, rows[2].id]
    store.write_now(lambda t: outbox.settle(t, rows[2].id))
    assert store.write_now(lambda t: outbox.requeue_many(t, [row.id for row in rows], "broker")) == 1
    assert due(store, clock) == [rows[0].id]
