"""**hub** wires: settings, the parts of a site, and the command line. The only place that knows every room."""

import asyncio
import logging
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from connectors.reach import ConnectorSettings

if TYPE_CHECKING:
    from broker.flow import Flow
    from connectors.catalogue import Connected
    from connectors.runtime import Systems
    from pki.keys import SigningKey
    from pki.vault import Vault
    from registry.snapshot import Current
    from registry.codes import TrackingCode
    from registry.store import Store

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Settings(BaseSettings):
    """`HUB_*` variables over `hub.toml` over these defaults. `systems.<name>` holds a connector's settings."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_", env_nested_delimiter="__", toml_file="hub.toml", extra="forbid", frozen=True
    )

    database: str = Field(default="sqlite:///var/hub.db", pattern=r"^sqlite:///.+")
    broker: str = Field(default="memory:", pattern=r"^memory:$")
    state: Path = Path("var")
    master_key: SecretStr | None = None
    master_key_file: Path | None = None
    listen: str = Field(default="127.0.0.1:8080", pattern=r"^\[?[0-9a-zA-Z.:-]+\]?:\d{1,5}$")
    base_url: str | None = None
    agency_number: int = Field(default=1000, ge=0, le=9999)
    sandbox: str = Field(default="http://127.0.0.1:8090", pattern=r"^https?://\S+$")
    systems: dict[str, ConnectorSettings] = Field(default_factory=dict)
    kill_at: str | None = None

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        return sources["init_settings"], sources["env_settings"], TomlConfigSettingsSource(settings_cls)


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

        store = Store.open(self.settings.database, clock=self.clock)
        try:
            upgrade(self.settings.database)
        except BaseException:
            store.close_now()
            raise
        return store

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
    """Write the seed catalogue and a callable service for each connector operation. What is there already stays."""
    from connectors.offers import offered
    from registry import seeding, services

    def act(transaction: Any) -> None:
        seeding.seed(transaction, now=site.clock(), agency_number=site.agency_number)
        for service in offered(site.catalogue):
            if services.get(transaction, service.id) is None:
                services.put(transaction, service)

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
    from pki.checkpoint import CheckpointSigner
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
        signer = CheckpointSigner(site.signing_key, "peyvand.hub/journal")
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


def parse_settings(**given: Any) -> Settings:
    """Read the settings. Raises typer.Exit with status 2 after naming every damaged one."""
    try:
        return Settings(**given)
    except ValidationError as damaged:
        for problem in damaged.errors(include_url=False, include_input=False):
            name = "HUB_" + "__".join(str(step).upper() for step in problem["loc"])
            typer.echo(f"{name}: {problem['msg']}", err=True)
    except (OSError, ValueError) as unreadable:
        typer.echo(f"hub.toml: {unreadable}", err=True)
    raise typer.Exit(2)


def quiet_logs() -> None:
    """One JSON line an event on standard error; libraries speak from warnings upwards."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def build_cli() -> typer.Typer:
    """Mount every room's commands."""
    import connectors.commands
    import console.commands
    import gateway.commands
    import mappings.commands
    import pki.commands
    import registry.commands

    cli = typer.Typer(name="hub", no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

    @cli.callback()
    def open_site(ctx: typer.Context) -> None:
        """Peyvand (پیوند): a municipality's government integration bus and data-exchange hub."""
        quiet_logs()
        ctx.obj = Site(parse_settings())

    @cli.command()
    def init(ctx: typer.Context) -> None:
        """Make the database, the keys, the site's own agency and the seed catalogue. Safe to repeat."""
        site: Site = ctx.obj
        store = site.store()
        try:
            seed_site(site, store)
        finally:
            store.close_now()
        typer.echo(f"{site.settings.database} is ready; verifier key of its journal: {site.verifier_key}")

    for room in (registry, connectors, mappings, pki, gateway, console):
        room.commands.mount(cli)
    return cli


def app() -> None:
    """Run the command line: what the script `hub` calls."""
    build_cli()()


if __name__ == "__main__":
    app()
