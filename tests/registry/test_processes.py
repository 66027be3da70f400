from datetime import timedelta
from typing import Any

from registry import processes
from registry.processes import Process
from registry.store import Store

SPAN = timedelta(seconds=30)


def test_a_process_lives_while_it_is_heard_of(store: Store, clock: Any) -> None:
    start = clock()
    for lease, role in (("a", "api"), ("b", "worker")):
        store.write_now(lambda t, lease=lease, role=role: processes.beat(t, lease, role, clock()))
    clock.forward(seconds=29)
    store.write_now(lambda t: processes.beat(t, "a", "api", clock()))
    assert store.read_now(lambda t: processes.live(t, clock(), SPAN)) == ["a", "b"]
    clock.forward(seconds=1)
    assert store.read_now(lambda t: processes.live(t, clock(), SPAN)) == ["a"]
    assert store.read_now(processes.every) == [
        Process("a", "api", start, start + timedelta(seconds=29)),
        Process("b", "worker", start, start),
    ]
    assert store.write_now(lambda t: processes.forget(t, start + timedelta(seconds=1))) == 1
    store.write_now(lambda t: processes.leave(t, "a"))
    assert store.read_now(processes.every) == []


def test_one_holds_a_task_until_its_span_ends_or_it_leaves(store: Store, clock: Any) -> None:
    def claim(lease: str, name: str = "sealer") -> bool:
        return store.write_now(lambda t: processes.claim(t, name, lease, clock(), SPAN))

    def holder() -> str | None:
        return store.read_now(lambda t: processes.holder(t, "sealer", clock()))

    assert holder() is None
    assert claim("a")
    assert not claim("b")
    assert claim("b", "mover")
    clock.forward(seconds=20)
    assert claim("a")  # Renewed.
    clock.forward(seconds=20)
    assert not claim("b")
    assert holder() == "a"
    clock.forward(seconds=10)
    assert holder() is None
    assert claim("b")
    assert not claim("a")
    assert not store.write_now(lambda t: processes.release(t, "sealer", "a"))
    assert store.write_now(lambda t: processes.release(t, "sealer", "b"))
    assert claim("a")
    store.write_now(lambda t: processes.leave(t, "a"))
    assert claim("c")
    store.write_now(lambda t: processes.beat(t, "c", "sealer", clock()))
    assert store.write_now(lambda t: processes.forget(t, clock() + timedelta(seconds=1))) == 1
    assert claim("d")  # What is forgotten holds nothing.
