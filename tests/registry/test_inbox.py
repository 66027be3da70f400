from datetime import timedelta
from typing import Any

import pytest

from registry import cases, codes, inbox, inquiries
from registry.inbox import InboxItem
from registry.store import Store

UNIT, OTHER = "IR/MUN/archive", "IR/MUN/other"


@pytest.fixture
def asked(store: Store, clock: Any) -> list[str]:
    """Three inquiries, oldest first."""

    def act(t: Any) -> list[str]:
        case = cases.open_case(
            t,
            issue=lambda: codes.issue(5, 1),
            service="s",
            channel="G2G",
            lead_agency="IR/MUN/x",
            owner="IR/MUN/x",
            subject_id=None,
            applicant_sealed=None,
            now=clock(),
        )
        made = [f"0192f0c1-0000-7000-8000-00000000000{number}" for number in (1, 2, 3)]
        for name in made:
            inquiries.accept(
                t,
                inquiries.NewInquiry(
                    id=name,
                    case_id=case.id,
                    code=case.code,
                    service="s",
                    system="inbox",
                    operation="question",
                    effect="idempotent",
                    owner="IR/MUN/x",
                    purpose="p",
                    legal_basis="b",
                    channel="G2G",
                    subject_id=None,
                    payload_sealed=b"sealed",
                    accepted_at=clock(),
                ),
            )
        return made

    return store.write_now(act)


def test_an_inquiry_lies_in_an_inbox_once(store: Store, clock: Any, asked: list[str]) -> None:
    item = InboxItem(asked[0], UNIT, clock(), clock() + timedelta(days=10), "lease-1")
    assert store.write_now(lambda t: inbox.deliver(t, item)) is True
    assert store.write_now(lambda t: inbox.deliver(t, InboxItem(asked[0], OTHER, clock(), None, ""))) is False
    assert store.read_now(lambda t: inbox.get(t, asked[0])) == item
    assert store.read_now(lambda t: inbox.get(t, "nothing")) is None


def test_a_page_shows_the_units_own_and_what_is_open(store: Store, clock: Any, asked: list[str]) -> None:
    for name, unit in zip(asked, (UNIT, OTHER, UNIT), strict=True):
        store.write_now(lambda t, name=name, unit=unit: inbox.deliver(t, InboxItem(name, unit, clock(), None, "")))

    def shown(*units: str, closed: bool = False, limit: int = 10, after: str | None = None) -> list[str]:
        found = store.read_now(lambda t: inbox.page(t, units, closed=closed, limit=limit, after=after))
        return [item.inquiry_id for item in found]

    assert shown(UNIT) == [asked[0], asked[2]]
    assert shown(UNIT, OTHER, limit=2) == asked[:2]
    assert shown(UNIT, after=asked[0]) == [asked[2]]
    assert shown() == []
    store.write_now(lambda t: inbox.close(t, asked[0], now=clock()))
    assert (shown(UNIT), shown(UNIT, closed=True)) == ([asked[2]], [asked[0]])


def test_who_has_taken_an_item_is_kept_and_forgotten(store: Store, clock: Any, asked: list[str]) -> None:
    store.write_now(lambda t: inbox.deliver(t, InboxItem(asked[0], UNIT, clock(), None, "")))
    store.write_now(lambda t: inbox.claim(t, asked[0], by="IR/MUN/x", clerk="سارا", now=clock()))
    taken = store.read_now(lambda t: inbox.get(t, asked[0]))
    assert taken is not None
    assert (taken.claimed_by, taken.clerk, taken.claimed_at) == ("IR/MUN/x", "سارا", clock())
    store.write_now(lambda t: inbox.claim(t, asked[0], by=None, clerk=None, now=clock()))
    free = store.read_now(lambda t: inbox.get(t, asked[0]))
    assert free is not None
    assert (free.claimed_by, free.clerk, free.claimed_at) == (None, None, None)
