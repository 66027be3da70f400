"""`hub connectors test|enable|disable|pause|resume|quality|drift`: what an administrator does with a connector."""

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.reach import Reach
from registry.desk import read
from registry.printing import fail

if TYPE_CHECKING:
    from connectors.instances.running import Instance
    from connectors.live_words import Words
    from connectors.probe_words import Finding

AsData = Annotated[bool, typer.Option("--json", help="Print JSON.")]
drift = typer.Typer(no_args_is_help=True, help="What outside systems send that their contracts do not know.")

_MARKS = {"good": "✓", "fault": "✗", "caution": "!"}


def known(site: Any, name: str) -> Any:
    """The connector of this name. Ends the command with 1 where there is none."""
    connected = site.catalogue.get(name)
    if connected is None:
        typer.echo(f"there is no connector {name!r}; known: {', '.join(sorted(site.catalogue))}", err=True)
        raise typer.Exit(1)
    return connected


def live_state(site: Any, name: str) -> "tuple[dict[str, Any] | None, list[Words]]":
    """How the system fares now, as data and in words; None and why where no database can be read."""
    from connectors.live import live_systems
    from connectors.live_words import Words, in_words
    from registry.store import StoreUnavailable

    now = site.clock()
    try:
        store = site.reader()
    except StoreUnavailable as away:
        return None, [
            Words(f"وضعیت زنده را نمی‌توان خواند: {away}", f"its live state cannot be read: {away}", grave=True)
        ]
    try:
        live = store.read_now(lambda t: live_systems(t, now, [name]))[name]
    except StoreUnavailable as away:
        return None, [
            Words(f"وضعیت زنده را نمی‌توان خواند: {away}", f"its live state cannot be read: {away}", grave=True)
        ]
    finally:
        store.close_now()
    return live.as_data(now), in_words(live, now)


def examine_connector(
    ctx: typer.Context,
    name: str,
    seconds: Annotated[float, typer.Option(min=0.1, max=180, help="Patience for each step.")] = 10.0,
    as_data: AsData = False,
) -> None:
    """Tell in words what is wrong with a system's address, certificate or credential. Exit 1 when something is."""
    findings = _examined(ctx.obj, name, seconds)
    if as_data:
        typer.echo(json.dumps([finding._asdict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for one in findings:
            typer.echo(f"{_MARKS[one.severity]} {one.en}\n  {one.fa}")
            if one.do_en:
                typer.echo(f"    → {one.do_en}\n      {one.do_fa}")
    raise typer.Exit(1 if any(one.severity == "fault" for one in findings) else 0)


def _examined(site: Any, name: str, seconds: float) -> "list[Finding]":
    from connectors.instances.running import InstancesUnusable, lay_out
    from connectors.probe import examine
    from connectors.probe_words import found

    try:
        chosen = lay_out(site.ground, site.configuration(), only=name).get(name)
    except InstancesUnusable as lost:
        return [found("credential.reference", name=name, why=lost.problems[name])]
    if chosen is None:
        known(site, name)
        raise typer.Exit(1)
    folder, settings = chosen.connected.folder, chosen.settings
    reach = Reach(chosen.connected.manifest, folder, settings.address_of(folder), settings, site.clock)
    return asyncio.run(examine(reach, patience=seconds))


Reason = Annotated[str, typer.Option(help="Why; it stands in the list of revisions.")]


def enable(ctx: typer.Context, name: str, reason: Reason = "") -> None:
    """Reach the system again."""
    _switch(ctx.obj, name, "enabled", reason)


def disable(ctx: typer.Context, name: str, reason: Reason = "") -> None:
    """Do not reach the system at all; its inquiries wait in the ledger."""
    _switch(ctx.obj, name, "disabled", reason)


def pause(ctx: typer.Context, name: str, reason: Reason = "") -> None:
    """Let the system's inquiries wait in the ledger for a while."""
    _switch(ctx.obj, name, "paused", reason)


def resume(ctx: typer.Context, name: str, reason: Reason = "") -> None:
    """Go on with a system that was paused."""
    _switch(ctx.obj, name, "enabled", reason)


def _switch(site: Any, name: str, state: str, reason: str) -> None:
    from registry.store import StoreBusy, StoreUnavailable

    instance(site, name)
    try:
        revision = site.switch_connector(name, state, reason or f"{name} {state}")
    except (StoreBusy, StoreUnavailable) as busy:
        raise fail(str(busy)) from busy
    typer.echo(f"{name} is {state}, revision {revision}")


def instance(site: Any, name: str) -> "Instance":
    """The instance of this name as the newest revision has it. Ends the command where there is none."""
    from connectors.instances.running import InstancesUnusable, lay_out
    from registry.store import StoreUnavailable

    try:
        found = lay_out(site.ground, site.configuration(), only=name).get(name)
    except (InstancesUnusable, StoreUnavailable) as unusable:
        raise fail(str(unusable)) from unusable
    if found is None:
        known(site, name)
        raise typer.Exit(1)
    return found


def quality(ctx: typer.Context, name: Annotated[str | None, typer.Argument()] = None, as_data: AsData = False) -> None:
    """Tell how connectors stand on the quality scale. Exit 1 when a manifest claims more than the folder shows."""
    from connectors.quality import assess

    site = ctx.obj
    chosen = {name: known(site, name)} if name else site.catalogue
    rows = {key: assess(one) for key, one in chosen.items()}
    if as_data:
        data = {key: [asdict(row) for row in assessed] for key, assessed in rows.items()}
        typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for key, assessed in rows.items():
            typer.echo(key)
            for row in assessed:
                typer.echo(f"  {row.state:<7}{row.rule:<16}{row.en} · {row.fa}")
                if row.state != "done":
                    typer.echo(f"           {row.why or '; '.join(row.lacking)}")
    raise typer.Exit(1 if any(row.overstated for assessed in rows.values() for row in assessed) else 0)


@drift.command("list")
def list_drift(
    ctx: typer.Context, name: Annotated[str | None, typer.Argument()] = None, as_data: AsData = False
) -> None:
    """List every difference, the newest first. Exit 1 when there is any: a contract is to be looked at."""
    from registry import drifts

    rows = read(ctx.obj, lambda t: drifts.every(t, name))
    if as_data:
        typer.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2, default=str))
    else:
        for row in rows:
            times = f"{row.count}×, {row.first_at:%Y-%m-%d} to {row.last_at:%Y-%m-%d %H:%M}"
            typer.echo(f"{row.system}.{row.operation}  {row.kind} {row.pointer}  {times}  {row.inquiry_id}")
    raise typer.Exit(1 if rows else 0)


@drift.command("show")
def show_drift(ctx: typer.Context, name: str) -> None:
    """Open the newest sealed sample of a connector: personal data, for the person who mends the contract."""
    from registry import drifts

    site = ctx.obj
    rows = read(site, lambda t: drifts.every(t, name))
    if not rows:
        typer.echo(f"{name}: nothing that its contract does not know", err=True)
        raise typer.Exit(1)
    kept = read(site, lambda t: drifts.sealed_sample(t, rows[0].inquiry_id))
    typer.echo(f"{rows[0].operation} {rows[0].kind} {rows[0].pointer} in inquiry {rows[0].inquiry_id}", err=True)
    if kept is None:
        typer.echo("the sample is gone: the person was erased", err=True)
        raise typer.Exit(1)
    sealed, key = kept
    typer.echo(site.vault.open(key, sealed, b"sample").decode(errors="replace"))
