"""**hub** wires: settings, the parts of a site, and the command line. The only place that knows every room."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from gateway.settings import SettingsDamaged, read_settings
from gateway.site import Site

if TYPE_CHECKING:
    from broker.flow import Flow
    from connectors.runtime import Systems
    from registry.snapshot import Current
    from registry.store import Store


class WiredSite(Site):
    """A site that can be run: what every command finds in `ctx.obj`."""

    def prepare(self) -> str:
        """Make database, queues, keys and catalogue; what is there stays. Return what the journal verifies with.

        Raises StoreBusy, StoreUnavailable, TopologyConflict, BrokerUnavailable, PkiError. Not for a running event loop.
        """
        from broker.topology import declare

        verifier_key = self.make_keys()
        if not self.settings.embedded_broker:
            asyncio.run(declare(self.settings.broker, self.catalogue))
        store = self.store()
        try:
            seed_site(self, store)
        finally:
            store.close_now()
        return verifier_key

    def make_keys(self) -> str:
        """Read the master key and the signing key, made where there are none; return what the journal verifies with."""
        self.vault.new_subject_key()
        return self.checkpoint_signer.verifier_key()

    def running(
        self, base_url: str, *, roles: str = "all", only: tuple[str, ...] = ()
    ) -> AbstractAsyncContextManager["Hub"]:
        """Run the hub, or one role of it, while the context lasts. Raises StoreBusy, StoreUnavailable, ValueError."""
        return running(self, base_url=base_url, roles=roles, only=only)


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
async def running(site: Site, *, base_url: str, roles: str, only: tuple[str, ...]) -> AsyncIterator[Hub]:
    """Start everything of one process in the order it needs, and stop it in the other. Raises StoreBusy."""
    from broker.flow import Flow, FlowParts
    from broker.meters import Meters
    from broker.opening import open_broker
    from broker.points import die_at, pass_by
    from broker.roles import Role
    from broker.webhook_secrets import WebhookSecrets
    from connectors.http import HttpClient
    from gateway.app import create_app
    from gateway.parts import OperationSchema, Parts
    from pki import jws
    from pki.errors import PkiError
    from pki.merkle import MerkleTree
    from registry.snapshot import Current

    parted = site.settings.parted(roles)
    lease = f"{os.getpid()}-{secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:
        store = site.store()
        stack.push_async_callback(store.close)
        seed_site(site, store)
        current = Current(store)
        await current.refresh()
        keeper = await store.write(lambda t: WebhookSecrets.of_site(t, site.vault, now=site.clock()))
        try:
            keeper.seal("at start", ())
        except PkiError as fault:
            raise ValueError(f"the master key does not belong to this database: {fault}") from fault
        systems = site.systems()
        systems.switch(current.value.switches)
        stack.push_async_callback(systems.close)
        http = HttpClient()
        stack.push_async_callback(http.close)
        signer = site.checkpoint_signer
        meters = Meters()
        broker = await open_broker(site.settings.broker, lease=lease, random=site.random)
        stack.push_async_callback(broker.close)
        flow = Flow(
            FlowParts(
                store=store,
                current=current,
                systems=systems,
                broker=broker,
                http=http,
                vault=site.vault,
                secrets=keeper,
                tree=MerkleTree(),
                signer=signer,
                sign=lambda claims: jws.sign(site.signing_key, {"iss": base_url, **claims}, typ="receipt+jwt"),
                issue=site.issue_code,
                source=base_url,
                lease=lease,
                clock=site.clock,
                random_bytes=os.urandom,
                random=site.random,
                meters=meters,
                roles=parted,
                only=only,
                durable=not site.settings.embedded_broker,
                alone=site.settings.embedded_database,
                reach=die_at(site.settings.kill_at) if site.settings.kill_at else pass_by,
            )
        )
        await flow.start()
        stack.push_async_callback(flow.stop)
        following = asyncio.create_task(site.follower(systems).follow())
        stack.callback(following.cancel)

        def operation_schema(system: str, name: str) -> OperationSchema | None:
            connected = site.catalogue.get(system)
            found = connected.manifest.operations.get(name) if connected else None
            return OperationSchema(found.request, found.answer, found.effect) if found else None

        app = create_app(
            Parts(
                store=store,
                current=current,
                exchange=flow.exchange,
                inbox=flow.inbox,
                clock=site.clock,
                signing_key=site.signing_key,
                vkey=signer.verifier_key(),
                base_url=base_url,
                ready=flow.ready,
                operations=operation_schema,
                secrets=keeper,
                metrics=lambda: meters.exposition(store),
                verify_envelope=site.verify_envelope,
            ),
            calls=Role.API in parted,
        )
        yield Hub(site, store, current, systems, flow, app, signer.verifier_key())


def build_cli() -> typer.Typer:
    """Mount every room's commands."""
    import broker.commands
    import broker.versions.commands
    import connectors.commands
    import console.commands
    import gateway.admin.commands
    import gateway.commands
    import gateway.doctor.commands
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
            ctx.obj = WiredSite(read_settings())
        except SettingsDamaged as damaged:
            if ctx.invoked_subcommand == "doctor":
                ctx.obj = damaged  # To be told among the findings.
                return
            typer.echo(str(damaged), err=True)
            raise typer.Exit(2) from damaged

    for command in (
        gateway.commands.init,
        gateway.commands.serve,
        gateway.doctor.commands.doctor,
        connectors.commands.sandbox,
        console.commands.demo,
        console.commands.docs,
        console.commands.bench,
        registry.commands.trace,
        registry.commands.timeline,
    ):
        cli.command()(command)
    documents = typer.Typer(no_args_is_help=True, help="Mapping documents: look, test, try, activate; code tables.")
    documents.add_typer(mappings.commands.app)
    documents.add_typer(broker.versions.commands.app)
    for group, name in (
        (registry.commands.code, "code"),
        (registry.commands.agencies, "agencies"),
        (registry.commands.services, "services"),
        (registry.commands.rights, "rights"),
        (registry.commands.keys, "keys"),
        (registry.commands.subscriptions, "subscriptions"),
        (gateway.admin.commands.officers, "officers"),
        (broker.commands.parked, "parked"),
        (connectors.commands.connectors, "connectors"),
        (documents, "mappings"),
        (pki.commands.verify, "verify"),
    ):
        cli.add_typer(group, name=name)
    return cli


def app() -> None:
    """Run the command line: what the script `hub` calls."""
    build_cli()()


if __name__ == "__main__":
    app()
