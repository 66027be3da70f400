"""`hub example`: hub, simulated national systems and console of a municipality at work, until Ctrl-C."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from console.commands import StorySite

if TYPE_CHECKING:
    from console.example.place import Place
    from gateway.admin.first import FirstLink

FOLDER = Path("var/example")
PACE = 5.0


class ExampleSite(StorySite, Protocol):
    """What the example needs of a site beside what the story does."""

    settings: Any

    def sandbox_app(self) -> Any:
        """Give the simulators as one application."""
        ...


def example(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Option(help="The example's own folder; it goes on with what lies there")] = FOLDER,
    pace: Annotated[float, typer.Option(min=0.05, help="Seconds from one case to the next")] = PACE,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of hub and console")] = None,
    sandbox_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port of the simulators")] = None,
) -> None:
    """Run a living example site: traffic trickles in, some work is stuck, one portal is on holiday. Ctrl-C ends it."""
    import uvloop

    from console.example.place import NotAnExample, Place, refuse_other_stores
    from gateway.logs import configure_logs
    from registry.store import StoreBusy, StoreUnavailable

    configure_logs(logging.ERROR)
    settings = ctx.obj.settings
    chosen: Mapping[str, Any] = {name: getattr(settings, name) for name in settings.model_fields_set}
    listen = _door(settings.listen, port)
    away = _door(settings.sandbox.rpartition("://")[2].partition("/")[0], sandbox_port)
    try:
        refuse_other_stores(chosen)
        place = Place.at(folder)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_live(ctx.obj, place, pace, listen, away))
    except (NotAnExample, StoreBusy, StoreUnavailable, OSError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from fault


def _door(address: str, port: int | None) -> tuple[str, int]:
    host, _, given = address.rpartition(":")
    return host.strip("[]"), int(given) if port is None else port


async def _live(origin: ExampleSite, place: "Place", pace: float, door: tuple[str, int], away: tuple[str, int]) -> None:
    from connectors.http import HttpClient
    from connectors.serving import address, serving
    from console.example import cast, traffic, weather
    from console.example.courses import Town
    from console.story.caller import Caller
    from console.story.clock import StoryClock

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    clock = StoryClock(lambda: datetime.now(UTC), days_ago=traffic.DAYS_BEFORE if place.fresh else 0)
    async with AsyncExitStack() as stack:
        http = HttpClient()
        stack.push_async_callback(http.close)
        hub_door, sandbox_door = _listen(*door), _listen(*away)
        site: Any = origin.elsewhere(place.folder, clock=clock, sandbox=address(sandbox_door))
        typer.echo("سایت نمونه آماده می‌شود …  setting the example site up …")
        sandbox_url = await stack.enter_async_context(serving(site.sandbox_app(), sandbox_door))
        # Before the hub starts: what is in doubt from the last time must not find a healthy treasury.
        await weather.break_down(Caller(http, sandbox_url))
        await asyncio.to_thread(site.prepare)
        hub = await stack.enter_async_context(site.running(address(hub_door)))
        hub_url = await stack.enter_async_context(serving(hub.app, hub_door))

        def found(t: Any) -> dict[str, str]:
            cast.mark(t)
            return cast.engage(t, now=clock())

        keys = hub.store.write_now(found)
        await hub.current.refresh()
        callers = traffic.callers(http, hub_url, keys)
        quick = Town(callers, clock, _no_pause)
        if place.fresh:
            await traffic.days_before(place, quick, clock, hub.flow.relay.look)
        await weather.close_for_today(Caller(http, sandbox_url), clock)
        if not place.told:
            await traffic.shown_today(place, quick)
        place.keep()
        _tell(hub_url, sandbox_url, place, _first_link(site, hub, clock()))
        town = Town(callers, clock, lambda: asyncio.sleep(pace / 4))
        coming = asyncio.create_task(traffic.keep_coming(place, town, pace))
        await stop.wait()
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
        hub.flow.leave()
        typer.echo("\nتمام؛ دادهٔ نمونه می‌ماند.  stopped; the example's data stays for the next start.")


def _listen(host: str, port: int) -> Any:
    from connectors.serving import listen

    try:
        return listen(host, port)
    except OSError as taken:
        raise OSError(f"{host}:{port}: {taken.strerror}; another port: --port, --sandbox-port") from taken


async def _no_pause() -> None:
    """The days before pass without waiting."""


def _first_link(site: Any, hub: Any, now: datetime) -> "FirstLink | None":
    """Whoever looks at an example may try everything: the first officer has every role."""
    import os

    from broker.site_secrets import SiteSecrets
    from console.example.cast import UNIT
    from gateway.admin.first import first_link
    from registry.staff import officers, units
    from registry.staff.officers import Role

    def act(t: Any) -> "FirstLink | None":
        box = SiteSecrets.of_site(t, site.vault, now=now)
        link = first_link(t, box, random=os.urandom, now=now, roles=tuple(Role))
        found = officers.by_username(t, link.username) if link else None
        if found is not None:
            units.put(t, found.id, [UNIT], now)
        return link

    link: FirstLink | None = hub.store.write_now(act)
    return link


def _tell(hub_url: str, sandbox_url: str, place: "Place", link: "FirstLink | None") -> None:
    from gateway.admin.first import page_of
    from registry.codes import group

    lines = [
        ("میز کار", "console", f"{hub_url}/console"),
        ("پیگیری متقاضی", "applicant's page", f"{hub_url}/track"),
        ("سامانه‌های شبیه‌سازی‌شده", "simulated systems", f"{sandbox_url}/"),
        ("شرح فراخوانی‌ها", "its calls described", f"{hub_url}/openapi.json"),
    ]
    if link is not None:
        lines.append(("پیوند یک‌بارمصرف ورود", "one-time first sign-in", page_of(hub_url, link)))
    typer.echo()
    for fa, en, what in lines:
        typer.echo(f"  {en:<24} {what}\n  {'':<24} {fa}")
    typer.echo("\n  codes to try · کدهایی برای آزمودن (second factor · عامل دوم)")
    for told in place.told.values():
        typer.echo(f"  {group(told['code'])}   {told['factor']}   {told['en']}\n  {'':<34}{told['fa']}")
    typer.echo("\n  Ctrl-C stops everything; started again it goes on with the same data.")
