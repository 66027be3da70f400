"""`hub inbox`: a unit gets a service that people answer, and only whom it entrusts sees its inbox."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import hub
from broker.inbox_commands import inbox
from gateway.settings import Settings
from registry import participants, services

UNIT, DESK = "IR/MUN/tehran/district-06", "IR/MUN/tehran/secretariat"
MAKE = ("add", UNIT, "archive.question", "--fa", "استعلام", "--en", "A question")


@pytest.fixture
def site(tmp_path: Path):
    made = hub.WiredSite(Settings(database=f"sqlite:///{tmp_path}/hub.db", state=tmp_path))
    store = made.store()
    hub.seed_site(made, store)
    store.close_now()
    return made


@pytest.fixture
def run(site):
    return lambda *words: CliRunner().invoke(inbox, list(words), obj=site, env={"COLUMNS": "200"})


def look(site, act):
    store = site.reader()
    try:
        return store.read_now(act)
    finally:
        store.close_now()


def test_a_unit_gets_a_service_and_later_its_approval(run, site):
    first = json.loads(run(*MAKE, "--days", "5", "--json").stdout)
    assert (first["system"], first["operation"], first["approved"], first["deadline_days"]) == (
        "inbox",
        "question",
        False,
        5,
    )
    approved = run(*MAKE, "--approval", "1405/12", "--channel", "C2G", "--channel", "G2G")
    assert approved.exit_code == 0, approved.output
    found = look(site, lambda t: services.get(t, "archive.question"))
    assert (found.version, found.approved, found.approval_reference, found.channels) == (
        2,
        True,
        "1405/12",
        ("C2G", "G2G"),
    )
    assert look(site, lambda t: participants.get(t, UNIT)).roles == (f"inbox:{UNIT}",)
    (listed,) = [one for one in json.loads(run("list", "--json").stdout) if one["service"] == "archive.question"]
    assert (listed["unit"], listed["waiting"], listed["oldest"]) == (UNIT, 0, None)
    assert "archive.question" in run("list").stdout


def test_an_inbox_is_entrusted_and_taken_back(run, site):
    before = look(site, lambda t: participants.get(t, DESK)).roles
    for _ in range(2):
        assert run("entrust", UNIT, DESK).exit_code == 0
    assert look(site, lambda t: participants.get(t, DESK)).roles == (*before, f"inbox:{UNIT}")
    assert run("withdraw", UNIT, DESK).exit_code == 0
    assert look(site, lambda t: participants.get(t, DESK)).roles == before
    again = run("withdraw", UNIT, DESK, "--json")
    assert (again.exit_code, json.loads(again.stdout)["done"]) == (1, False)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("add", "IR/MUN/nobody", "x", "--fa", "x", "--en", "x"), 1, "hub agencies add"),
        (("add", UNIT, "building-permit", "--fa", "x", "--en", "x"), 1, "another service, of IR/MUN/tehran"),
        (("add", UNIT, "x", "--fa", "x", "--en", "x", "--channel", "fax"), 2, "C2G, B2G, G2G, E2G, not fax"),
        (
            ("add", UNIT, "x", "--fa", "x", "--en", "x", "--connector", "setad"),
            2,
            "no connector that people answer: inbox",
        ),
        (("add", UNIT, "x", "--fa", "x", "--en", "x", "--operation", "y"), 2, "inbox knows question"),
        (("entrust", UNIT, "IR/MUN/nobody"), 1, "IR/MUN/nobody is not known"),
    ],
)
def test_what_is_wrong_is_said(run, words, status, told):
    done = run(*words)
    assert (done.exit_code, told in done.output) == (status, True), done.output
