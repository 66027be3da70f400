"""A desk over a real registry and two real connector folders; time stands still."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.instances.running import Instances
from connectors.reach import ConnectorSettings
from gateway.configuration.desk import ConfigurationDesk
from gateway.problems import Problem
from pki.vault import Vault
from registry import journal, schema_upgrade, seeding
from registry.configuration import revisions
from registry.configuration.changes import Change
from registry.configuration.revisions import Revision
from registry.schema import journal_leaves
from registry.store import Store
from tests.connector_desk import ground

NOON = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
SITE = {"format": "peyvand.site/1"}
ANN, BEN = "officer-ann", "officer-ben"


@dataclass
class Office:
    """The desk, what is behind it, and a hub process beside it that follows."""

    desk: ConfigurationDesk
    store: Store
    instances: Instances
    vault: Vault
    shipped: dict[str, ConnectorSettings]
    declared: list[str] = field(default_factory=list)

    def do(self, awaited: Any) -> Any:
        return asyncio.run(awaited)

    def refused(self, awaited: Any) -> Problem:
        with pytest.raises(Problem) as caught:
            asyncio.run(awaited)
        return caught.value

    async def change(self, by: str = ANN, *, base: int | None = None, approval: str = "none", **connectors: Any) -> Any:
        value = {**SITE, "approval": approval, "connectors": connectors}
        if base is not None:
            value["revision"] = base
        return await self.desk.submit(await self.desk.read(value), by=by, reason="because")

    async def follow(self) -> Any:
        """What a process does every second and a half."""
        configuration = await self.store.read(revisions.in_force)
        prepared = self.instances.prepare(configuration)
        if prepared is not None:
            await self.instances.take(prepared)
        return prepared

    def leaves(self) -> list[str]:
        query = journal_leaves.select().order_by(journal_leaves.c.id)
        return [row.kind for row in self.store.read_now(lambda t: t.execute(query).all())]


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site") / "hub.db"
    schema_upgrade.upgrade(f"sqlite:///{path}")
    store = Store.open(f"sqlite:///{path}", clock=lambda: NOON)
    store.write_now(lambda t: seeding.seed(t, now=NOON, agency_number=1))
    store.close_now()
    return path


@pytest.fixture
def office(tmp_path: Path, empty_site: Path) -> Iterator[Office]:
    shutil.copy(empty_site, tmp_path / "hub.db")
    store = Store.open(f"sqlite:///{tmp_path / 'hub.db'}", clock=lambda: NOON)
    vault = Vault(bytes(range(32)))
    shipped: dict[str, ConnectorSettings] = {}
    made = ground(vault, lambda: NOON, shipped)
    declared: list[str] = []

    async def declare(names: Any) -> None:
        declared.extend(names)

    desk = ConfigurationDesk(
        store=store, ground=made, clock=lambda: NOON, random=lambda length: b"\7" * length, declare=declare
    )
    yield Office(desk, store, Instances(made), vault, shipped, declared)
    store.close_now()


def canonical_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON, found another way than the hub does."""
    import hashlib

    return hashlib.sha256(journal.canonical(document).encode()).hexdigest()


def is_revision(done: Revision | Change, number: int) -> bool:
    return isinstance(done, Revision) and done.number == number
