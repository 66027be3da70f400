import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from registry import cases, codes, commands, participants, rights, seeding, subscriptions
from registry.cases import Case
from registry.rights import Right
from registry.store import Store
from registry.subscriptions import Subscription

APPS = {
    "code": commands.code,
    "agencies": commands.agencies,
    "services": commands.services,
    "rights": commands.rights,
    "subscriptions": commands.subscriptions,
}
SITE = "IR/MUN/tehran"


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
    def act(command: str, at: str = url) -> Result:
        app, *words = command.split(" ")
        return CliRunner().invoke(APPS[app], words, obj=Desk(at, clock), env={"COLUMNS": "240"})

    return act


@pytest.fixture
def case(url: str, clock: Any, open_case: Callable[..., Case]) -> Case:
    with_everything = Subscription("sub", SITE, "https://x", ("*",), b"secret", "active", None, clock())

    def fill(t: Any) -> Case:
        seeding.seed(t, now=clock(), agency_number=101)
        rights.put(t, Right(SITE, "building-permit", ("permit",), ("law",), ("*",)))
        subscriptions.put(t, with_everything)
        made = open_case(t, applicant_sealed=b"sealed")
        cases.add_alias(t, case_id=made.id, system="setad", value="12", added_by=SITE, now=clock())
        return made

    store = Store.open(url, clock=clock)
    made = store.write_now(fill)
    store.close_now()
    return made


def test_a_code_is_issued_for_the_site_or_another_agency(run: Run) -> None:
    own = run("code issue")
    assert own.exit_code == 0
    assert codes.parse(own.stdout.strip())[2:6] == "0101"
    other = json.loads(run("code issue --agency 7 --json").stdout)
    assert codes.parse(other["code"])[:6] == "050007"
    assert other["grouped"] == codes.group(other["code"])
    assert run("code issue --agency 10000").exit_code == 2


def test_a_code_is_checked(run: Run) -> None:
    good = codes.issue(5, 101)
    assert run(f"code check {good}").exit_code == 0
    assert json.loads(run(f"code check {good} --json").stdout)["valid"] is True
    bad = run("code check 1234x --json")
    assert bad.exit_code == 1
    told = json.loads(bad.stdout)
    assert (told["valid"], told["code"], told["position"]) == (False, "code.character", 4)
    assert run("code check 1234x").exit_code == 1
    assert run("code check").exit_code == 2


def test_a_code_or_an_alias_is_resolved(run: Run, case: Case) -> None:
    for command in (f"code resolve {case.code} --json", "code resolve 12 --system setad --json"):
        told = json.loads(run(command).stdout)
        assert (told["id"], told["code"]) == (case.id, case.code)
        assert "applicant_sealed" not in told
    assert case.code in run(f"code resolve {case.code}").stdout
    unknown = codes.issue(5, 101)
    assert run(f"code resolve {unknown}").exit_code == 1
    assert run("code resolve 13 --system setad").exit_code == 1
    assert run("code resolve 13").exit_code == 1


@pytest.mark.parametrize(
    ("app", "name", "id_field"),
    [("agencies", SITE, "identifier"), ("services", "building-permit", "id"), ("subscriptions", "sub", "id")],
)
def test_listing_and_showing(run: Run, case: Case, app: str, name: str, id_field: str) -> None:
    assert case.code
    listed = run(f"{app} list --json")
    assert listed.exit_code == 0
    assert name in [one[id_field] for one in json.loads(listed.stdout)]
    assert name in run(f"{app} list").stdout
    assert json.loads(run(f"{app} show {name} --json").stdout)[id_field] == name
    assert name in run(f"{app} show {name}").stdout
    missing = run(f"{app} show none --json")
    assert missing.exit_code == 1
    assert json.loads(missing.stdout) == {"found": False, "name": "none"}


def test_rights_are_listed_and_shown(run: Run, case: Case) -> None:
    assert case.code
    (listed,) = json.loads(run(f"rights list --agency {SITE} --json").stdout)
    assert listed["purposes"] == ["permit"]
    assert json.loads(run("rights list --agency IR/COM/x --json").stdout) == []
    assert "building-permit" in run("rights list").stdout
    assert json.loads(run(f"rights show {SITE} building-permit --json").stdout) == listed
    assert run(f"rights show {SITE} visa").exit_code == 1


def test_secrets_are_never_printed(run: Run, case: Case) -> None:
    assert case.code
    for command in ("subscriptions list --json", "subscriptions show sub --json", "subscriptions show sub"):
        assert "secret" not in run(command).stdout


def test_the_card_is_printed_in_persian(run: Run, case: Case) -> None:
    assert case.code
    assert "کنترل نقشه" in run("services show building-permit").stdout
    shown = json.loads(run("services show building-permit --json").stdout)
    assert shown["card"]["process"][0]["fa"] == "تشکیل پرونده"


@pytest.mark.parametrize("command", ["code issue", "agencies list", "services show visa", "code resolve 1 --system x"])
def test_without_a_database_the_command_fails_and_says_so(run: Run, command: str) -> None:
    result = run(command, "sqlite:////nowhere/hub.db")
    assert result.exit_code == 2
    assert "hub init" in result.stderr


def test_a_reader_works_beside_the_running_hub(run: Run, case: Case, url: str, clock: Any) -> None:
    running = Store.open(url, clock=clock)
    assert run(f"code resolve {case.code}").exit_code == 0
    assert len(json.loads(run("agencies list --json").stdout)) == len(running.read_now(participants.every))
    running.close_now()


def test_every_app_is_one_the_hub_can_mount() -> None:
    assert all(isinstance(app, typer.Typer) for app in APPS.values())
