"""**hub** wires: settings, the parts of a site, and the command line. The only place that knows every room."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

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
    from broker.site_secrets import SiteSecrets
    from broker.versions import leaves
    from broker.versions.desk import VersionDesk
    from connectors.http import HttpClient
    from connectors.instances.running import Instances
    from console.app import create_faces
    from gateway.configuration.opening import declaring, open_desk
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
        keeper = await store.write(lambda t: SiteSecrets.of_site(t, site.vault, now=site.clock()))
        try:
            keeper.seal("at start", ())
        except PkiError as fault:
            raise ValueError(f"the master key does not belong to this database: {fault}") from fault
        instances = Instances(site.ground)
        systems = instances.start(current.value.configuration)
        stack.push_async_callback(systems.close)
        http = HttpClient()
        stack.push_async_callback(http.close)
        meters = Meters()
        broker = await open_broker(site.settings.broker, lease=lease, random=site.random)
        stack.push_async_callback(broker.close)
        flow = Flow(
            FlowParts(
                store=store,
                current=current,
                systems=systems,
                instances=instances,
                declare=declaring(site.settings),
                broker=broker,
                http=http,
                vault=site.vault,
                secrets=keeper,
                tree=MerkleTree(),
                signer=site.checkpoint_signer,
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
                keep_replies=timedelta(days=site.settings.keep_replies_days),
                durable=not site.settings.embedded_broker,
                alone=site.settings.embedded_database,
                reach=die_at(site.settings.kill_at) if site.settings.kill_at else pass_by,
            )
        )
        await flow.start()
        stack.push_async_callback(flow.stop)
        for work in (site.follower(systems).follow(), leaves.follow(store, site.mappings_folder)):
            stack.callback(asyncio.create_task(work).cancel)

        def operation_schema(system: str, name: str) -> OperationSchema | None:
            there = systems.find(system)
            found = there.manifest.operations.get(name) if there else None
            return OperationSchema(found.request, found.answer, found.effect) if found else None

        async def metrics() -> bytes:
            meters.see(systems.statuses())
            return await meters.exposition(store)

        app = create_faces(
            Parts(
                store=store,
                current=current,
                exchange=flow.exchange,
                inbox=flow.inbox,
                clock=site.clock,
                signing_key=site.signing_key,
                vkey=site.checkpoint_signer.verifier_key(),
                base_url=base_url,
                ready=flow.ready,
                operations=operation_schema,
                secrets=keeper,
                desk=open_desk(site, store, tell=flow.refresh),
                instances=instances,
                versions=VersionDesk(site),
                metrics=metrics,
                verify_envelope=site.envelope_verifier(store),
            ),
            calls=Role.API in parted,
        )
        yield Hub(site, store, current, systems, flow, app, site.checkpoint_signer.verifier_key())


COMMANDS = {
    "init": "gateway.commands:init",
    "serve": "gateway.commands:serve",
    "doctor": "gateway.doctor.commands:doctor",
    "sandbox": "connectors.commands:sandbox",
    "demo": "console.commands:demo",
    "example": "console.example.commands:example",
    "docs": "console.commands:docs",
    "bench": "console.commands:bench",
    "trace": "registry.commands:trace",
    "timeline": "registry.commands:timeline",
    "code": "registry.commands:code",
    "agencies": "registry.commands:agencies",
    "services": "registry.commands:services",
    "rights": "registry.commands:rights",
    "keys": "registry.commands:keys",
    "subscriptions": "registry.commands:subscriptions",
    "missing": "gateway.missing.commands:missing",
    "officers": "gateway.admin.commands:officers",
    "inbox": "broker.inbox_commands:inbox",
    "parked": "broker.commands:parked",
    "connectors": "connectors.commands:connectors",
    "mappings": "broker.versions.commands:documents",
    "export": "gateway.configuration.commands:export",
    "plan": "gateway.configuration.commands:plan",
    "apply": "gateway.configuration.commands:apply",
    "revisions": "gateway.configuration.commands:revisions",
    "rollback": "gateway.configuration.commands:rollback",
    "verify": "pki.commands:verify",
}
"""Every room's commands: a function, or a group with commands of its own. Only what is called is imported."""


class RoomCommands(TyperGroup):
    """Finds a command in its room when it is asked for, so that a short answer does not wait for the whole house."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is the library's.
        """Name them in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - see above.
        """Import the room of one command; None for a word that is no command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False)
            alone.command(cmd_name)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


def build_cli() -> typer.Typer:
    """Make the command line out of the rooms' commands."""
    from gateway.logs import configure_logs

    cli = typer.Typer(
        name="hub", cls=RoomCommands, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
    )

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

    return cli


def app() -> None:
    """Run the command line: what the script `hub` calls."""
    build_cli()()


if __name__ == "__main__":
    app()
