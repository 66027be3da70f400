from collections.abc import Callable
from datetime import timedelta
from typing import Any

from registry import deadlines
from registry.cases import Case
from registry.deadlines import WARNINGS
from registry.store import Store

PORTAL = "permit_portal"
DAY = timedelta(days=1)


def test_a_clock_lives_from_its_start_to_its_end(store: Store, clock: Any, open_case: Callable[..., Case]) -> None:
    case, other = store.write_now(open_case), store.write_now(open_case)
    ends = clock() + 10 * DAY
    started = store.write_now(lambda t: deadlines.start(t, case.id, PORTAL, ends, clock()))
    assert (started.due_at, started.warned) == (ends - WARNINGS[0], 0)
    late = store.write_now(lambda t: deadlines.start(t, other.id, PORTAL, clock() + 2 * DAY, clock()))
    assert (late.due_at, late.warned) == (clock() + DAY, 2)
    assert store.read_now(lambda t: deadlines.due(t, clock(), 9)) == []
    clock.forward(days=3)
    assert store.read_now(lambda t: deadlines.due(t, clock(), 1)) == [late]
    assert store.read_now(lambda t: deadlines.due(t, clock(), 9)) == [late, started]
    passed = store.write_now(lambda t: deadlines.advance(t, late, clock()))
    warned = store.write_now(lambda t: deadlines.advance(t, started, clock()))
    assert (passed.state, passed.due_at) == ("passed", None)
    assert (warned.state, warned.warned, warned.due_at) == ("running", 1, ends - WARNINGS[1])
    assert store.write_now(lambda t: deadlines.start(t, case.id, PORTAL, ends, clock())) == warned
    assert store.read_now(lambda t: deadlines.due(t, clock(), 9)) == []
    assert store.write_now(lambda t: deadlines.stop(t, case.id)) == 1
    assert store.write_now(lambda t: deadlines.stop(t, case.id)) == 0
    assert store.write_now(lambda t: deadlines.stop(t, other.id)) == 0


def test_what_a_clock_was_held_for_is_added(store: Store, clock: Any, open_case: Callable[..., Case]) -> None:
    case = store.write_now(open_case)
    ends = clock() + 10 * DAY
    store.write_now(lambda t: deadlines.resume(t, case.id, PORTAL, clock()))
    assert store.read_now(lambda t: deadlines.get(t, case.id, PORTAL)) is None
    store.write_now(lambda t: deadlines.start(t, case.id, PORTAL, ends, clock()))
    store.write_now(lambda t: deadlines.pause(t, case.id, PORTAL, clock()))
    clock.forward(days=100)
    assert store.read_now(lambda t: deadlines.due(t, clock(), 9)) == []
    store.write_now(lambda t: deadlines.resume(t, case.id, PORTAL, clock()))
    found = store.read_now(lambda t: deadlines.get(t, case.id, PORTAL))
    assert found is not None
    assert (found.state, found.ends_at, found.paused_at) == ("running", ends + 100 * DAY, None)
