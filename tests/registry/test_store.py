import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from registry import sqlite, subjects
from registry.inquiries import Inquiry
from registry.schema import Transaction, cases, idempotency
from registry.store import Store, StoreBusy, StoreUnavailable
from registry.subjects import Subject
from tests.postgres_server import ON_SQLITE

NOON = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
HERE = Path(__file__).parent
Accept = Callable[..., Inquiry]


def note(t: Transaction, key: str) -> str:
    row = {"participant": "p", "key": key, "body_hash": "h", "status": 200, "response": b"", "at": NOON}
    t.execute(idempotency.insert(), row)
    return key


def noted(t: Transaction) -> list[str]:
    return list(t.execute(select(idempotency.c.key).order_by(idempotency.c.key)).scalars())


async def test_a_result_is_visible_once_the_write_returns(store: Store) -> None:
    assert await store.write(lambda t: note(t, "a")) == "a"
    assert await store.read(noted) == ["a"]


async def test_waiting_writes_share_commits(store: Store) -> None:
    keys = [f"{number:03d}" for number in range(200)]
    results = await asyncio.gather(*(store.write(lambda t, key=key: note(t, key)) for key in keys))
    assert results == keys
    assert store.acts == 200
    assert store.commits < 20
    assert await store.read(noted) == keys


async def test_a_failing_act_hurts_only_its_caller(store: Store) -> None:
    def fail_late(t: Transaction) -> None:
        note(t, "half")
        raise KeyError("mine")

    acts: list[Callable[[Transaction], Any]] = []
    for number in range(50):
        acts += [lambda t, key=f"{number:02d}": note(t, key), fail_late]
    results = await asyncio.gather(*(store.write(act) for act in acts), return_exceptions=True)
    assert all(isinstance(result, KeyError) for result in results[1::2])
    assert await store.read(noted) == results[0::2]


async def test_a_broken_constraint_reaches_the_caller_as_it_is_and_undoes_the_act(store: Store) -> None:
    await store.write(lambda t: note(t, "a"))

    def twice(t: Transaction) -> None:
        note(t, "b")
        note(t, "a")

    with pytest.raises(IntegrityError):
        await store.write(twice)
    assert await store.read(noted) == ["a"]


async def test_an_act_that_ends_the_interpreter_ends_only_itself(store: Store) -> None:
    class Leave(BaseException): ...

    def leave(_: Transaction) -> None:
        raise Leave

    results = await asyncio.gather(store.write(leave), store.write(lambda t: note(t, "a")), return_exceptions=True)
    assert isinstance(results[0], Leave)
    assert results[1] == "a"


async def test_callers_on_several_loops_are_all_told(store: Store) -> None:
    heard: list[str] = []

    def other_loop(name: str) -> None:
        heard.append(asyncio.run(store.write(lambda t: note(t, name))))

    threads = [threading.Thread(target=other_loop, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    await store.write(lambda t: note(t, "here"))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert sorted(heard) == ["a", "b", "c"]


async def test_a_caller_that_went_away_does_not_stop_the_writer(store: Store) -> None:
    gone = asyncio.ensure_future(store.write(lambda t: note(t, "gone")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await store.write(lambda t: note(t, "next")) == "next"


async def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        await store.read(lambda t: note(t, "a"))


async def test_a_reader_sees_one_state_throughout(store: Store) -> None:
    def look_twice(t: Transaction) -> tuple[int, int]:
        first = len(noted(t))
        store.write_now(lambda w: note(w, "between"))
        return first, len(noted(t))

    assert await store.read(look_twice) == (0, 0)
    assert await store.read(noted) == ["between"]


async def test_after_close_writes_and_reads_are_refused(url: str, clock: Any) -> None:
    store = Store.open(url, clock=clock)
    waiting = [asyncio.ensure_future(store.write(lambda t, key=key: note(t, key))) for key in "abc"]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == ["a", "b", "c"]
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.write(lambda t: note(t, "d"))
    with pytest.raises(StoreUnavailable):
        store.write_now(lambda t: note(t, "d"))
    with pytest.raises(StoreUnavailable):
        await store.read(noted)


@ON_SQLITE
def test_a_second_writer_is_refused_with_the_pid_of_the_first(store: Store, url: str, clock: Any) -> None:
    with pytest.raises(StoreBusy, match=str(os.getpid())) as caught:
        Store.open(url, clock=clock)
    assert caught.value.pid == os.getpid()
    reader = Store.open_reader(url)
    store.write_now(lambda t: note(t, "a"))
    assert reader.read_now(noted) == ["a"]
    with pytest.raises(StoreUnavailable, match="reading only"):
        reader.write_now(lambda t: note(t, "b"))
    assert (reader.commits, reader.acts) == (0, 0)
    reader.close_now()


def test_the_lock_is_free_again_after_close(url: str, clock: Any) -> None:
    for _ in range(2):
        Store.open(url, clock=clock).close_now()


def test_there_must_be_a_database_to_read(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="hub init"):
        Store.open_reader(f"sqlite:///{tmp_path}/none.db")


@pytest.mark.parametrize(
    "address", ["postgresql://x", "postgresql+psycopg2://x/y", "mysql://x/y", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_names_no_database_is_refused(address: str, clock: Any) -> None:
    with pytest.raises(ValueError, match="HUB_DATABASE"):
        Store.open(address, clock=clock)


def test_a_file_that_is_no_database_is_unavailable_and_the_lock_is_given_back(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    for _ in range(2):
        with pytest.raises(StoreUnavailable, match="not a database"):
            Store.open(f"sqlite:///{path}", clock=clock)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path, clock: Any) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable):
        Store.open(f"sqlite:///{tmp_path}/file/hub.db", clock=clock)


@ON_SQLITE
async def test_a_full_disk_is_unavailable_and_heals(store: Store) -> None:
    pages = await store.write(lambda t: t.execute(text("PRAGMA page_count")).scalar_one())
    await store.write(lambda t: t.execute(text(f"PRAGMA max_page_count={pages + 2}")).scalar_one())

    def fill(t: Transaction) -> None:
        t.execute(text("INSERT INTO idempotency VALUES ('p', 'big', 'h', 200, :body, 0)"), {"body": b"x" * 100_000})

    results = await asyncio.gather(
        store.write(lambda t: note(t, "a")), store.write(fill), store.write(fill), return_exceptions=True
    )
    assert isinstance(results[1], StoreUnavailable)
    assert isinstance(results[2], StoreUnavailable)
    kept = [key for key in await store.read(noted) if key == "a"]
    assert kept == (["a"] if results[0] == "a" else [])
    await store.write(lambda t: t.execute(text("PRAGMA max_page_count=1000000")).scalar_one())
    assert await store.write(lambda t: note(t, "later")) == "later"


@ON_SQLITE
async def test_a_database_locked_from_outside_is_unavailable_until_it_is_free(store: Store, url: str) -> None:
    await store.write(lambda t: t.execute(text("PRAGMA busy_timeout=0")).close())
    outsider = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    outsider.execute("BEGIN IMMEDIATE")
    writes = (store.write(lambda t, key=key: note(t, key)) for key in "abc")
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(result, StoreUnavailable) for result in results)
    assert await store.read(noted) == []
    outsider.execute("ROLLBACK")
    outsider.close()
    assert await store.write(lambda t: note(t, "d")) == "d"


@ON_SQLITE
def test_closing_leaves_one_whole_file(url: str, clock: Any) -> None:
    store = Store.open(url, clock=clock)
    store.write_now(lambda t: note(t, "a"))
    assert store.read_now(noted) == ["a"]
    path = Path(url.removeprefix("sqlite:///"))
    store.close_now()
    assert sorted(one.name for one in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]


async def test_a_missing_schema_is_unavailable(tmp_path: Path, clock: Any) -> None:
    store = Store.open(f"sqlite:///{tmp_path}/new/hub.db", clock=clock)
    with pytest.raises(StoreUnavailable, match="no such table"):
        await store.write(lambda t: note(t, "a"))
    await store.close()


@ON_SQLITE
async def test_writes_are_synced_and_foreign_keys_hold(store: Store) -> None:
    def pragmas(t: Transaction) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [t.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]

    assert await store.write(pragmas) == ["wal", 2, 1]
    stranger = {"system": "s", "value": "1", "case_id": "none", "added_by": "x", "added_at": 0}
    orphan = text("INSERT INTO aliases VALUES (:system, :value, :case_id, :added_by, :added_at)")
    with pytest.raises(IntegrityError):
        await store.write(lambda t: t.execute(orphan, stranger))


def test_old_versions_are_refused_and_risky_ones_named() -> None:
    with pytest.raises(StoreUnavailable, match="too old"):
        sqlite.require_version((3, 34, 1))
    assert "two connections" in (sqlite.caution((3, 40, 1)) or "")
    assert sqlite.caution((3, 51, 3)) is None


async def test_many_accepts_at_once_are_all_there(store: Store, accept: Accept) -> None:
    made = await asyncio.gather(*(store.write(accept) for _ in range(300)))
    assert len({inquiry.code for inquiry in made}) == 300
    assert await store.read(lambda t: t.execute(select(func.count()).select_from(cases)).scalar_one()) == 300
    assert store.commits < 30


def test_a_time_without_zone_is_refused(store: Store, clock: Any) -> None:
    naive = clock().replace(tzinfo=None)
    with pytest.raises(StatementError, match="without zone"):
        store.write_now(lambda t: t.execute(select(cases.c.id).where(cases.c.opened_at == naive)))


async def test_a_look_up_sees_what_is_committed_and_nothing_half_done(store: Store, clock: Any) -> None:
    ensure = {"fingerprint": "f", "new_key": lambda: b"key", "now": clock()}
    assert await store.look_up(lambda t: subjects.get(t, "unknown")) is None
    made = await store.write(lambda t: subjects.ensure(t, **ensure))
    assert await store.look_up(lambda t: subjects.get(t, made.id)) == made

    def twice(t: Any) -> tuple[Any, Any]:
        before = subjects.get(t, made.id)
        store.write_now(lambda other: subjects.erase(other, made.id, clock()))
        return before, subjects.get(t, made.id)

    if store.dialect == "sqlite":  # One consistent state; PostgreSQL promises it for one statement.
        assert await store.look_up(twice) == (made, made)
        assert await store.look_up(lambda t: subjects.get(t, made.id)) == Subject(made.id, None)


async def test_a_look_up_that_fails_gives_the_connection_back(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.look_up(lambda t: t.exec_driver_sql("SELECT * FROM nowhere"))
    with pytest.raises(KeyError):
        await store.look_up(lambda _: {}["x"])
    assert await store.look_up(lambda t: t.exec_driver_sql("SELECT 1").scalar_one()) == 1
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.look_up(lambda _: None)
