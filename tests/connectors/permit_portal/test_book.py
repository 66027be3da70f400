from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.permit_portal.book import DECISIONS, Book, Refusal
from connectors.permit_portal.data import requests

START = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> Book:
    return Book(requests(START, 1), clock)


def decision(kind: str, reference: str = "r-1", **more: Any) -> dict[str, Any]:
    return {"issuerReference": reference, "decision": kind, "decidedAt": START.isoformat(), **more}


def refused(book: Book, number: str, asked: dict[str, Any]) -> str:
    with pytest.raises(Refusal) as caught:
        book.report(number, asked)
    return caught.value.code


def test_a_whole_life(book: Book) -> None:
    for place, (kind, more, slug) in enumerate(
        [
            ("UNDER_REVIEW", {}, "under_review"),
            ("APPROVE", {"permitNumber": "1405-1"}, "approved"),
            ("REVOKE", {"reason": "سند باطل شد"}, "revoked"),
        ]
    ):
        receipt = book.report("33109001", decision(kind, f"r-{place}", **more))
        assert receipt.slug == slug
        assert book.receipt(f"r-{place}") == receipt
    assert [step.slug for step in book.own("33109001").history] == ["submitted", "under_review", "approved", "revoked"]


def test_a_rejection_quotes_an_approved_condition(book: Book) -> None:
    assert refused(book, "33100001", decision("REJECT", reason="x")) == "condition_required"
    assert refused(book, "33100001", decision("REJECT", reason="x", conditionNumber="999")) == "condition_unknown"
    assert refused(book, "33100001", decision("REJECT", conditionNumber="102")) == "reason_required"
    assert book.report("33100001", decision("REJECT", reason="x", conditionNumber="102")).slug == "rejected"
    assert book.own("33100001").history[-1].reasons == ("شرط شماره 102", "x")


def test_a_refused_decision_leaves_no_trace(book: Book) -> None:
    before = book.own("33100001")
    refused(book, "33100001", decision("REJECT", reason="x"))
    assert book.own("33100001") == before
    with pytest.raises(Refusal, match="decision_not_found"):
        book.receipt("r-1")


def test_silence_issues_the_permit_at_its_deadline(book: Book, clock: Clock) -> None:
    clock.now = START + timedelta(days=31)
    request = book.own("33100001")
    assert request.slug == "auto_issued"
    assert request.responded_at == START + timedelta(days=30)
    assert refused(book, "33100001", decision("APPROVE")) == "deadline_passed"
    assert book.report("33100001", decision("REVOKE", reason="x")).slug == "revoked"


def test_a_defect_stops_the_deadline(book: Book, clock: Clock) -> None:
    clock.now = START + timedelta(days=60)
    assert book.own("33109005").slug == "defect"


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        ("33109002", "APPROVE", "deadline_passed"),
        ("33109003", "APPROVE", "already_decided"),
        ("33109004", "REVOKE", "already_decided"),
        ("33109005", "APPROVE", "wrong_state"),
        ("33109007", "REVOKE", "already_decided"),
        ("33109008", "UNDER_REVIEW", "already_decided"),
        ("9900001", "APPROVE", "request_not_found"),
        ("1", "APPROVE", "request_not_found"),
    ],
)
def test_misplaced_decisions(book: Book, number: str, kind: str, code: str) -> None:
    assert refused(book, number, decision(kind, reason="x")) == code


def test_decided_twice_and_repeated_reference(book: Book) -> None:
    book.report("33100001", decision("APPROVE"))
    assert refused(book, "33100002", decision("APPROVE")) == "reference_repeated"
    assert refused(book, "33100001", decision("APPROVE", "r-2")) == "already_decided"


def test_a_decision_from_the_future(book: Book) -> None:
    later = (START + timedelta(hours=1)).isoformat()
    assert refused(book, "33100001", decision("APPROVE") | {"decidedAt": later}) == "decided_in_future"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(DECISIONS)),
        st.sampled_from(["102", "999", ""]),
        st.integers(0, 3),
        st.integers(0, 20),
    ),
    max_size=12,
)
REQUESTS = requests(START, 1)
NEXT = {
    "submitted": {"under_review", "defect", "approved", "rejected", "auto_issued"},
    "under_review": {"under_review", "defect", "approved", "rejected", "auto_issued"},
    "approved": {"revoked"},
    "auto_issued": {"revoked"},
}


@given(STEPS)
@settings(max_examples=60)
def test_whatever_is_reported_the_law_holds(steps: list[tuple[str, str, int, int]]) -> None:
    clock = Clock()
    book = Book({"33109001": REQUESTS["33109001"]}, clock)
    recorded: dict[str, str] = {}
    for kind, condition, reference, days in steps:
        clock.now += timedelta(days=days)
        asked = decision(kind, f"r-{reference}", reason="x", conditionNumber=condition)
        try:
            receipt = book.report("33109001", asked)
        except Refusal:
            continue
        assert receipt.reference not in recorded
        recorded[receipt.reference] = receipt.slug
        assert receipt.slug != "rejected" or condition == "102"
    slugs = [step.slug for step in book.own("33109001").history]
    assert all(after in NEXT.get(before, set()) for before, after in pairwise(slugs))
    assert {reference: book.receipt(reference).slug for reference in recorded} == recorded


def test_the_same_seed_gives_the_same_requests() -> None:
    assert requests(START, 5) == requests(START, 5)
    assert requests(START, 5) != requests(START, 6)
