"""Every finding of `hub doctor` is provoked once; a deployment in good order has none."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker import topology
from gateway.doctor import own
from gateway.doctor.examination import Report, damaged, examine
from gateway.doctor.findings import WORDS, Severity
from gateway.settings import Settings, SettingsDamaged
from hub import WiredSite
from pki.keys import SigningKey
from pki.merkle import MerkleTree
from registry import cases, codes, inquiries, inspection, journal, outbox, processes, sqlite, subjects
from registry.inquiries import NewInquiry
from registry.states import Arrow
from registry.store import Store, Transaction
from tests.postgres_server import postgres_server

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AGO = NOW - timedelta(hours=1)
ALL = "api,delivery,relay,sealer,worker"
SYSTEMS = ("civil_registry", "land_window", "permit_portal", "setad", "smart_gov")


@dataclass
class Deployment:
    """A site in good order that a test spoils."""

    folder: Path
    rabbit: Callable[[], Any]
    free: int = 10**12
    options: dict[str, Any] = field(default_factory=dict)

    def site(self) -> WiredSite:
        return WiredSite(Settings(**self.options), clock=lambda: NOW)

    def write(self, act: Callable[[Transaction], Any]) -> Any:
        store = Store.open(self.options["database"], clock=lambda: NOW)
        try:
            return store.write_now(act)
        finally:
            store.close_now()

    async def examined(self) -> Report:
        return await examine(self.site(), free=lambda _path: self.free)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site as `hub init` and a first start leave it."""
    folder = tmp_path_factory.mktemp("made")
    site = WiredSite(Settings(database=f"sqlite:///{folder}/hub.db", state=folder), clock=lambda: NOW)
    site.prepare()
    store = site.store()

    def start(t: Transaction) -> None:
        subjects.ensure(t, fingerprint="site", new_key=site.vault.new_subject_key, now=NOW)
        processes.beat(t, "one", ALL, NOW)
        journal.append(t, kind="k", statement={}, case_id=None, inquiry_id=None, now=NOW)

    store.write_now(start)
    store.write_now(lambda t: journal.seal(t, MerkleTree(), site.checkpoint_signer, now=NOW))
    store.close_now()
    return folder


@pytest.fixture
def deployment(
    made: Path, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Deployment:
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sqlite, "caution", lambda: None)
    folder = tmp_path / "var"
    shutil.copytree(made, folder)
    return Deployment(
        folder,
        lambda: request.getfixturevalue("rabbit"),
        options={
            "database": f"sqlite:///{folder}/hub.db",
            "state": folder,
            "systems": {name: {"address": f"https://{name}.test"} for name in SYSTEMS},
        },
    )


def setting(name: str, value: object) -> Callable[[Deployment], None]:
    return lambda it: it.options.update({name: value})


def park(it: Deployment) -> None:
    def act(t: Transaction) -> None:
        case = cases.open_case(
            t, issue=lambda: codes.issue(5, 1000), service="s", channel="G2G", lead_agency="IR/MUN/tehran",
            owner="IR/MUN/tehran", subject_id=None, applicant_sealed=None, now=NOW,
        )  # fmt: skip
        inquiries.accept(
            t,
            NewInquiry(
                id="i", case_id=case.id, code=case.code, service="s", system="setad", operation="o", effect="read",
                owner="IR/MUN/tehran", purpose="p", legal_basis="l", channel="G2G", subject_id=None,
                payload_sealed=b"", accepted_at=NOW,
            ),
        )  # fmt: skip
        inquiries.move(t, "i", Arrow.SEND, now=NOW)
        inquiries.move(t, "i", Arrow.PARK, now=NOW, reason_code="x")

    it.write(act)


def raw(it: Deployment, statement: str) -> None:
    it.write(lambda t: t.exec_driver_sql(statement))


def empty(it: Deployment) -> None:
    (it.folder / "hub.db").unlink()
    Store.open(it.options["database"], clock=lambda: NOW).close_now()


def queues_of(it: Deployment, vhost: str, *systems: str) -> str:
    """An address whose queues are all there but those of systems that are not named."""
    rabbit = it.rabbit()
    listed = rabbit.ctl("list_vhosts")
    url = rabbit.url + vhost if vhost in listed.split() else rabbit.virtual_host(vhost)
    asyncio.run(topology.declare(url, systems))
    return url


def may_only_subscribe(it: Deployment) -> None:
    url = queues_of(it, "doctor", *SYSTEMS)
    rabbit = it.rabbit()
    if "hub-small" not in rabbit.ctl("list_users"):
        rabbit.ctl("add_user", "hub-small", "synthetic")
    rabbit.ctl("set_permissions", "-p", "doctor", "hub-small", r"^hub\.notice\..+$", r"^hub\.notice.*$", r"^hub\..*$")
    it.options["broker"] = url.replace("guest:guest", "hub-small:synthetic")


PROVOKED: dict[str, Callable[[Deployment], Any]] = {
    "settings.base_url": setting("listen", "0.0.0.0:8080"),
    "settings.kill_at": setting("kill_at", "before_commit"),
    "master_key.missing": lambda it: (it.folder / "master.key").unlink(),
    "master_key.unusable": lambda it: (it.folder / "master.key").write_text("short"),
    "master_key.other": setting("master_key", "ab" * 32),
    "key.exposed": lambda it: (it.folder / "master.key").chmod(0o644),
    "signing_key.missing": lambda it: (it.folder / "keys" / "hub.pem").unlink(),
    "signing_key.unusable": lambda it: (it.folder / "keys" / "hub.pem").write_text("no key"),
    "signing_key.other": lambda it: (it.folder / "keys" / "hub.pem").write_bytes(SigningKey.generate().to_pem()),
    "database.away": lambda it: (it.folder / "hub.db").write_bytes(b"no database" * 1000),
    "database.empty": empty,
    "database.behind": lambda it: raw(it, "UPDATE alembic_version SET version_num = '0001'"),
    "database.ahead": lambda it: raw(it, "UPDATE alembic_version SET version_num = '9999'"),
    "processes.none": lambda it: it.write(lambda t: processes.leave(t, "one")),
    "processes.role_missing": lambda it: it.write(lambda t: processes.beat(t, "one", "api,relay,worker", NOW)),
    "processes.dead": lambda it: it.write(lambda t: processes.beat(t, "two", "api", AGO)),
    "outbox.dead_leases": lambda it: it.write(
        lambda t: outbox.owe(t, kind="event", system="hub", ref="e", body=b"", due_at=NOW, lease="gone")
    ),
    "outbox.overdue": lambda it: it.write(
        lambda t: outbox.owe(t, kind="event", system="hub", ref="e", body=b"", due_at=AGO)
    ),
    "inquiries.parked": park,
    "journal.unsealed": lambda it: it.write(
        lambda t: journal.append(t, kind="k", statement={}, case_id=None, inquiry_id=None, now=AGO)
    ),
    "broker.address": setting("broker", "amqp://localhost?certfil=x"),
    "broker.away": setting("broker", "amqp://localhost:1/"),
    "broker.plain": setting("broker", "amqp://nobody.invalid/"),
    "broker.refuses": lambda it: it.options.update(broker=it.rabbit().url.replace("guest:guest", "guest:wrong")),
    "broker.topology": lambda it: it.options.update(broker=queues_of(it, "doctor-half", "setad")),
    "broker.permission": may_only_subscribe,
    "connector.unknown": lambda it: it.options["systems"].update(setadd={}),
    "connector.sandbox": lambda it: it.options["systems"].pop("setad"),
    "connector.plain_http": lambda it: it.options["systems"].update(setad={"address": "http://setad.test"}),
    "disk.full": lambda it: setattr(it, "free", 1),
    "disk.low": lambda it: setattr(it, "free", own.LOW - 1),
}
ELSEWHERE = {"settings.damaged", "database.wal", "database.clock", "check.impossible"}
"""Findings with a test of their own below."""
COMPANIONS = {"broker.plain": {"broker.away"}}


def test_every_finding_is_provoked() -> None:
    assert PROVOKED.keys() | ELSEWHERE == WORDS.keys()


async def test_a_deployment_in_good_order_has_no_finding(deployment: Deployment) -> None:
    report = await deployment.examined()
    assert (report.findings, report.status) == ([], 0)
    assert report.figures["outbox_overdue_seconds"] == 0
    assert report.figures["processes"][0]["roles"] == ALL.split(",")


@pytest.mark.parametrize("code", sorted(PROVOKED))
def test_a_finding_is_told_alone_and_in_both_languages(deployment: Deployment, code: str) -> None:
    PROVOKED[code](deployment)
    report = asyncio.run(deployment.examined())
    assert {finding.code for finding in report.findings} == {code} | COMPANIONS.get(code, set())
    finding = next(one for one in report.findings if one.code == code)
    for text in (finding.fa, finding.en, finding.do_fa, finding.do_en):
        assert text
        assert "{" not in text
    fault = any(one.severity is Severity.FAULT for one in report.findings)
    assert report.status == (1 if fault else 0)


async def test_a_hub_that_is_stopped_on_purpose_misses_no_process(deployment: Deployment) -> None:
    PROVOKED["processes.none"](deployment)
    assert (await examine(deployment.site(), stopped=True, free=lambda _path: 10**12)).findings == []


def test_permissions_are_asked_for_without_moving_a_message(deployment: Deployment) -> None:
    may_only_subscribe(deployment)
    rabbit = deployment.rabbit()
    report = asyncio.run(deployment.examined())
    lacking = [one.en for one in report.findings]
    assert lacking == [f"The broker's user may not write {name}." for name in ("hub.work", "hub.events")]
    deployment.options["broker"] = rabbit.url + "doctor"
    assert asyncio.run(deployment.examined()).findings == []
    counted = rabbit.ctl("list_queues", "-p", "doctor", "messages", "--no-table-headers").split()
    assert set(counted) == {"0"}


def test_settings_that_cannot_be_read_are_a_finding_each() -> None:
    report = damaged(SettingsDamaged("HUB_LISTEN: wrong\nHUB_BROKER: wrong"))
    assert [one.en for one in report.findings] == [
        "A setting cannot be used: HUB_LISTEN: wrong",
        "A setting cannot be used: HUB_BROKER: wrong",
    ]
    assert report.status == 1


async def test_an_old_sqlite_is_a_caution(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "caution", lambda: "SQLite 3.40 can lose rows.")
    report = await deployment.examined()
    assert [(one.code, one.en) for one in report.findings] == [("database.wal", "SQLite 3.40 can lose rows.")]
    assert report.status == 0


async def test_what_cannot_be_looked_at_is_not_called_good(deployment: Deployment) -> None:
    def no_disk(_path: Path) -> int:
        raise PermissionError(13, "Permission denied")

    report = await examine(deployment.site(), free=no_disk)
    assert [one.code for one in report.findings] == ["check.impossible"]
    assert report.status == 2


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as server:
        yield server.url(server.database())


def test_a_clock_that_is_off_the_databases_is_told(deployment: Deployment, postgres_url: str) -> None:
    deployment.options["database"] = postgres_url
    site = WiredSite(Settings(**deployment.options))
    site.prepare()
    report = asyncio.run(examine(site, stopped=True, free=lambda _path: 10**12))
    assert report.findings == []
    slow = WiredSite(site.settings, clock=lambda: datetime.now(UTC) - timedelta(seconds=90))
    report = asyncio.run(examine(slow, stopped=True, free=lambda _path: 10**12))
    assert [one.en for one in report.findings] == ["This machine's clock is 90 s off the database's."]
    store = site.reader()
    assert store.read_now(inspection.clock) is not None
    store.close_now()


def test_the_command_prints_for_people_and_for_programs(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from hub import build_cli

    monkeypatch.setenv("HUB_DATABASE", deployment.options["database"])
    monkeypatch.setenv("HUB_STATE", str(deployment.folder))
    cli = build_cli()
    told = CliRunner().invoke(cli, ["doctor"])
    assert told.exit_code == 1  # The only process beat at the test's own time.
    assert "processes.none" in told.output
    assert "هیچ فرایندی از هاب زنده نیست." in told.output
    data = json.loads(CliRunner().invoke(cli, ["doctor", "--stopped", "--json"]).stdout)
    assert data["status"] == 0
    assert [one["code"] for one in data["findings"]] == ["connector.sandbox"]
    assert data["figures"]["processes"][0]["lease"] == "one"
    assert CliRunner().invoke(cli, ["doctor", "--role", "clerk"]).exit_code == 2
    monkeypatch.setenv("HUB_LISTEN", "nonsense")
    damaged_too = CliRunner().invoke(cli, ["doctor", "--json"])
    assert (damaged_too.exit_code, json.loads(damaged_too.stdout)["findings"][0]["code"]) == (1, "settings.damaged")
