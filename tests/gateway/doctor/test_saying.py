"""What `hub doctor` says of the rest, and how it says it."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.doctor.examination import damaged, examine
from gateway.settings import Settings, SettingsDamaged
from hub import WiredSite
from registry import inspection, processes, sqlite
from tests.gateway.doctor.conftest import Deployment
from tests.postgres_server import postgres_server


async def test_a_hub_that_is_stopped_on_purpose_misses_no_process(deployment: Deployment) -> None:
    deployment.write(lambda t: processes.leave(t, "one"))
    assert (await examine(deployment.site(), stopped=True, free=lambda _path: 10**12)).findings == []


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
