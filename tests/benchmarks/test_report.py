"""Kept results become the page's Markdown by one command."""

import re
from pathlib import Path

import orjson
import pytest

from benchmarks import report
from benchmarks.parts import PARTS

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).with_name("results.json")


@pytest.fixture
def run():
    return orjson.loads(RESULTS.read_bytes())


def cells(text: str, start: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {start}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_goals_are_shown_with_bound_measure_verdict_and_what_was_compared(run):
    text = report.rendered(report.joined([run]))
    assert cells(text, "completed/s against tuned FastStream | hub-rabbitmq") == [
        "completed/s against tuned FastStream", "hub-rabbitmq", "1.5×", "2×", "1.60×", "reached",
        "1,600 against 1,000 of faststream",
    ]  # fmt: skip
    assert cells(text, "fsyncs per 1,000 inquiries, 32 connections | hub-rabbitmq")[2:6] == [
        "≤ 350", "≤ 200", "351", "**not reached**",
    ]  # fmt: skip
    assert cells(text, "lost after any SIGKILL | hub-rabbitmq")[4:6] == ["–", "not measured"]


def test_medians_carry_their_spread_and_the_ratio(run):
    text = report.rendered(report.joined([run]))
    table = text.partition(PARTS["throughput"].title)[2].partition(PARTS["connections"].title)[0]
    line = cells(table, "hub-sqlite |")
    assert "1,500 (1,400–1,600)" in line
    assert line[-1] == "0.94"
    assert "210" in line, "a number that no round changed stands alone"


def test_machine_date_commands_and_what_is_missing_are_named(run):
    text = report.rendered(report.joined([run]))
    for sentence in ("Synthetic", "2026-11-22", run["command"], "Left out: dramatiq (not installed)."):
        assert sentence in text
    assert "Not measured; `python -m benchmarks connections`." in text
    assert "no measurement" not in text


def test_a_quick_run_is_called_one(run):
    run["quick"] = True
    assert "no measurement:** backlog, broker-down" in report.rendered(report.joined([run]))


def test_a_later_file_replaces_the_parts_it_has(run):
    later = {**run, "command": "later", "date": "2026-11-23", "parts": {"kills": {"minutes": 1.0, "found": []}}}
    both = report.joined([run, later])
    assert both["parts"]["kills"]["found"] == []
    assert both["parts"]["growth"]["found"] == run["parts"]["growth"]["found"]
    assert both["dates"] == ["2026-11-22", "2026-11-23"]


def test_results_of_two_machines_are_not_mixed(run):
    other = {**run, "machine": {**run["machine"], "cores": "64"}}
    with pytest.raises(report.NotRendered, match="cores is 2, 64"):
        report.joined([run, other])


def test_one_command_puts_the_tables_between_the_marks_and_again_changes_nothing(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    assert report.main([str(RESULTS), "--into", str(page)]) == 0
    once = page.read_text(encoding="utf-8")
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "### Goals" in once
    assert "old" not in once
    assert report.main([str(RESULTS), "--into", str(page)]) == 0
    assert page.read_text(encoding="utf-8") == once


def test_a_page_without_marks_is_left_alone(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text("nothing to replace", encoding="utf-8")
    assert report.main([str(RESULTS), "--into", str(page)]) == 2
    assert report.BEGIN in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "nothing to replace"


def test_the_project_s_page_has_the_marks_and_names_every_part():
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert report.inserted(page, "x")
    named = set(re.findall(r"`python -m benchmarks ([a-z-]+)`", page.partition(report.BEGIN)[0]))
    assert set(PARTS) <= named
