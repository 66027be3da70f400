"""`hub init` makes a site; `hub serve` is the hub on this machine until it is told to stop."""

import asyncio
import gc
import signal
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

if TYPE_CHECKING:
    from registry.move import Moved

LEAVE_SECONDS = 0.5
"""How long a leaving process still takes callers after it has said that it is not ready."""

COLLECT_AFTER = 50_000
"""Objects made and not yet freed before the collector looks for cycles among the young ones."""


class ServingSite(Protocol):
    """What `serve` needs of a site (`hub.Site`)."""

    settings: Any

    def prepare(self) -> str:
        """Make database, keys and catalogue; return what the journal verifies with."""
        ...

    def running(
        self, base_url: str, *, roles: str = "all", only: tuple[str, ...] = ()
    ) -> AbstractAsyncContextManager[Any]:
        """Run the hub, or one role of it, while the context lasts."""
        ...

    def sandbox_app(self) -> Any:
        """Give the simulators as one application."""
        ...


def init(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Option("--from", metavar="sqlite:///PATH", help="Move this SQLite site here first")
    ] = None,
) -> None:
    """Make the database, the queues, the keys, the site's own agency and the seed catalogue. Safe to repeat."""
    from broker.port import BrokerError
    from gateway.moving import move_here
    from pki.errors import PkiError
    from registry.move import MoveRefused
    from registry.store import StoreBusy, StoreUnavailable

    site: ServingSite = ctx.obj
    try:
        if source is not None:
            _tell(move_here(ctx.obj, source))
        verifier_key = site.prepare()
    except (StoreBusy, StoreUnavailable, BrokerError, MoveRefused, PkiError, ValueError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from fault
    typer.echo(f"{site.settings.database.rpartition('@')[2]} is ready; its journal verifies with {verifier_key}")
    _tell_first_link(ctx.obj)


def _tell_first_link(site: Any) -> None:
    """On a site that nobody runs yet, print the first administrator's one-time link, apart from what may be piped."""
    import os

    from broker.site_secrets import SiteSecrets
    from gateway.admin.first import first_link, page_of
    from registry.desk import write

    now, settings = site.clock(), site.settings
    link = write(
        site,
        lambda t: first_link(t, SiteSecrets.of_site(t, site.vault, now=now), random=os.urandom, now=now, again=False),
    )
    if link is not None:
        page = page_of(settings.base_url or f"http://{settings.listen}", link)
        typer.echo(f"first administrator, once, until {link.expires_at:%Y-%m-%d %H:%M} UTC: {page}", err=True)


def _tell(moved: "Moved") -> None:
    """Print what a move has brought, table by table."""
    width = max(map(len, moved.counts))
    for table, rows in moved.counts.items():
        typer.echo(f"{table:<{width}}  {rows:>12,}")
    if moved.root is None:
        typer.echo("The journal was never sealed.")
    else:
        typer.echo(f"The journal's root over {moved.size:,} leaves is the same on both sides: {moved.root.hex()}")


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of HUB_LISTEN")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port, instead of HUB_LISTEN")] = None,
    with_sandbox: Annotated[bool, typer.Option("--with-sandbox", help="Serve the simulators too")] = False,
    role: Annotated[str, typer.Option(help="all, or some of api,relay,worker,delivery,sealer")] = "all",
    systems: Annotated[str, typer.Option(help="A worker calls these systems only, by commas; all when left out")] = "",
) -> None:
    """Serve the hub until SIGTERM or Ctrl-C; what is unfinished then goes on at the next start."""
    import uvloop

    from broker.port import BrokerError
    from pki.errors import PkiError
    from registry.store import StoreBusy, StoreUnavailable

    site: ServingSite = ctx.obj
    given_host, _, given_port = site.settings.listen.rpartition(":")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(
                _serve(
                    site,
                    host or given_host.strip("[]"),
                    int(given_port) if port is None else port,
                    with_sandbox=with_sandbox,
                    roles=role,
                    only=tuple(name.strip() for name in systems.split(",") if name.strip()),
                )
            )
    except (StoreBusy, StoreUnavailable, BrokerError, PkiError, LookupError, ValueError, OSError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from fault


async def _serve(
    site: ServingSite, host: str, port: int, *, with_sandbox: bool, roles: str, only: tuple[str, ...]
) -> None:
    from connectors.serving import address, listen, serving

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with AsyncExitStack() as stack:
        if with_sandbox:
            away, _, away_port = site.settings.sandbox.rpartition("://")[2].partition("/")[0].rpartition(":")
            url = await stack.enter_async_context(serving(site.sandbox_app(), listen(away, int(away_port))))
            typer.echo(f"simulated national systems  {url}/")
        door = listen(host, port)
        base_url = site.settings.base_url or address(door)
        hub = await stack.enter_async_context(site.running(base_url, roles=roles, only=only))
        url = await stack.enter_async_context(serving(hub.app, door))
        typer.echo(f"hub                         {url}/")
        typer.echo(f"description of its calls    {url}/openapi.json")
        typer.echo("Ctrl-C stops it; nothing accepted is lost.")
        _settle_memory()
        await stop.wait()
        hub.flow.leave()
        await asyncio.sleep(LEAVE_SECONDS)


def _settle_memory() -> None:
    """Keep the collector away from what lives as long as the process.

    Libraries, schemas and mappings are hundreds of thousands of objects that every full collection would walk again.
    What an inquiry makes is nearly all freed by its reference counts, so cycles may gather longer than usual.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20, 100)
