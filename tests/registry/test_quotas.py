"""The counters of quotas and drifts, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from registry import drifts, quotas
from registry.quotas import QuotaExhausted
from registry.store import Store

AGENCY, SERVICE = "IR/MUN/tehran", "civil_registry.identity"


def test_a_quota_is_counted_up_to_its_last_call_and_begins_anew_at_midnight_in_tehran(store: Store, clock: Any) -> None:
    def use(quota: int = 2) -> None:
        store.write_now(lambda t: quotas.use(t, AGENCY, SERVICE, quota, now=clock()))

    clock.now = datetime(2026, 11, 21, 20, 29, tzinfo=UTC)  # 23:59 in Tehran.
    use()
    use()
    with pytest.raises(QuotaExhausted) as used_up:
        use()
    assert used_up.value.resets_at == datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
    assert used_up.value.wait == timedelta(minutes=1)
    use(3)  # A larger quota counts on.
    assert store.read_now(lambda t: quotas.used(t, AGENCY, SERVICE, now=clock())) == 3
    clock.forward(minutes=1)
    assert store.read_now(lambda t: quotas.used(t, AGENCY, SERVICE, now=clock())) == 0
    use()
    with pytest.raises(QuotaExhausted):
        use(0)
    assert store.write_now(lambda t: quotas.forget(t, date(2026, 11, 22))) == 1


def test_what_is_not_accepted_is_not_counted_and_nobody_gets_the_last_place_twice(store: Store, clock: Any) -> None:
    def refused(t: Any) -> None:
        quotas.use(t, AGENCY, SERVICE, 5, now=clock())
        raise LookupError("something else is wrong")

    with pytest.raises(LookupError):
        store.write_now(refused)

    def use(_: int) -> bool:
        try:
            store.write_now(lambda t: quotas.use(t, AGENCY, SERVICE, 5, now=clock()))
        except QuotaExhausted:
            return False
        return True

    with ThreadPoolExecutor(8) as callers:
        assert sum(callers.map(use, range(20))) == 5


def test_a_restart_forgets_no_call(url: str, clock: Any) -> None:
    for quota_left in (True, False):
        store = Store.open(url, clock=clock)
        try:
            if quota_left:
                store.write_now(lambda t: quotas.use(t, AGENCY, SERVICE, 1, now=clock()))
            else:
                with pytest.raises(QuotaExhausted):
                    store.write_now(lambda t: quotas.use(t, AGENCY, SERVICE, 1, now=clock()))
        finally:
            store.close_now()


def test_drifts_are_counted_together(store: Store, clock: Any) -> None:
    def record(pointer: str, inquiry: str, count: int = 1) -> None:
        store.write_now(
            lambda t: drifts.record(
                t, system="post", operation="address", pointer=pointer, kind="field", count=count, inquiry_id=inquiry,
                at=clock(),
            )
        )  # fmt: skip

    begun = clock()
    record("/Data/*/Alley", "i-1")
    clock.forward(minutes=5)
    record("/Data/*/Alley", "i-2", 4)
    record("/Data/*/Lane", "i-2")
    found = store.read_now(lambda t: drifts.every(t, "post"))
    assert [(one.pointer, one.count, one.inquiry_id) for one in found] == [
        ("/Data/*/Alley", 5, "i-2"),
        ("/Data/*/Lane", 1, "i-2"),
    ]
    assert (found[0].first_at, found[0].last_at) == (begun, clock())
    assert store.read_now(lambda t: drifts.every(t, "setad")) == []
    assert store.read_now(lambda t: drifts.sealed_sample(t, "i-2")) is None
