"""`hub demo`: the main job, told in the terminal. `hub docs`: the reference pages."""

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated, Any, Protocol

import typer

console = typer.Typer(name="console", help="The faces a person looks at", no_args_is_help=True)

OPENS = time(9, 12)


class RunningHub(Protocol):
    """What the story needs of a running hub (`hub.Hub`)."""

    app: Any
    flow: Any
    store: Any
    current: Any
    verifier_key: str


class StorySite(Protocol):
    """What the story needs of a site (`hub.Site`)."""

    signing_key: Any
    catalogue: Mapping[str, Any]

    def elsewhere(self, folder: Path, *, clock: Callable[[], datetime], sandbox: str) -> "StorySite":
        """Give a site of its own in `folder`."""
        ...

    def prepare(self) -> str:
        """Make database, queues and catalogue."""
        ...

    def running(self, base_url: str) -> AbstractAsyncContextManager[RunningHub]:
        """Run it while the context lasts."""
        ...


def demo(
    ctx: typer.Context,
    keep: Annotated[Path | None, typer.Option(help="Keep database, keys and receipts in this new folder")] = None,
) -> None:
    """Tell one building-permit case across four national systems, over real HTTP on this machine."""
    from rich.console import Console

    from console.story.caller import Unexpected
    from console.story.stage import WIDTH
    from gateway.logs import configure_logs

    configure_logs(logging.WARNING)
    terminal = Console(highlight=False)
    if not terminal.is_terminal:
        terminal = Console(highlight=False, width=WIDTH)
    with tempfile.TemporaryDirectory(prefix="peyvand-") as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            asyncio.run(_tell(ctx.obj, folder, terminal, kept=keep is not None))
        except Unexpected as wrong:
            terminal.print(f"\n[bold red]The story went wrong:[/] {wrong}")
            raise typer.Exit(1) from wrong


def docs(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="Where to write; left out: docs/reference")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say which pages differ")] = False,
) -> None:
    """Write the reference pages from the declarations: problems, settings, states, types, connectors, OpenAPI."""
    from console import reference

    target = folder or reference.FOLDER
    with tempfile.TemporaryDirectory(prefix="peyvand-") as temporary:
        wanted = reference.pages(ctx.obj.catalogue, asyncio.run(_describe(ctx.obj, Path(temporary))))
    changed = reference.differences(target, wanted)
    if not check:
        reference.write(target, wanted)
    for name in changed:
        typer.echo(f"{target / name} {'differs' if check else 'written'}")
    if check and changed:
        raise typer.Exit(1)


async def _describe(origin: StorySite, folder: Path) -> Mapping[str, Any]:
    """Start a hub nobody can reach, and take its own description of its interface."""
    site = origin.elsewhere(folder, clock=lambda: datetime.now(UTC), sandbox="http://127.0.0.1:9")
    async with site.running("http://127.0.0.1:8080") as hub:
        described: Mapping[str, Any] = hub.app.openapi()
        return described


def bench(
    parts: Annotated[list[str] | None, typer.Argument(help="Parts of the benchmark; all when left out")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Short runs, to see that it works")] = False,
) -> None:
    """Measure the hub side by side with floors and peers. Works in a checkout, where `benchmarks/` lies."""
    import importlib.util
    import subprocess
    import sys

    if importlib.util.find_spec("benchmarks") is None:
        typer.echo("There is no benchmarks/ here: this command works in a checkout of the project.", err=True)
        raise typer.Exit(2)
    options = ["--quick"] if quick else []
    ended = subprocess.run(  # noqa: S603 - our own module.
        [sys.executable, "-m", "benchmarks", *(parts or []), *options], check=False
    )
    raise typer.Exit(ended.returncode)


async def _tell(origin: StorySite, folder: Path, terminal: Any, *, kept: bool) -> None:
    from connectors.http import HttpClient
    from connectors.sandbox import create_sandbox
    from connectors.serving import listen, serving
    from console.story import acts, closing, proofs
    from console.story.caller import Caller
    from console.story.cast import Subscriber, engage
    from console.story.clock import StoryClock
    from console.story.scene import Scene
    from console.story.stage import Stage

    clock = StoryClock(lambda: datetime.now(UTC), starts=OPENS)
    stage = Stage(terminal)
    async with AsyncExitStack() as stack:
        http = HttpClient()
        stack.push_async_callback(http.close)
        with terminal.status("starting hub, simulators and a subscriber …"):
            sandbox = create_sandbox(origin.catalogue, clock=clock, seed=1405)
            sandbox_url = await stack.enter_async_context(serving(sandbox, listen("127.0.0.1", 0)))
            subscriber = Subscriber(clock)
            listener_url = await stack.enter_async_context(serving(subscriber.app(), listen("127.0.0.1", 0)))
            site = origin.elsewhere(folder, clock=clock, sandbox=sandbox_url)
            door = listen("127.0.0.1", 0)
            from connectors.serving import address

            await asyncio.to_thread(site.prepare)
            hub = await stack.enter_async_context(site.running(address(door)))
            hub_url = await stack.enter_async_context(serving(hub.app, door))
            keys = engage(hub.store, now=clock())
            await hub.current.refresh()
        scene = Scene(
            stage=stage,
            permits=Caller(http, hub_url, keys.permits),
            window=Caller(http, hub_url, keys.window),
            sandbox=Caller(http, sandbox_url),
            clock=clock,
            look=hub.flow.relay.look,
            heard=lambda: len(set(subscriber.heard)),
            # Any of the open requests the simulators know, so that the story can be told twice on one database.
            permit_request=f"331{secrets.randbelow(400) + 1:05d}",
            window_request=f"140512300001{secrets.randbelow(450_000) * 2:06d}",
        )
        closing.opening(stage, hub_url=hub_url, sandbox_url=sandbox_url, clock=clock)
        made = await scene.permits.post("/v1/subscriptions", {"url": f"{listener_url}/events", "types": ["*"]})
        subscriber.secret = made["secret"]
        for act in acts.ACTS:
            await act(scene)
        await proofs.push(scene, site.signing_key.public_jwk())
        await proofs.timeline(scene)
        found = await proofs.receipts(scene)
        await proofs.ledgers(scene, sorted(origin.catalogue), subscriber)
        closing.curtain(stage, folder if kept else None, found, hub.verifier_key)
