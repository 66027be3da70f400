import asyncio
import threading
from typing import Any

import pytest

from registry import subjects
from registry.store import Store, StoreUnavailable
from tests.postgres_server import ON_SQLITE


def test_a_loop_that_closed_meanwhile_does_not_stop_the_writer(store: Store) -> None:
    go_on = threading.Event()
    entered = threading.Event()

    def slow(_: Any) -> None:
        entered.set()
        go_on.wait(10)

    async def give_up() -> None:
        waiting = asyncio.ensure_future(store.write(slow))
        await asyncio.to_thread(entered.wait, 10)
        waiting.cancel()

    asyncio.run(give_up())
    go_on.set()
    assert store.write_now(lambda _: "next") == "next"


@ON_SQLITE
def test_what_waits_while_one_commits_is_one_batch(store: Store) -> None:
    go_on = threading.Event()
    entered = threading.Event()

    def slow(_: Any) -> None:
        entered.set()
        go_on.wait(10)

    async def crowd() -> None:
        first = asyncio.ensure_future(store.write(slow))
        await asyncio.to_thread(entered.wait, 10)
        rest = [asyncio.ensure_future(store.write(lambda _: None)) for _ in range(200)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(first, *rest)

    asyncio.run(crowd())
    assert (store.commits, store.acts) == (2, 201)


def test_a_closed_store_reads_nothing(store: Store) -> None:
    store.close_now()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.read_now(lambda t: subjects.get(t, "x"))
