"""Several processes write at once, which only PostgreSQL allows."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from registry import cases, events, horizon, idempotency, outbox, pool, processes, subjects
from registry.cases import AliasTaken, Case
from registry.events import StatusEvent
from registry.idempotency import IdempotencyClash
from registry.inquiries import Inquiry
from registry.schema import Transaction
from registry.schema import cases as case_table
from registry.store import Store, StoreUnavailable

SITE = "IR/MUN/tehran"

OpenCase = Callable[..., Case]
Race = Callable[[Sequence[tuple[Store, Callable[[Transaction], Any]]]], list[Any]]


@pytest.fixture
def database() -> str:
    return "postgresql"


@pytest.fixture(autouse=True)
def several_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "CONNECTIONS", 4)


def run_together(acts: Sequence[tuple[Store, Callable[[Transaction], Any]]]) -> list[Any]:
    """Run the acts at the same time, each in its own transaction; return results and errors.

    Every act has begun, and so chosen what it sees, before any goes on.
    """
    gate = threading.Barrier(len(acts))

    def run(store: Store, act: Callable[[Transaction], Any]) -> Any:
        first = True

        def together(t: Transaction) -> Any:
            nonlocal first
            if first:
                first = False
                t.execute(text("SELECT 1"))
                gate.wait(10)
            return act(t)

        try:
            return store.write_now(together)
        except Exception as error:  # noqa: BLE001 - a loser's error is what the test looks at.
            return error

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(lambda one: run(*one), acts))


@pytest.fixture
def race(monkeypatch: pytest.MonkeyPatch) -> Race:
    monkeypatch.setattr(pool, "LARGEST_BATCH", 1)  # Acts of one batch share a transaction and cannot race.
    return run_together


def test_one_case_gets_a_disputed_alias(
    race: Race, store: Store, other: Store, open_case: OpenCase, clock: Any
) -> None:
    mine = [store.write_now(open_case).id for _ in range(4)]

    def add(case_id: str) -> Callable[[Transaction], bool]:
        return lambda t: cases.add_alias(t, case_id=case_id, system="s", value="1", added_by=SITE, now=clock())

    results = race([(store, add(mine[0])), (store, add(mine[1])), (other, add(mine[2])), (other, add(mine[3]))])
    assert results.count(True) == 1
    assert sum(isinstance(one, AliasTaken) for one in results) == 3
    winner = store.read_now(lambda t: cases.by_alias(t, "s", "1"))
    assert winner is not None
    assert winner.id == mine[results.index(True)]


def test_a_repeated_request_is_done_once(
    race: Race, store: Store, other: Store, open_case: OpenCase, clock: Any
) -> None:
    def accept(body: str) -> Callable[[Transaction], str]:
        def act(t: Transaction) -> str:
            saved = idempotency.recall(t, SITE, "key")
            if saved is not None and saved.body_hash == body:
                return saved.response.decode()
            made = open_case(t).id
            idempotency.remember(
                t, participant=SITE, key="key", body_hash=body, status=202, response=made.encode(), now=clock()
            )
            return made

        return act

    results = race([(store, accept("a")), (store, accept("a")), (other, accept("a")), (other, accept("a"))])
    assert len(set(results)) == 1
    assert store.read_now(lambda t: t.execute(select(func.count()).select_from(case_table)).scalar_one()) == 1
    assert isinstance(race([(other, accept("b"))])[0], IdempotencyClash)


def test_a_code_is_given_once(race: Race, store: Store, other: Store, open_case: OpenCase) -> None:
    first = store.write_now(open_case).code
    drawn = [iter((first, "1" * 20, f"{number}" * 20)) for number in range(2, 6)]

    def act(codes: Iterator[str]) -> Callable[[Transaction], str]:
        tries: list[str] = []

        def draw() -> Any:
            tries.append(next(codes))
            return tries[-1]

        return lambda t: open_case(t, issue=draw).code

    results = race([(one, act(codes)) for one, codes in zip((store, store, other, other), drawn, strict=True)])
    made = [result for result in results if isinstance(result, str)]
    assert len(set(made)) == len(made) == 4


def test_a_subject_is_made_once(race: Race, store: Store, other: Store, clock: Any) -> None:
    def act(t: Transaction) -> Any:
        return subjects.ensure(t, fingerprint="f", new_key=lambda: b"k", now=clock())

    assert len({one.id for one in race([(store, act), (store, act), (other, act), (other, act)])}) == 1


def record(
    t: Transaction, case: Case, clock: Any, key: str | None = None, system: str = "s"
) -> events.StatusEvent | None:
    return events.record(
        t,
        case_id=case.id,
        code=case.code,
        type="x",
        system=system,
        stage=None,
        title_fa="",
        title_en="",
        detail={},
        occurred_at=clock(),
        now=clock(),
        by=SITE,
        source_key=key,
    )


def test_a_pushed_event_counts_once_and_sequences_have_no_holes(
    race: Race, store: Store, other: Store, open_case: OpenCase, clock: Any
) -> None:
    mine, yours = store.write_now(open_case), store.write_now(open_case)
    # The same push about two cases: nothing but the unique key stands between them.
    acts = [(store, mine), (other, yours), (store, mine), (other, yours)]
    results = race([(one, lambda t, case=case: record(t, case, clock, "k")) for one, case in acts])
    assert sum(isinstance(one, events.StatusEvent) for one in results) == 1
    assert results.count(None) == 3

    both = [one for _ in range(30) for one in (store, other)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda one: one.write_now(lambda t: record(t, mine, clock)), both))
    found = store.read_now(lambda t: events.timeline(t, mine.id))
    assert [one.sequence for one in found] == list(range(1, len(found) + 1))
    assert len(found) >= 60


def test_what_two_relays_take_at_once_goes_to_one_of_them(store: Store, other: Store, clock: Any) -> None:
    def owe(t: Transaction) -> None:
        for _ in range(500):
            outbox.owe(t, kind="inquiry", system="s", ref="r", body=b"", due_at=clock())

    store.write_now(owe)
    taken: Counter[int] = Counter()
    lock = threading.Lock()

    def relay(one: Store, lease: str) -> None:
        while rows := one.write_now(lambda t: outbox.take(t, clock(), 7, lease)):
            assert len(rows) <= 7
            with lock:
                taken.update(row.id for row in rows)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: relay((store, other)[n % 2], f"relay-{n}"), range(6)))
    assert set(taken.values()) == {1}
    assert len(taken) == 500


def test_rows_another_is_taking_are_not_waited_for(store: Store, other: Store, clock: Any) -> None:
    for _ in range(4):
        store.write_now(lambda t: outbox.owe(t, kind="inquiry", system="s", ref="r", body=b"", due_at=clock()))

    def take(t: Transaction) -> tuple[int, int]:
        mine = outbox.take(t, clock(), 2, "a")
        return len(mine), len(other.write_now(lambda o: outbox.take(o, clock(), 4, "b")))

    assert store.write_now(take) == (2, 2)


def test_only_one_claims(race: Race, store: Store, other: Store, clock: Any) -> None:
    def claim(lease: str) -> Callable[[Transaction], bool]:
        return lambda t: processes.claim(t, "sealer", lease, clock(), timedelta(seconds=5))

    results = race([(store, claim("a")), (store, claim("b")), (other, claim("c")), (other, claim("d"))])
    assert results.count(True) == 1
    assert results.count(False) == 3


def test_acts_that_lock_each_other_out_both_go_through(
    race: Race, store: Store, other: Store, open_case: OpenCase
) -> None:
    one, two = store.write_now(open_case).id, store.write_now(open_case).id

    def touch(*ids: str) -> Callable[[Transaction], None]:
        def act(t: Transaction) -> None:
            for case_id in ids:
                change = {"last_sequence": case_table.c.last_sequence + 1}
                t.execute(update(case_table).where(case_table.c.id == case_id).values(change))

        return act

    for _ in range(5):
        assert race([(store, touch(one, two)), (other, touch(two, one))]) == [None, None]
    counted = store.read_now(lambda t: t.execute(select(case_table.c.last_sequence)).scalars().all())
    assert counted == [10, 10]


def test_an_act_that_never_gets_through_is_told_so(store: Store, other: Store, open_case: OpenCase) -> None:
    case = store.write_now(open_case).id
    tries = 0

    def touch(t: Transaction) -> None:
        t.execute(update(case_table).where(case_table.c.id == case).values(last_stage="x"))

    def overtaken(t: Transaction) -> None:
        nonlocal tries
        tries += 1
        other.write_now(touch)
        touch(t)

    with pytest.raises(StoreUnavailable, match="concurrent update"):
        store.write_now(overtaken)
    assert tries == pool._TRIES


def test_an_act_that_goes_on_after_a_failed_statement_is_not_kept(store: Store, open_case: OpenCase) -> None:
    def swallow(t: Transaction) -> None:
        open_case(t)
        try:
            t.execute(text("SELECT 1 / 0"))
        except Exception:  # noqa: BLE001 - what an act must not do.
            return

    with pytest.raises(StoreUnavailable, match="went on"):
        store.write_now(swallow)
    assert store.read_now(cases.every) == []


def test_a_cursor_never_passes_an_event_on_its_way(
    store: Store, other: Store, open_case: OpenCase, accept: Callable[..., Inquiry], clock: Any
) -> None:
    slow, quick = store.write_now(open_case), store.write_now(open_case)
    begun, go_on = threading.Event(), threading.Event()

    def late(t: Transaction) -> Any:
        made = record(t, slow, clock)
        t.execute(text("SELECT 1"))  # Its position is drawn now, not at the commit.
        begun.set()
        go_on.wait(10)
        return made

    def since(cursor: int) -> list[StatusEvent]:
        return other.read_now(lambda t: events.since(t, SITE, cursor, 10))

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(store.write_now, late)
        begun.wait(10)
        second = other.write_now(lambda t: record(t, quick, clock))
        assert second is not None
        assert since(0) == []
        opener = threading.Timer(0.1, go_on.set)
        opener.start()
        first = waiting.result(10)
    assert since(0) == [first, second]
    assert since(since(0)[0].position) == [second]
    assert store.write_now(horizon.settled_position) is None
