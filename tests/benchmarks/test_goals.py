"""Verdicts follow from the numbers, and what is missing is never judged."""

from pathlib import Path

import orjson
import pytest

from benchmarks.goals import Goal, goals

RESULTS = Path(__file__).with_name("results.json")


@pytest.fixture
def parts():
    return orjson.loads(RESULTS.read_bytes())["parts"]


def judged(parts) -> dict[tuple[str, str], Goal]:
    found = goals(parts)
    named = {(goal.what, goal.whose): goal for goal in found}
    assert len(named) == len(found), "two lines have one name"
    return named


@pytest.mark.parametrize(
    ("measured", "at_most", "verdict"),
    [
        (1.49, False, "not reached"),
        (1.5, False, "reached"),
        (2.0, False, "aim reached"),
        (None, False, "not measured"),
        (1.51, True, "not reached"),
        (1.5, True, "reached"),
        (1.0, True, "aim reached"),
    ],
)
def test_the_bound_itself_is_reached(measured, at_most, verdict):
    least, aim = (1.5, 1.0) if at_most else (1.5, 2.0)
    assert Goal("x", "hub", least, aim, measured, at_most=at_most).verdict == verdict


@pytest.mark.parametrize(
    ("what", "hub", "measured", "verdict"),
    [
        # Against the faster of FastStream's two, here the one as documented.
        ("completed/s against tuned FastStream", "hub-rabbitmq", 1.6, "reached"),
        ("completed/s against tuned FastStream", "hub-sqlite", 1.5, "reached"),
        ("completed/s against tuned Celery", "hub-rabbitmq", 5.0, "aim reached"),
        ("completed/s against tuned Node-RED", "hub-rabbitmq", None, "not measured"),
        ("completed/s against the bare prototype", "hub-rabbitmq", 0.8, "aim reached"),
        ("completed/s against the bare prototype", "hub-sqlite", 0.375, "not reached"),
        ("CPU per inquiry in the hub's processes", "hub-rabbitmq", 390, "aim reached"),
        ("CPU per inquiry in the hub's processes", "hub-sqlite", 700, "reached"),
        ("fsyncs per 1,000 inquiries, 32 connections", "hub-rabbitmq", 351, "not reached"),
        ("fsyncs per 1,000 inquiries, 32 connections", "hub-sqlite", 210, "reached"),
        ("fsyncs per 1,000 inquiries, 128 connections", "hub-sqlite", None, "not measured"),
        ("completed/s at +2 ms fsync against plain", "hub-rabbitmq", 0.5, "reached"),
        ("completed/s at +2 ms fsync against plain", "hub-sqlite", 0.2, "not reached"),
        ("accept p99 at 250/s against FastStream", "hub-sqlite", 1.2, "reached"),
        ("accept p99 at 250/s against FastStream", "hub-rabbitmq", None, "not measured"),
        ("end to end p99 at 250/s", "hub-sqlite", 50.01, "not reached"),
        ("accepted while the broker is down", "hub-rabbitmq", 99.95, "not reached"),
        ("lost after any SIGKILL", "hub-sqlite", 0, "reached"),
        ("effects repeated", "hub-sqlite", 0, "reached"),
        ("1,000,000 queued: the worker's rate", "hub-rabbitmq", 0.6, "reached"),
        ("1,000,000 queued: work again after kill -9 of the broker", "hub-rabbitmq", 19.5, "aim reached"),
        ("memory of a gateway process", "hub-rabbitmq", 121.5, "reached"),
        ("memory of a worker process", "hub-rabbitmq", 79.0, "aim reached"),
        ("memory of the one process under load", "hub-sqlite", pytest.approx(104.86, abs=0.01), "reached"),
        (
            "growth of a gateway process with the backlog",
            "hub-rabbitmq",
            pytest.approx(10.4545, abs=1e-3),
            "not reached",
        ),
        ("growth of a worker process with the backlog", "hub-rabbitmq", pytest.approx(5.333, abs=1e-3), "reached"),
        ("look-up at 1 M stored against 10 k, sqlite", "hub-sqlite", 3.0, "not reached"),
        ("insert at 1 M stored against 10 k, sqlite", "hub-sqlite", 2.0, "aim reached"),
        ("insert at 1 M stored against 10 k, postgres", "hub-rabbitmq", None, "not measured"),
    ],
)
def test_every_line_comes_from_its_numbers(parts, what, hub, measured, verdict):
    goal = judged(parts)[what, hub]
    assert (goal.measured, goal.verdict) == (measured, verdict)


def test_a_kill_that_could_not_be_measured_leaves_the_loss_open_and_says_why(parts):
    goal = judged(parts)["lost after any SIGKILL", "hub-rabbitmq"]
    assert (goal.verdict, goal.note) == ("not measured", "the broker does not come up")


def test_one_lost_inquiry_is_enough(parts):
    parts["kills"]["found"][0]["lost"] = 1
    assert judged(parts)["lost after any SIGKILL", "hub-sqlite"].verdict == "not reached"


def test_what_was_accepted_without_a_broker_and_never_answered_is_lost(parts):
    del parts["kills"]["found"][-1]
    parts["broker-down"]["found"][0]["answered"] = 1990
    assert judged(parts)["lost after any SIGKILL", "hub-rabbitmq"].measured == 9


def test_a_smaller_backlog_is_not_taken_for_a_million(parts):
    found = parts["backlog"]["found"]
    found["count"] = found["steps"][-1]["backlog"] = 50_000
    lines = judged(parts)
    for what in ("1,000,000 queued: the worker's rate", "memory of a worker process"):
        assert lines[what, "hub-rabbitmq"].verdict == "not measured"
        assert "50,000" in lines[what, "hub-rabbitmq"].note


def test_without_results_nothing_is_judged():
    assert {goal.verdict for goal in goals({})} == {"not measured"}
