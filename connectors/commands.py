"""`hub sandbox` and `hub connectors`: the simulated national systems, and what is known of each connector."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import typer

from connectors.admin_commands import (
    disable,
    drift,
    enable,
    examine_connector,
    known,
    live_state,
    pause,
    quality,
    resume,
)
from connectors.catalogue import Connected
from connectors.check_commands import check
from connectors.new_command import new
from connectors.secrets import SEALED, place_of


class ConnectorSite(Protocol):
    """What these commands need of a site (`hub.Site`)."""

    settings: Any

    @property
    def vault(self) -> Any:
        """What seals secrets (`pki.vault.Vault`)."""
        ...

    @property
    def catalogue(self) -> Mapping[str, Connected]:
        """Every connector folder."""
        ...


connectors = typer.Typer(no_args_is_help=True, help="Connectors: outside systems the hub reaches.")
connectors.command("new")(new)
connectors.command("test")(examine_connector)
connectors.command()(enable)
connectors.command()(disable)
connectors.command()(pause)
connectors.command()(resume)
connectors.command()(quality)
connectors.command()(check)
connectors.add_typer(drift, name="drift")
AsData = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@connectors.command("list")
def list_connectors(ctx: typer.Context, as_data: AsData = False) -> None:
    """List every connector with its operations."""
    site: ConnectorSite = ctx.obj
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "title": connected.manifest.title.model_dump(),
            "transport": connected.manifest.transport,
            "operations": {key: item.effect.value for key, item in connected.manifest.operations.items()},
        }
        for name, connected in site.catalogue.items()
    ]
    if as_data:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("name", "title", "transport", "operations", box=None, header_style="bold cyan")
    for row in rows:
        operations = ", ".join(f"{key} ({effect})" for key, effect in row["operations"].items())
        table.add_row(row["name"], f"{row['title']['en']}\n{row['title']['fa']}", row["transport"], operations)
    Console().print(table)


@connectors.command("show")
def show_connector(ctx: typer.Context, name: str, as_data: AsData = False) -> None:
    """Show how one system fares now, and its manifest: operations, grades, limits, open questions to the owner."""
    connected = known(ctx.obj, name)
    shown = connected.manifest.model_dump(mode="json", exclude_none=True)
    shown["faults"] = {key: sorted(kind.value for kind in kinds) for key, kinds in connected.simulation.faults.items()}
    live, words = live_state(ctx.obj, name)
    shown["live"] = live
    if as_data:
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    terminal = Console()
    manifest = connected.manifest
    terminal.print(f"[bold cyan]{name}[/]  {manifest.title.en}   {manifest.title.fa}")
    terminal.print(f"owner {manifest.owner}   transport {manifest.transport}   auth {manifest.auth.profile.value}")
    table = Table("operation", "effect", "grade", "asks → answers", "title", box=None, header_style="bold")
    for key, item in manifest.operations.items():
        table.add_row(key, item.effect.value, item.grade.value, f"{item.request} → {item.answer}", item.title.fa)
    terminal.print(table)
    for sentence in words:
        terminal.print(f"{'!' if sentence.grave else '·'} {sentence.en}\n  {sentence.fa}")
    for question in manifest.questions:
        terminal.print(f"? {question.en}\n  {question.fa}")


@connectors.command("seal")
def seal_credential(ctx: typer.Context, name: str, credential: str) -> None:
    """Seal one credential of a connector with the site's master key; print the text for hub.toml.

    The secret is asked for, or read from standard input. It opens in this one place only.
    """
    site: ConnectorSite = ctx.obj
    known(site, name)
    secret = typer.prompt(f"{name} {credential}", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.read()
    if not (secret := secret.removesuffix("\n")):
        typer.echo("nothing was given", err=True)
        raise typer.Exit(2)
    typer.echo(SEALED + site.vault.seal_secret(place_of(name, credential), secret))


def sandbox(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of HTTP")] = 8090,
    https_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of HTTPS; else the next one.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same misbehaviour.")] = 1,
) -> None:
    """Serve the simulators of all connectors over HTTP and HTTPS until Ctrl-C.

    Pages for people are at / and /_admin/<system>, control routes for programs under /<system>/_sim/.
    """
    chosen = https_port if https_port is not None else port + 1 if port else 0
    try:
        asyncio.run(_serve(ctx.obj, host, port, chosen, seed))
    except OSError as fault:
        typer.echo(f"{host}:{port}: {fault}", err=True)
        raise typer.Exit(2) from fault


async def _serve(site: Any, host: str, port: int, https_port: int, seed: int) -> None:
    from connectors.sandbox_tls import sandbox_identity
    from connectors.serving import listen, serving
    from pki.tls import server_context

    identity, root = sandbox_identity(site.settings.state / "sandbox", now=site.clock(), hosts=[host])
    app = site.sandbox_app(root, seed)

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    plain, secure = listen(host, port), listen(host, https_port)
    async with serving(app, plain) as url, serving(app, secure, server_context(identity)) as secure_url:
        typer.echo(f"simulated national systems  {url}/  {secure_url}/  root certificate {url}/_root.pem")
        for name in site.catalogue:
            typer.echo(f"  {url}/{name}/    faults {url}/{name}/_sim/faults")
        await stop.wait()
