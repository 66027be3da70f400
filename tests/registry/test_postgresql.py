"""What only PostgreSQL has: a server that goes away, notices, settings of others."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from registry import cases, outbox, pool, postgresql
from registry.cases import Case
from registry.schema import Transaction
from registry.store import OutcomeUnknown, Store, StoreUnavailable
from tests.postgres_server import PostgresServer, postgres_server

SITE = "IR/MUN/tehran"

OpenCase = Callable[..., Case]
Race = Callable[[Sequence[tuple[Store, Callable[[Transaction], Any]]]], list[Any]]


@pytest.fixture
def database() -> str:
    return "postgresql"


@pytest.fixture
def own_server(empty_postgres: str) -> Iterator[PostgresServer]:
    """A server that the test may stop."""
    with postgres_server() as server:
        yield server


async def test_a_server_that_stops_is_unavailable_and_works_again(
    own_server: PostgresServer, clock: Any, open_case: OpenCase
) -> None:
    from registry import schema_upgrade

    url = own_server.url(own_server.database())
    schema_upgrade.upgrade(url)
    store = Store.open(url, clock=clock)
    heard = threading.Semaphore(0)
    stop = store.listen(heard.release)
    assert await asyncio.to_thread(heard.acquire, timeout=10)
    kept = [await store.write(open_case) for _ in range(3)]
    assert len(await store.read(cases.every)) == 3
    for how in (signal.SIGINT, signal.SIGQUIT):
        own_server.stop(how)
        results = await asyncio.gather(*(store.write(open_case) for _ in range(9)), return_exceptions=True)
        assert all(isinstance(one, StoreUnavailable) for one in results)
        assert not any(isinstance(one, OutcomeUnknown) for one in results)
        with pytest.raises(StoreUnavailable):
            await store.read(cases.every)
        with pytest.raises(StoreUnavailable):
            Store.open(url, clock=clock)
        with pytest.raises(StoreUnavailable):
            Store.open_reader(url)
        own_server.start()
        assert {one.id for one in await store.read(cases.every)} == {one.id for one in kept}
        kept += await asyncio.gather(*(store.write(open_case) for _ in range(9)))
        assert await asyncio.to_thread(heard.acquire, timeout=10)  # Something may have been missed meanwhile.
    own_server.stop()
    own_server.start()  # Restarted unseen: the old connections are dead, and nobody hears of it.
    assert len(await store.read(cases.every)) == len(kept)
    await asyncio.gather(*(store.write(open_case) for _ in range(9)))
    stop()
    stop()
    await store.close()


@pytest.mark.parametrize("committed", [True, False])
async def test_a_lost_answer_to_a_commit_is_asked_for(
    store: Store, postgres: PostgresServer, open_case: OpenCase, monkeypatch: Any, *, committed: bool
) -> None:
    real = postgresql.commit
    lost = []

    def commit(driver: Any) -> None:
        if not lost:
            lost.append(driver)
            if committed:
                real(driver)
            driver.close()
        real(driver)

    monkeypatch.setattr(postgresql, "commit", commit)
    made = await store.write(open_case)
    assert lost
    found = await store.read(cases.every)
    assert [one.id for one in found] == [made.id]


async def test_an_answer_nobody_can_give_is_said_to_be_unknown(
    store: Store, open_case: OpenCase, monkeypatch: Any
) -> None:
    def commit(driver: Any) -> None:
        driver.close()
        driver.commit()

    def away(url: str, number: int) -> bool | None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(postgresql, "commit", commit)
    monkeypatch.setattr(postgresql, "was_kept", away)
    monkeypatch.setattr(pool, "_RESOLVE_SECONDS", 0.2)
    with pytest.raises(OutcomeUnknown):
        await store.write(open_case)


def test_relays_hear_of_rows_that_nobody_holds(store: Store, other: Store, clock: Any) -> None:
    heard = threading.Semaphore(0)
    stop = other.listen(heard.release)
    assert heard.acquire(timeout=10)  # Once at the start.

    def owe(t: Transaction, lease: str = "") -> int:
        return outbox.owe(t, kind="inquiry", system="s", ref="r", body=b"", due_at=clock(), lease=lease).id

    def fails(t: Transaction) -> None:
        owe(t)
        raise KeyError

    store.write_now(lambda t: owe(t, "me"))
    with pytest.raises(KeyError):
        store.write_now(fails)
    assert not heard.acquire(timeout=0.2)
    row = store.write_now(owe)
    assert heard.acquire(timeout=10)
    store.write_now(lambda t: outbox.queued(t, [row], lease="gone"))
    store.write_now(lambda t: outbox.postpone(t, row, clock(), "me"))
    store.write_now(lambda t: outbox.adopt(t, "me", []))
    assert not heard.acquire(timeout=0.2)
    store.write_now(lambda t: outbox.postpone(t, row, clock()))
    assert heard.acquire(timeout=10)
    store.write_now(lambda t: outbox.queued(t, [row], lease="gone"))
    store.write_now(lambda t: outbox.adopt(t, "me", []))
    assert heard.acquire(timeout=10)
    stop()
    store.write_now(owe)
    assert not heard.acquire(timeout=0.2)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_listening_ends_with_the_store(store: Store, database: str) -> None:
    assert store.dialect == database
    stop = store.listen(lambda: None)
    store.close_now()
    stop()


def test_a_server_too_old_or_of_another_encoding_is_refused(postgres: PostgresServer, clock: Any) -> None:
    postgres.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreUnavailable, match="LATIN1"):
        Store.open(postgres.url("latin"), clock=clock)
    postgres.drop("latin")
    with pytest.raises(StoreUnavailable, match="does not exist"):
        Store.open_reader(postgres.url("latin"))


def test_commits_are_durable_whatever_the_server_says(postgres: PostgresServer, url: str, clock: Any) -> None:
    name = url.split("/")[3].split("?", maxsplit=1)[0]
    postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    store = Store.open(url, clock=clock)
    show = text("SHOW synchronous_commit")
    assert store.write_now(lambda t: t.execute(show).scalar_one()) == "on"
    store.close_now()


def test_without_a_schema_the_store_says_so(postgres: PostgresServer, clock: Any, open_case: OpenCase) -> None:
    name = postgres.database()
    store = Store.open(postgres.url(name), clock=clock)
    with pytest.raises(StoreUnavailable, match="does not exist"):
        store.write_now(open_case)
    store.close_now()
    postgres.drop(name)
