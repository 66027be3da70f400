"""What decides about a run before anything is measured: options, lengths, progress, medians."""

from types import SimpleNamespace

import pytest

from benchmarks.__main__ import read
from benchmarks.kills import victims
from benchmarks.length import FEWEST, MOST, QUICK, Length, Pace
from benchmarks.parts import PARTS
from benchmarks.progress import Progress
from benchmarks.rounds import ratio, spread, summed_up
from benchmarks.subjects.all import SUBJECTS
from benchmarks.tables import Column, aligned, cell, markdown, table
from benchmarks.trial import Cost


def test_every_part_is_run_on_its_own_subjects_when_nothing_is_named():
    given, length, parts = read([])
    assert list(parts) == list(PARTS)
    assert parts["throughput"] == list(SUBJECTS)
    assert parts["backlog"] == ["hub-rabbitmq"]
    assert length == Length()
    assert given.json is None


def test_options_change_length_and_subjects():
    _, length, parts = read(
        ["backlog", "latency", "--count", "5000", "--rounds", "1", "--subjects", "hub-sqlite,celery"]
    )
    assert (length.count, length.backlog, length.rounds) == (5000, 5000, 1)
    assert parts == {"backlog": ["hub-sqlite", "celery"], "latency": ["hub-sqlite", "celery"]}
    assert read(["--quick"])[1] == QUICK


@pytest.mark.parametrize("arguments", [["thruput"], ["--subjects", "hub-sqlite,nobody"], ["--rounds", "many"]])
def test_what_is_not_known_ends_the_program_before_anything_starts(arguments):
    with pytest.raises(SystemExit) as ended:
        read(arguments)
    assert ended.value.code == 2


def test_every_part_names_subjects_that_exist_and_fits_into_an_hour():
    assert {name for part in PARTS.values() for name in part.subjects} <= set(SUBJECTS)
    assert sum(part.minutes for part in PARTS.values()) <= 60


def test_a_loop_is_sized_by_what_its_subject_did_before():
    pace = Pace(Length(seconds=5))
    assert pace.count("hub-sqlite", warm_rate=400) == 2000
    pace.learn("hub-sqlite", 1000)
    assert pace.count("hub-sqlite", warm_rate=400) == 5000
    assert pace.count("slow", warm_rate=1) == FEWEST
    assert pace.count("fast", warm_rate=1e6) == MOST
    assert Pace(Length(count=77)).count("fast", warm_rate=1e6) == 77


def test_the_time_left_comes_from_the_plan_first_and_then_from_the_pace():
    now, told = [0.0], []
    progress = Progress("latency", minutes=6, after=10, clock=lambda: now[0], tell=told.append)
    progress.expect(4)
    progress.step("first")
    now[0] = 60.0
    progress.step("second")
    assert told == [
        "[latency 1/4] first – about 6 min left, 16 with the parts after it",
        "[latency 2/4] second – about 3 min left, 13 with the parts after it",
    ]
    assert progress.taken == 1.0


def test_the_median_is_of_all_rounds_and_the_spread_is_kept():
    row = summed_up([{"rate": 10.0, "lost": 0}, {"rate": 40.0, "lost": 1}, {"rate": 20.0, "lost": 0}])
    assert row["rate"] == {"median": 20.0, "low": 10.0, "high": 40.0}
    assert row["rounds"]["median"] == 3
    with pytest.raises(ValueError, match="round"):
        spread([])


def test_a_ratio_needs_both_numbers():
    assert ratio(3, 2) == 1.5
    assert ratio(0, 2) == 0
    assert ratio(None, 2) is None
    assert ratio(3, None) is None
    assert ratio(3, 0) is None


def test_what_is_accepted_and_not_answered_counts_as_lost():
    cost = Cost("x", 100, 97, 2, 50.0, 40.0, 1, 2, 3, 4, 500, 90, 120, 64, 1, {"gateway": 300.0})
    numbers = cost.numbers()
    assert numbers["lost"] == 3
    assert numbers["cpu_gateway"] == 300.0
    assert "subject" not in numbers


def test_tables_show_medians_and_leave_open_what_is_missing():
    rows = {"floor": {"completed_rate": spread([100])}, "hub": {"completed_rate": spread([40, 50, 70])}}
    lines = table(rows, (Column("completed/s", "completed_rate"), Column("p99", "end_p99", 1)), against="floor")
    assert lines == [
        ["", "completed/s", "p99", "× floor"],
        ["floor", "100", "–", "1.00"],
        ["hub", "50 (40–70)", "–", "0.50"],
    ]
    assert cell(spread([1.04, 1.01]), 1) == "1.0"
    assert aligned([["a", "b"], ["long", "1"]]) == "a     b\nlong  1"
    assert markdown([["a", "b"], ["c", "1"]]) == "| a | b |\n| --- | ---: |\n| c | 1 |"


def test_every_process_of_a_subject_and_its_broker_is_killed():
    assert victims(SUBJECTS["hub-rabbitmq"]) == ["gateway", "worker", "rest", "broker"]
    assert victims(SUBJECTS["hub-sqlite"]) == ["hub"]
    assert victims(SUBJECTS["procrastinate-tuned"]) == ["gateway", "worker"]
    assert victims(SimpleNamespace(roles=("gateway",), needs=frozenset({"rabbitmq"}))) == ["gateway", "broker"]
