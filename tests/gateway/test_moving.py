"""`hub init --from` on the real command line: a site goes to PostgreSQL whole, or is refused in a sentence."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.settings import Settings
from hub import WiredSite
from pki.merkle import MerkleTree
from registry import journal, subjects
from registry.store import Store, Transaction
from tests import command_line
from tests.postgres_server import PostgresServer, postgres_server

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
Init = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def target(postgres: PostgresServer) -> Iterator[str]:
    name = postgres.database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A site on SQLite that has started once and sealed its journal."""
    site = WiredSite(Settings(database=f"sqlite:///{tmp_path}/var/hub.db", state=tmp_path / "var"), clock=lambda: NOW)
    site.prepare()
    store = site.store()

    def live(t: Transaction) -> None:
        subjects.ensure(t, fingerprint="site", new_key=site.vault.new_subject_key, now=NOW)
        journal.append(t, kind="k", statement={"n": 1}, case_id=None, inquiry_id=None, now=NOW)
        journal.seal(t, MerkleTree(), site.checkpoint_signer, now=NOW)

    store.write_now(live)
    store.close_now()
    return site.settings.database


@pytest.fixture
def init(tmp_path: Path, target: str, source: str) -> Init:
    def run(**settings: str) -> "subprocess.CompletedProcess[str]":
        return command_line.hub("init", "--from", source, folder=tmp_path, **{"HUB_DATABASE": target, **settings})

    return run


def refused(done: "subprocess.CompletedProcess[str]", sentence: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_site_is_moved_once_and_told_table_by_table(init: Init, source: str) -> None:
    reader = Store.open_reader(source)
    head = reader.read_now(journal.latest)
    reader.close_now()
    assert head is not None
    moved = init()
    assert moved.returncode == 0, moved.stderr
    counts = dict(line.rsplit(maxsplit=1) for line in moved.stdout.splitlines() if line.startswith("journal_leaves"))
    assert counts == {"journal_leaves": "1"}
    assert f"The journal's root over 1 leaves is the same on both sides: {head.root.hex()}" in moved.stdout
    assert "is ready" in moved.stdout
    refused(init(), "the target is not empty: there are rows in")


def test_a_running_source_is_refused(init: Init, source: str) -> None:
    running = Store.open(source, clock=lambda: NOW)
    refused(init(), f"is being written by process {os.getpid()}")
    running.close_now()


def test_a_source_that_is_not_there_is_refused(init: Init, source: str) -> None:
    Path(source.removeprefix("sqlite:///")).unlink()
    refused(init(), "there is no database at")


def test_a_site_with_other_keys_is_refused_before_anything_moves(init: Init, tmp_path: Path) -> None:
    refused(init(HUB_MASTER_KEY="ab" * 32), "The master key is not the one of this database.")
    refused(init(HUB_STATE="elsewhere"), "There is no master key: elsewhere/master.key")
    assert not (tmp_path / "elsewhere").exists()
    assert init().returncode == 0


def test_only_postgresql_is_moved_to(init: Init) -> None:
    refused(init(HUB_DATABASE="sqlite:///other.db"), "a site is moved to PostgreSQL")
