"""A deployment in good order, for tests to spoil."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.catalogue import discover
from gateway.doctor.examination import Report, examine
from gateway.settings import Settings
from hub import WiredSite
from registry import journal, processes, sqlite, subjects
from registry.store import Store, Transaction

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
ALL = "api,delivery,relay,sealer,worker"
SYSTEMS = tuple(discover())


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
    from pki.merkle import MerkleTree

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
