"""The living example: at work within a minute, nothing left behind, its data its own and there again."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from console.example import courses
from console.example.cast import ASKERS, CITIZENS, COMPANIES, MARK
from console.example.place import NotAnExample, Place, refuse_other_stores
from registry.codes import parse

ROOT = Path(__file__).parents[2]
SYNTHETIC = {"9990000018", "9990000026", "9990000069", "99900000010", "99900000024"}
PATIENCE = 60.0


@contextmanager
def living(folder: Path) -> Iterator[str]:
    """The example at work; yields what it has printed once it was ready. Ctrl-C ends it."""
    words = ["example", "--folder", "town", "--pace", "0.2", "--port", "0", "--sandbox-port", "0"]
    process = subprocess.Popen(
        [sys.executable, ROOT / "hub.py", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    told: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            told.append(line)
            if "Ctrl-C" in line:
                break
        yield "".join(told)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, "".join(told) + rest
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    finally:
        process.kill()
        process.stdout.close()  # type: ignore[union-attr]


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{folder / 'town' / 'hub.db'}?mode=ro", uri=True) as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def until(folder: Path, query: str, wanted: int) -> None:
    """Look until so many are counted."""
    end = time.monotonic() + PATIENCE
    while rows(folder, query)[0][0] < wanted:
        assert time.monotonic() < end, query
        time.sleep(0.1)


@pytest.mark.slow
def test_a_newcomer_sees_a_system_at_work_and_again_the_next_day(tmp_path: Path) -> None:
    count = "select count(*) from cases"
    with living(tmp_path) as told:
        before = rows(tmp_path, count)[0][0]
        until(tmp_path, count, before + 3)
        states = {(state, system) for state, system in rows(tmp_path, "select state, system from inquiries")}
        assert {("parked", "shahkar"), ("in_doubt", "treasury"), ("waiting", "smart_gov"), ("sent", "inbox")} <= states
        causes = "select count(*) from (select distinct system, reason_code from inquiries where state = 'parked')"
        assert rows(tmp_path, causes)[0][0] >= 2
        pushed = "select count(distinct system) from status_events where source_key is not null"
        assert rows(tmp_path, pushed)[0][0] == 2
        due = "select count(*) from inbox_items where closed_at is null and deadline_at < (select max(accepted_at)"
        assert rows(tmp_path, f"{due} + 86400000000 from inquiries)")[0][0] >= 2
    codes = {parse(code) for code in re.findall(r"(?:\d{4} ){5}", told)}
    assert len(codes) == 3
    kept = json.loads((tmp_path / "town" / "example.json").read_bytes())["told"]
    assert {one["factor"] for one in kept.values()} <= {number[-4:] for number in SYNTHETIC}
    assert len(set(re.findall(r"/console/enrol/[0-9a-f]{64}", told))) == 1
    assert b"9990000018" not in (tmp_path / "town" / "hub.db").read_bytes()
    ended = rows(tmp_path, count)[0][0]
    with living(tmp_path) as again:
        until(tmp_path, count, ended + 1)
        assert rows(tmp_path, "select count(*) from officers")[0][0] == 1
    assert set(re.findall(r"/console/enrol/[0-9a-f]{64}", again)).isdisjoint(re.findall(r"/enrol/.*", told))


def test_the_same_number_is_the_same_case_and_nobody_is_real() -> None:
    town = courses.Town({}, lambda: pytest.fail("not asked"), lambda: pytest.fail("not waited for"))
    drawn = [courses.draw(town, number, 1) for number in range(60)]
    again = [courses.draw(town, number, 1) for number in Random(2).sample(range(60), 60)]
    assert {(case.number, course, case.applicant) for course, case in drawn} == {
        (case.number, course, case.applicant) for course, case in again
    }
    assert {case.applicant.number for _, case in drawn} == SYNTHETIC
    assert {person.number for person in CITIZENS + COMPANIES} == SYNTHETIC
    assert MARK not in {asker.participant.identifier for asker in ASKERS.values()}


def test_nobody_elses_data_is_touched(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text("", encoding="utf-8")
    with pytest.raises(NotAnExample, match="holds something else"):
        Place.at(tmp_path)
    database = tmp_path / "real" / "hub.db"
    database.parent.mkdir()
    with sqlite3.connect(database) as made:
        made.execute("create table participants (identifier text)")
    made.close()
    before = database.read_bytes()
    with pytest.raises(NotAnExample):
        Place.at(database.parent)
    assert database.read_bytes() == before
    with pytest.raises(NotAnExample, match="HUB_BROKER and HUB_DATABASE"):
        refuse_other_stores({"database": "postgresql://x", "broker": "amqp://x", "listen": "127.0.0.1:1"})
