from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from registry import nonces
from registry.store import Store


def test_a_nonce_is_used_once_by_its_kind_and_parts(store: Store, clock: Any) -> None:
    def use(kind: str, *parts: str) -> bool:
        until = clock() + timedelta(minutes=6)
        return store.write_now(lambda t: nonces.use(t, kind, *parts, until=until))

    assert use("assertion", "IR/GOV/permits", "1")
    assert not use("assertion", "IR/GOV/permits", "1")
    assert use("assertion", "IR/GOV/permits", "2")
    assert use("assertion", "IR/GOV/permits1", "")
    assert use("wss", "IR/GOV/permits", "1")
    clock.forward(minutes=6)
    assert use("wss", "young")
    assert store.write_now(lambda t: nonces.forget(t, clock())) == 4
    assert not use("wss", "young")


@pytest.mark.parametrize("database", ["postgresql"])
def test_of_two_processes_one_is_first(url: str, clock: Any) -> None:
    stores = [Store.open(url, clock=clock) for _ in range(2)]
    until = clock() + timedelta(minutes=6)

    def use(turn: int) -> bool:
        return stores[turn % 2].write_now(lambda t: nonces.use(t, "wss", f"m-{turn // 4}", until=until))

    try:
        with ThreadPoolExecutor(8) as threads:
            firsts = list(threads.map(use, range(80)))
    finally:
        for store in stores:
            store.close_now()
    assert [sum(firsts[group : group + 4]) for group in range(0, 80, 4)] == [1] * 20


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_restart_forgets_nothing(url: str, clock: Any) -> None:
    for expected in (True, False):
        store = Store.open(url, clock=clock)
        until = clock() + timedelta(minutes=6)
        assert store.write_now(lambda t, until=until: nonces.use(t, "wss", "m", until=until)) is expected
        store.close_now()
