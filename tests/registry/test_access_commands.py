"""Letting somebody in by the command line, and following a case there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from registry import codes, commands, credentials, events, inquiries, participants, rights, seeding
from registry.credentials import key_hash
from registry.store import Store

NEW = "IR/MUN/tehran/green-spaces"
SERVICE = "building-permit"

APP = typer.Typer()
for name in ("agencies", "rights", "keys"):
    APP.add_typer(getattr(commands, name), name=name)
APP.command()(commands.trace)
APP.command()(commands.timeline)


@dataclass(frozen=True)
class Desk:
    url: str
    clock: Callable[[], datetime]
    agency_number: int = 101

    def store(self) -> Store:
        return Store.open(self.url, clock=self.clock)

    def reader(self) -> Store:
        return Store.open_reader(self.url)


Run = Callable[..., Result]


@pytest.fixture
def run(url: str, clock: Any) -> Run:
    store = Store.open(url, clock=clock)
    store.write_now(lambda t: seeding.seed(t, now=clock(), agency_number=101))
    store.close_now()

    def act(*words: str) -> Result:
        return CliRunner().invoke(APP, words, obj=Desk(url, clock), env={"COLUMNS": "240"})

    return act


@pytest.fixture
def look(url: str) -> Callable[[Callable[[Any], Any]], Any]:
    def act(reading: Callable[[Any], Any]) -> Any:
        store = Store.open_reader(url)
        try:
            return store.read_now(reading)
        finally:
            store.close_now()

    return act


def add(run: Run, *more: str) -> Result:
    return run("agencies", "add", NEW, "--en", "Green spaces", "--fa", "فضای سبز", *more)


def test_a_participant_is_added_under_its_member_and_only_once(run: Run, look: Any) -> None:
    assert json.loads(add(run, "--json").stdout)["parent"] == "IR/MUN/tehran"
    assert look(lambda t: participants.get(t, NEW)).title_fa == "فضای سبز"
    again = add(run, "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout) == {"added": False, "name": NEW}


def test_a_malformed_participant_is_a_wrong_use(run: Run) -> None:
    wrong = run("agencies", "add", "Tehran", "--en", "x", "--fa", "x")
    assert wrong.exit_code == 2
    assert "IR/<GOV|MUN|COM|ORG>" in wrong.stderr
    assert run("agencies", "add", NEW, "--en", "x", "--fa", "x", "--kind", "person").exit_code == 2


def test_a_right_is_granted_and_withdrawn(run: Run, look: Any, clock: Any) -> None:
    add(run)
    words = ["rights", "grant", NEW, SERVICE, "--purpose", "permit", "--legal-basis", "T 3-1"]
    assert run(*words, "--days", "2", "--per-day", "50").exit_code == 0
    right = look(lambda t: rights.get(t, NEW, SERVICE))
    assert (right.purposes, right.legal_bases, right.field_mask) == (("permit",), ("T 3-1",), ("*",))
    assert (right.expires_at, right.quota_per_day) == (clock() + timedelta(days=2), 50)
    assert run(*words, "--field", "name", "--field", "office").exit_code == 0
    assert look(lambda t: rights.get(t, NEW, SERVICE)).field_mask == ("name", "office")
    assert run("rights", "withdraw", NEW, SERVICE, "--json").exit_code == 0
    assert look(lambda t: rights.get(t, NEW, SERVICE)) is None
    assert run("rights", "withdraw", NEW, SERVICE).exit_code == 1


@pytest.mark.parametrize(("agency", "service"), [(NEW, SERVICE), ("IR/MUN/tehran", "nothing")])
def test_a_right_needs_a_known_participant_and_service(run: Run, agency: str, service: str) -> None:
    refused = run("rights", "grant", agency, service, "--purpose", "p", "--legal-basis", "b", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["granted"] is False


def test_a_right_needs_a_purpose_and_a_legal_basis(run: Run) -> None:
    assert run("rights", "grant", "IR/MUN/tehran", SERVICE, "--purpose", "p").exit_code == 2


def test_a_key_is_issued_listed_without_its_secret_and_revoked(run: Run, look: Any, clock: Any) -> None:
    add(run)
    key = run("keys", "issue", NEW, "--note", "first").stdout.strip()
    (kept,) = look(lambda t: credentials.every(t, NEW))
    assert kept.secret_hash == key_hash(key)
    listed = run("keys", "list", "--agency", NEW, "--json").stdout
    assert key not in listed
    assert kept.secret_hash not in listed
    assert json.loads(run("keys", "issue", NEW, "--days", "1", "--json").stdout)["expires_at"] is not None
    assert run("keys", "revoke", kept.id).exit_code == 0
    revoked = {one.id: one.revoked_at for one in look(lambda t: credentials.every(t, NEW))}
    assert [at for at in revoked.values() if at] == [revoked[kept.id]] == [clock()]
    assert run("keys", "revoke", kept.id).exit_code == 1
    assert run("keys", "issue", "IR/COM/nobody").exit_code == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_beside_a_running_hub_a_writing_command_says_who_writes(run: Run, url: str, clock: Any) -> None:
    running = Store.open(url, clock=clock)
    try:
        refused = run("keys", "issue", "IR/MUN/tehran")
    finally:
        running.close_now()
    assert refused.exit_code == 2
    assert "one writer" in refused.stderr


def test_a_case_is_traced_and_its_timeline_follows_the_time_of_the_events(
    run: Run, url: str, clock: Any, accept: Callable[..., Any]
) -> None:
    def fill(t: Any) -> Any:
        inquiry = accept(t)
        for ago in (1, 5):
            events.record(
                t,
                case_id=inquiry.case_id,
                code=inquiry.code,
                type="ir.peyvand.case.status",
                system="setad",
                stage="submitted",
                title_fa="ثبت شد",
                title_en=f"{ago} hours ago",
                detail={},
                occurred_at=clock() - timedelta(hours=ago),
                now=clock(),
                by="IR/MUN/tehran",
            )
        inquiries.record_attempt(
            t,
            inquiry_id=inquiry.id,
            number=1,
            started_at=clock(),
            ended_at=clock(),
            outcome="retryable",
            code="x.closed",
            text="",
            mapping_hash=None,
        )
        return inquiry

    store = Store.open(url, clock=clock)
    inquiry = store.write_now(fill)
    store.close_now()
    (traced,) = json.loads(run("trace", inquiry.code, "--json").stdout)["inquiries"]
    assert (traced["id"], traced["state"]) == (inquiry.id, "accepted")
    assert traced["attempts"][0]["code"] == "x.closed"
    told = json.loads(run("timeline", inquiry.code, "--json").stdout)
    assert [event["title_en"] for event in told] == ["5 hours ago", "1 hours ago"]
    assert "5 hours ago" in run("timeline", inquiry.code).stdout


@pytest.mark.parametrize("command", ["trace", "timeline"])
def test_an_unknown_or_wrong_code_is_a_no(run: Run, command: str) -> None:
    assert run(command, codes.issue(5, 101)).exit_code == 1
    assert run(command, "12").exit_code == 1
