"""One installation: its settings, keys and folders, each opened when first needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Self

from connectors.reach import ConnectorSettings
from gateway.settings import Settings

if TYPE_CHECKING:
    from connectors.active import Follower
    from connectors.catalogue import Connected
    from connectors.instances.running import Ground
    from connectors.runtime import Systems
    from mappings.shelf import Registered
    from pki.checkpoint import CheckpointSigner
    from pki.keys import SigningKey
    from pki.vault import Vault
    from pki.wss import VerifiedEnvelope
    from registry.codes import TrackingCode
    from registry.configuration.revisions import InForce
    from registry.store import Store

Clock = Callable[[], datetime]

JOURNAL = "peyvand.hub/journal"
"""The origin that every checkpoint of a hub's journal names."""


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass
class Site:
    """What a command finds in `ctx.obj`. Nothing is opened before it is asked for."""

    settings: Settings
    clock: Clock = utc_now
    random: SystemRandom = field(default_factory=SystemRandom)
    _folders: tuple[dict[str, Any], Mapping[str, "Connected"]] | None = field(default=None, init=False, repr=False)

    @property
    def agency_number(self) -> int:
        """The number under which this site issues tracking codes."""
        return self.settings.agency_number

    def store(self) -> "Store":
        """Open the database for writing, brought up to date first. Raises StoreBusy, StoreUnavailable."""
        from registry.schema_upgrade import upgrade
        from registry.store import Store

        upgrade(self.settings.database)
        return Store.open(self.settings.database, clock=self.clock)

    def reader(self) -> "Store":
        """Open the database for reading only, beside a running hub."""
        from registry.store import Store

        return Store.open_reader(self.settings.database)

    @cached_property
    def vault(self) -> "Vault":
        """What seals payloads. The master key is made at the first start unless one is set."""
        from pki.vault import Vault, create_master_key, load_master_key

        if self.settings.master_key is not None:
            return Vault(load_master_key(None, self.settings.master_key.get_secret_value()))
        path = self.settings.master_key_file or self.settings.state / "master.key"
        if self.settings.master_key_file is None and not path.exists():
            return Vault(create_master_key(path))
        return Vault(load_master_key(path, None))

    @cached_property
    def signing_key(self) -> "SigningKey":
        """The key of tokens, push receipts and checkpoints."""
        from pki.keys import load_or_create

        return load_or_create(self.settings.state / "keys" / "hub.pem", "Ed25519")

    @cached_property
    def catalogue(self) -> Mapping[str, "Connected"]:
        """Every connector folder as it was when it was first asked for."""
        return self.read_catalogue()

    def read_catalogue(self) -> Mapping[str, "Connected"]:
        """Read every connector folder, with the code tables and mapping documents of the site's own over theirs.

        The folders themselves are read again only when a code table has changed. Raises CatalogueError, TableError.
        """
        from connectors.active import overlay
        from connectors.catalogue import discover
        from mappings.tables.shelf import tables_of

        tables = dict(tables_of(self.tables_folder))
        if self._folders is None or self._folders[0] != tables:
            self._folders = (tables, discover(tables=tables))
        return overlay(self._folders[1], self.mappings_folder, tables)

    def follower(self, systems: "Systems") -> "Follower":
        """Give what lets `systems` translate with documents and tables as soon as they are activated."""
        from connectors.active import Follower

        folders = {self.mappings_folder: "*.yaml", self.tables_folder: "*.csv"}
        return Follower(folders, self.read_catalogue, systems.translate_with)

    @cached_property
    def checkpoint_signer(self) -> "CheckpointSigner":
        """Who signs the journal's checkpoints."""
        from pki.checkpoint import CheckpointSigner

        return CheckpointSigner(self.signing_key, JOURNAL)

    def envelope_verifier(self, store: "Store") -> "Callable[[bytes], VerifiedEnvelope] | None":
        """Give what verifies signed SOAP messages, each once for all processes on this database; for worker threads.

        None where no root is trusted. Raises KeyUnusable, OSError.
        """
        from gateway.used_messages import UsedMessages
        from pki.trust_folder import read_trust
        from pki.wss import Verifier

        if self.settings.trust is None:
            return None
        return Verifier(read_trust(self.settings.trust).roots, self.clock, UsedMessages(store, self.clock)).verify

    def sandbox_app(self, root: bytes = b"", seed: int = 1) -> Any:
        """Give the simulators of all connectors as one application; `root` is the certificate of its HTTPS."""
        from connectors.sandbox import create_sandbox

        return create_sandbox(self.catalogue, clock=self.clock, seed=seed, root=root)

    def elsewhere(self, folder: Path, *, clock: Clock, sandbox: str) -> Self:
        """Give a site of its own in another folder, with another clock, talking to the simulators at `sandbox`.

        A database or broker that was set stays, and so do its keys: only the embedded ones move to the folder.
        """
        chosen = self.settings.model_fields_set
        settings = Settings(
            database=self.settings.database if "database" in chosen else f"sqlite:///{folder}/hub.db",
            broker=self.settings.broker,
            state=self.settings.state if "database" in chosen else folder,
            master_key=self.settings.master_key,
            master_key_file=self.settings.master_key_file,
            sandbox=sandbox,
            systems={},
            agency_number=self.agency_number,
        )
        return type(self)(settings, clock=clock)

    def connector_settings(self, name: str) -> ConnectorSettings:
        """Give what is set for a connector, its secrets in clear in memory. Raises SecretUnusable, SealBroken."""
        from connectors.secrets import resolved

        chosen = self.settings.systems.get(name, ConnectorSettings())
        known = resolved(name, chosen.credentials, vault=lambda: self.vault)
        return chosen.model_copy(update={"sandbox": self.settings.sandbox, "credentials": known})

    @property
    def ground(self) -> "Ground":
        """What connector instances of this site are made of; one without an address of its own talks to the sandbox."""
        from connectors.instances.running import Ground
        from connectors.runtime import build_systems

        return Ground(
            catalogue=self.read_catalogue,
            shipped=self.connector_settings,
            vault=lambda: self.vault,
            build=lambda catalogue, chosen: build_systems(catalogue, chosen, clock=self.clock, random=self.random),
        )

    def configuration(self) -> "InForce":
        """Read the newest revision; a site without a database has none. Raises StoreUnavailable on a fault."""
        from registry.configuration.revisions import InForce, in_force
        from registry.schema_upgrade import newest, revision

        if self.settings.embedded_database and not Path(self.settings.database.removeprefix("sqlite:///")).exists():
            return InForce()
        store = self.reader()
        try:
            return store.read_now(lambda t: in_force(t) if revision(t) == newest() else InForce())
        finally:
            store.close_now()

    def switch_connector(self, name: str, state: str, reason: str) -> int:
        """Change whether a connector is reached; give the revision. Raises Problem, StoreBusy, StoreUnavailable."""
        from connectors.instances.settings import State
        from gateway.configuration.opening import switch

        return switch(self, name, State(state), reason)

    @property
    def approve_mappings(self) -> bool:
        """Whether a mapping version needs the approval of a second person."""
        return self.settings.approve_mappings

    @property
    def tables_folder(self) -> Path:
        """Where the site's own code tables lie."""
        return self.settings.state / "tables"

    @property
    def mappings_folder(self) -> Path:
        """Where the site's activated mapping documents lie."""
        return self.settings.state / "mappings"

    def mapping_files(self) -> list[Path]:
        """Every mapping document in force: the activated ones, and those of the connectors that none stands for.

        The canonical types that folders bring along are known afterwards. Raises CatalogueError.
        """
        from connectors.catalogue import adopt_types, folders

        own = sorted(self.mappings_folder.glob("*.yaml"))
        replaced = {path.stem for path in own}
        files = []
        for folder in folders():
            adopt_types(folder)
            files += sorted((folder / "mappings").glob("*.yaml"))
        return own + [path for path in files if f"{path.parent.parent.name}.{path.stem}" not in replaced]

    def mapping_functions(self) -> "Registered":
        """The functions that mapping documents may call, by connector."""
        from connectors.catalogue import registered

        return registered()

    def issue_code(self) -> "TrackingCode":
        """Draw a tracking code under this site's number."""
        from registry.codes import issue, jalali_year2

        return issue(jalali_year2(self.clock()), self.agency_number)
