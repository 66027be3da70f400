import json
from typing import Any

from mappings.shadow import RecordedExchange, shadow_run

BACK = {
    "from_native": {"reference": [{"path": "/code"}, "text"]},
    "to_native": {"Unit": {"path": "/unit_id"}, "Main": {"path": "/plaque/main"}},
    "outcome": {"code": {"path": "/ok"}, "table": {"1": "answered", "2": {"refused": "system.no"}}},
}
ASKED = {"unit_id": "1001", "section_code": "2", "subsection_code": "0", "plaque": {"main": "84"}}


def exchange(number: int, reply: Any) -> RecordedExchange:
    return RecordedExchange(f"id-{number}", ASKED, {}, reply)


def test_the_same_document_finds_nothing(make: Any) -> None:
    same = make(**BACK)
    run = shadow_run(same, make(**BACK, version=2), [exchange(1, {"ok": 1, "code": "A"}), exchange(2, {"ok": 2})])
    assert (run.exchanges, run.differences, run.failures, run.mended) == (2, (), (), ())


def test_fields_that_come_out_otherwise_are_counted_and_hidden(make: Any) -> None:
    new = {**BACK, "from_native": {"reference": [{"path": "/code"}, "text"], "recorded_at": {"path": "/at"}}}
    new["to_native"] = {"Unit": {"path": "/unit_id"}, "Main": [{"path": "/plaque/main"}, "integer"]}
    reply = {"ok": 1, "code": "secret-7", "at": "2026-08-20T10:00:00Z"}
    run = shadow_run(make(**BACK), make(**new), [exchange(1, reply), exchange(2, reply)])
    assert run.fields == {"request/Main": 2, "answer/recorded_at": 2}
    first = run.differences[0].shown()
    assert first == {
        "exchange": "id-1",
        "part": "request",
        "pointer": "/Main",
        "before": "2 characters",
        "after": "a number",
    }
    assert run.differences[1].shown()["before"] == "nothing"
    assert "2026" not in json.dumps([item.shown() for item in run.differences])
    assert run.differences[1].shown(reveal=True)["after"] == "'2026-08-20T10:00:00Z'"


def test_failures_and_what_is_mended_are_told_apart(make: Any) -> None:
    new = {**BACK, "from_native": {"reference": [{"path": "/number"}, "text"]}}
    run = shadow_run(
        make(**BACK), make(**new), [exchange(1, {"ok": 1, "code": "A"}), exchange(2, {"ok": 1, "number": "B"})]
    )
    assert (run.failures, run.mended) == (("id-1",), ("id-2",))
    assert run.differences[0].shown()["after"] == "mapping.missing at /reference"


def test_another_judgement_is_a_difference_shown_in_words(make: Any) -> None:
    new = {**BACK, "outcome": {"code": {"path": "/ok"}, "table": {"1": "answered", "2": {"retryable": "system.later"}}}}
    run = shadow_run(make(**BACK), make(**new), [exchange(1, {"ok": 2}), exchange(2, {"ok": 1, "code": "A"})])
    assert [(item.pointer, item.shown()["after"]) for item in run.differences] == [
        ("/kind", "'retryable'"),
        ("/code", "'system.later'"),
    ]


def test_an_exchange_without_a_reply_is_compared_by_its_request(make: Any) -> None:
    new = {**BACK, "to_native": {"Unit": {"path": "/section_code"}}}
    run = shadow_run(make(**BACK), make(**new), [RecordedExchange("id-1", ASKED, {})])
    assert run.fields == {"request/Unit": 1, "request/Main": 1}
    asked_after = RecordedExchange("id-2", {}, {}, {"ok": 1, "code": "A"}, asks=False)
    assert shadow_run(make(**BACK), make(**new), [asked_after]).differences == ()
