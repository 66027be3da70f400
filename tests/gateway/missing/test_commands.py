"""`hub missing`: from a need in a file to a letter, without the admin API."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.missing import fonts as fonts_module
from gateway.missing.commands import missing
from registry.schema_upgrade import upgrade
from registry.seeding import seed
from registry.store import Store


@dataclass
class Desk:
    url: str
    now: datetime = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    agency_number: int = 101

    def clock(self):
        return self.now

    def store(self):
        return Store.open(self.url, clock=self.clock)

    def reader(self):
        return Store.open_reader(self.url)


@pytest.fixture
def desk(tmp_path):
    made = Desk(f"sqlite:///{tmp_path}/hub.db")
    upgrade(made.url)
    store = made.store()
    store.write_now(lambda t: seed(t, now=made.now, agency_number=101))
    store.close_now()
    return made


@pytest.fixture
def run(desk):
    return lambda *words, give="": CliRunner().invoke(
        missing, list(words), obj=desk, input=give, env={"COLUMNS": "200"}
    )


SENT = ("--number", "۱۲/۳", "--date", "۱۴۰۵/۰۹/۰۱", "--signer", "سارا", "Sara", "--position", "معاون", "Deputy")


def test_from_a_need_in_a_file_to_a_service(run, desk):
    shown = run("show", "deeds-ownership", "--yaml")
    new = shown.stdout.replace("id: deeds-ownership", "id: deeds-share")
    assert run("add", "-", give=new).exit_code == 0
    assert run("add", "-", give=new).exit_code == 1
    assert json.loads(run("amend", "-", "--json", give=new).stdout)["version"] == 2
    asked = run("step", "deeds-share", "request", *SENT, "--annex", "شناسنامه = Card", "--json")
    assert (json.loads(asked.stdout)["state"], json.loads(asked.stdout)["due_on"]) == ("requested", "2026-12-22")
    desk.now = datetime(2026, 12, 23, 8, 0, tzinfo=UTC)
    assert [one["id"] for one in json.loads(run("list", "--overdue", "--json").stdout)] == ["deeds-share"]
    assert run("step", "deeds-share", "remind", *SENT).exit_code == 0
    told = run(
        "step",
        "deeds-share",
        "answer",
        "--number",
        "7",
        "--date",
        "2026-12-25",
        "--text",
        "چشم",
        "--promised",
        "1405/11/01",
    )
    assert "2027-01-21" in told.stdout
    assert run("step", "deeds-share", "make_available", "--service", "building-permit").exit_code == 0
    whole = json.loads(run("show", "deeds-share", "--json").stdout)
    assert [one["step"] for one in whole["steps"]] == ["note", "request", "remind", "answer", "make_available"]
    assert whole["steps"][1]["letter"]["annexes"] == [{"fa": "شناسنامه", "en": "Card"}]
    assert "deeds-share" in run("list").stdout


@pytest.mark.parametrize(
    ("words", "give", "status", "told"),
    [
        (["show", "nothing"], "", 1, "The register has no such service"),
        (["add", "-"], "id: x\nowner: y", 2, "record: Field required"),
        (["add", "-"], "a: [", 2, "expected the node content"),
        (["step", "deeds-ownership", "reopen"], "", 1, "cannot follow while it is noted"),
        (["step", "deeds-ownership", "request", "--date", "1405/13/01"], "", 2, "1405/13/01 is no day"),
        (["step", "deeds-ownership", "request", "--number", "1"], "", 2, "letter.date"),
        (["letter", "deeds-ownership", "--to", "x.pdf", "--language", "ar"], "", 2, "--language is fa or en"),
    ],
)
def test_what_is_wrong_is_said(run, words, give, status, told):
    done = run(*words, give=give)
    assert (done.exit_code, told in done.output) == (status, True), done.output


def test_the_letter_is_written(run, tmp_path, monkeypatch):
    monkeypatch.setattr(fonts_module, "ASSETS", tmp_path)
    without = run("letter", "deeds-ownership", "--to", str(tmp_path / "letter.pdf"))
    assert (without.exit_code, "make assets" in without.output) == (2, True)
    monkeypatch.undo()
    try:
        fonts_module.find_fonts()
    except fonts_module.FontMissing as missing_font:
        pytest.skip(str(missing_font))
    done = run("letter", "deeds-ownership", "--to", str(tmp_path / "letter.pdf"), "--json")
    assert json.loads(done.stdout) | {"bytes": 0} == {
        "file": str(tmp_path / "letter.pdf"), "bytes": 0, "draft": True, "number": None,
    }  # fmt: skip
    assert Path(tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF-")
