"""**hub** wires: settings, the parts of a site, and the command line. The only place that knows every room."""

import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

import typer

from connectors.reach import ConnectorSettings
from gateway.settings import Settings, SettingsDamaged, read_settings

if TYPE_CHECKING:
    from broker.flow import Flow
    from connectors.catalogue import Connected
    from connectors.runtime import Systems
    from pki.checkpoint import CheckpointSigner
    from pki.keys import SigningKey
    from pki.vault import Vault
    from registry.codes import TrackingCode
    from registry.snapshot import Current
    from registry.store import Store

Clock = Callable[[], datetime]

JOURNAL = "peyvand.hub/journal"
"""The origin that every checkpoint of a hub's journal names."""


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass
class Site:
    """One installation: its settings, keys and folders, each opened when first needed. Commands get it as `ctx.obj`."""

    settings: Settings
    clock: Clock = utc_now
    random: SystemRandom = field(default_factory=SystemRandom)

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

        path = self.settings.master_key_file or self.settings.state / "master.key"
        given = self.settings.master_key
        if given is None and self.settings.master_key_file is None and not path.exists():
            return Vault(create_master_key(path))
        return Vault(load_master_key(path, given.get_secret_value() if given else None))

    @cached_property
    def signing_key(self) -> "SigningKey":
        """The key of tokens, push receipts and checkpoints."""
        from pki.keys import load_or_create

        return load_or_create(self.settings.state / "keys" / "hub.pem", "Ed25519")

    @cached_property
    def catalogue(self) -> Mapping[str, "Connected"]:
        """Every connector folder."""
        from connectors.catalogue import discover

        return discover()

    @cached_property
    def checkpoint_signer(self) -> "CheckpointSigner":
        """Who signs the journal's checkpoints."""
        from pki.checkpoint import CheckpointSigner

        return CheckpointSigner(self.signing_key, JOURNAL)

    def sandbox_app(self) -> Any:
        """Give the simulators of all connectors as one application."""
        from connectors.sandbox import create_sandbox

        return create_sandbox(self.catalogue, clock=self.clock, seed=1)

    def elsewhere(self, folder: Path, *, clock: Clock, sandbox: str) -> "Site":
        """Give a site of its own in another folder, with another clock, talking to the simulators at `sandbox`."""
        settings = Settings(
            database=f"sqlite:///{folder}/hub.db",
            state=folder,
            sandbox=sandbox,
            systems={},
            agency_number=self.agency_number,
        )
        return Site(settings, clock=clock)

    def prepare(self) -> str:
        """Make database, keys and catalogue; what is there stays. Return what the journal verifies with."""
        store = self.store()
        try:
            seed_site(self, store)
        finally:
            store.close_now()
        return self.checkpoint_signer.verifier_key()

    def running(self, base_url: str) -> AbstractAsyncContextManager["Hub"]:
        """Run the hub while the context lasts."""
        return running(self, base_url=base_url)

    def mapping_files(self) -> list[Path]:
        """Every mapping document of every connector."""
        return sorted(path for item in self.catalogue.values() for path in (item.folder / "mappings").glob("*.yaml"))

    def issue_code(self) -> "TrackingCode":
        """Draw a tracking code under this site's number."""
        from registry.codes import issue, jalali_year2

        return issue(jalali_year2(self.clock()), self.agency_number)


@dataclass(frozen=True)
class Hub:
    """A running hub: its flow, its application, and what they stand on."""

    site: Site
    store: "Store"
    current: "Current"
    systems: "Systems"
    flow: "Flow"
    app: Any
    verifier_key: str


def seed_site(site: Site, store: "Store") -> None:
    """Write the seed catalogue and enrol every connector found. What is there already stays."""
    from connectors.offers import enrol
    from registry import seeding

    def act(transaction: Any) -> None:
        seeding.seed(transaction, now=site.clock(), agency_number=site.agency_number)
        enrol(transaction, site.catalogue)

    store.write_now(act)


@asynccontextmanager
async def running(site: Site, *, base_url: str) -> AsyncIterator[Hub]:
    """Start everything of one process in the order it needs, and stop it in the other. Raises StoreBusy."""
    from broker.flow import Flow, FlowParts
    from broker.memory import MemoryBroker
    from broker.points import die_at, pass_by
    from broker.webhook_secrets import WebhookSecrets
    from connectors.http import HttpClient
    from connectors.runtime import build_systems
    from gateway.app import create_app
    from gateway.parts import OperationSchema, Parts
    from pki import jws
    from pki.merkle import MerkleTree
    from registry import subjects
    from registry.snapshot import Current

    async with AsyncExitStack() as stack:
        store = site.store()
        stack.push_async_callback(store.close)
        seed_site(site, store)
        current = Current(store)
        await current.refresh()
        owner = await store.write(
            lambda t: subjects.ensure(
                t,
                fingerprint=site.vault.fingerprint("site", "webhook-secrets"),
                new_key=site.vault.new_subject_key,
                now=site.clock(),
            )
        )
        keeper = WebhookSecrets(site.vault, owner.wrapped_key or b"")
        systems = build_systems(
            site.catalogue,
            {
                name: site.settings.systems.get(name, ConnectorSettings(sandbox=site.settings.sandbox))
                for name in site.catalogue
            },
            clock=site.clock,
            random=site.random,
        )
        stack.push_async_callback(systems.close)
        http = HttpClient()
        stack.push_async_callback(http.close)
        signer = site.checkpoint_signer
        flow = Flow(
            FlowParts(
                store=store,
                current=current,
                systems=systems,
                broker=MemoryBroker(),
                http=http,
                vault=site.vault,
                secrets=keeper,
                tree=MerkleTree(),
                signer=signer,
                sign=lambda claims: jws.sign(site.signing_key, {"iss": base_url, **claims}, typ="receipt+jwt"),
                issue=site.issue_code,
                source=base_url,
                lease=f"{os.getpid()}-{secrets.token_hex(4)}",
                clock=site.clock,
                random_bytes=os.urandom,
                random=site.random,
                reach=die_at(site.settings.kill_at) if site.settings.kill_at else pass_by,
            )
        )
        await flow.start()
        stack.push_async_callback(flow.stop)

        def operation_schema(system: str, name: str) -> OperationSchema | None:
            connected = site.catalogue.get(system)
            found = connected.manifest.operations.get(name) if connected else None
            return OperationSchema(found.request, found.answer, found.effect) if found else None

        app = create_app(
            Parts(
                store=store,
                current=current,
                exchange=flow.exchange,
                clock=site.clock,
                signing_key=site.signing_key,
                vkey=signer.verifier_key(),
                base_url=base_url,
                ready=flow.ready,
                operations=operation_schema,
                secrets=keeper,
            )
        )
        yield Hub(site, store, current, systems, flow, app, signer.verifier_key())


def build_cli() -> typer.Typer:
    """Mount every room's commands."""
    import connectors.commands
    import console.commands
    import gateway.commands
    import mappings.commands
    import pki.commands
    import registry.commands
    from gateway.logs import configure_logs

    cli = typer.Typer(name="hub", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

    @cli.callback()
    def open_site(ctx: typer.Context) -> None:
        """Peyvand (پیوند): a municipality's government integration bus and data-exchange hub."""
        configure_logs()
        try:
            ctx.obj = Site(read_settings())
        except SettingsDamaged as damaged:
            typer.echo(str(damaged), err=True)
            raise typer.Exit(2) from damaged

    for command in (
        gateway.commands.init,
        gateway.commands.serve,
        connectors.commands.sandbox,
        console.commands.demo,
        console.commands.docs,
        registry.commands.trace,
        registry.commands.timeline,
    ):
        cli.command()(command)
    for group, name in (
        (registry.commands.code, "code"),
        (registry.commands.agencies, "agencies"),
        (registry.commands.services, "services"),
        (registry.commands.rights, "rights"),
        (registry.commands.keys, "keys"),
        (registry.commands.subscriptions, "subscriptions"),
        (connectors.commands.connectors, "connectors"),
        (mappings.commands.app, "mappings"),
        (pki.commands.verify, "verify"),
    ):
        cli.add_typer(group, name=name)
    return cli


def app() -> None:
    """Run the command line: what the script `hub` calls."""
    build_cli()()


if __name__ == "__main__":
    app()
