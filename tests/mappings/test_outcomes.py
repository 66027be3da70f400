from typing import Any

import pytest

OUTCOME = {
    "code": [{"path": "/ResCode"}, "text"],
    "text": {"path": "/ResMessage"},
    "table": {
        "00": "answered",
        "1": {"refused": "x.no", "text": {"fa": "نه", "en": "no"}},
        "9": {"retryable": "x.closed", "after": "next_open_day"},
        "": {"absent": "x.nothing"},
        "8": {"in_doubt": "x.doubt", "after": "PT5M"},
    },
}


@pytest.mark.parametrize(
    ("native", "kind", "code"),
    [
        ({"ResCode": "00"}, "answered", "system.answered"),
        ({"ResCode": 1}, "refused", "x.no"),
        ({"ResCode": "01"}, "broken", "system.unknown_code"),
        ({}, "absent", "x.nothing"),
        ({"ResCode": None}, "absent", "x.nothing"),
        ({"ResCode": {"a": 1}}, "broken", "system.unknown_code"),
        ({"ResCode": 1.0}, "broken", "system.unknown_code"),
        (None, "absent", "x.nothing"),
        ({"ResCode": 8}, "in_doubt", "x.doubt"),
    ],
)
def test_codes_are_looked_up_and_never_guessed(make: Any, native: Any, kind: str, code: str) -> None:
    verdict = make(outcome=OUTCOME).outcome(native)
    assert (verdict.kind, verdict.code) == (kind, code)


def test_the_far_sides_own_words_come_first(make: Any) -> None:
    mapping = make(outcome=OUTCOME)
    assert mapping.outcome({"ResCode": "1", "ResMessage": "به این دلیل"}).text == "به این دلیل"
    verdict = mapping.outcome({"ResCode": "1", "ResMessage": {"not": "text"}})
    assert verdict.text == "نه"
    assert verdict.texts == {"fa": "نه", "en": "no"}
    assert len(mapping.outcome({"ResCode": "1", "ResMessage": "x" * 10_000}).text) == 2000


def test_after_is_kept(make: Any) -> None:
    mapping = make(outcome=OUTCOME)
    assert mapping.outcome({"ResCode": 9}).after == "next_open_day"
    assert mapping.outcome({"ResCode": 8}).after == "PT5M"
    assert mapping.outcome({"ResCode": "00"}).after is None


def test_the_http_status_can_be_read(make: Any) -> None:
    outcome = {"code": {"path": "/$http/status"}, "table": {"200": "answered", "299": {"refused": "x.answered"}}}
    mapping = make(outcome=outcome)
    assert mapping.outcome({}, 299).code == "x.answered"
    assert mapping.outcome({"$http": {"status": 200}}).kind == "answered"
    assert mapping.outcome({}).kind == "broken"


def test_a_document_may_choose_what_unknown_means(make: Any) -> None:
    assert make(outcome={**OUTCOME, "unknown": {"refused": "x.other"}}).outcome({"ResCode": "77"}).code == "x.other"


def test_without_an_outcome_every_reply_is_an_answer(make: Any) -> None:
    assert make().outcome({"anything": 1}).kind == "answered"


@pytest.mark.parametrize(
    "entry",
    [
        "answred",
        {"refused": ""},
        {"refused": 5},
        {},
        {"refused": "a", "broken": "b"},
        {"text": {}},
        5,
        None,
        {"refused": "a", "after": "soon"},
        {"refused": "a", "after": "P"},
        {"refused": "a", "text": "no"},
        {"refused": "a", "afer": "PT1M"},
    ],
)
def test_entries_that_are_none(faults: Any, entry: Any) -> None:
    found = faults(outcome={"code": {"path": "/c"}, "table": {"1": entry}})
    assert found[0].pointer.startswith("/outcome/table/1")
