"""`hub parked`: what needs a person. With SQLite, while no hub is running; a running hub does it through its API."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from broker.parked import ParkedDesk
    from registry.store import Store

parked = typer.Typer(no_args_is_help=True, help="Inquiries that need a person: list, replay, discard, resolve.")
AsData = Annotated[bool, typer.Option("--json", help="Print JSON.")]
BY = "IR/operator"
"""Who the ledger names: the person at this machine's command line."""


class ParkedSite(Protocol):
    """What these commands need of a site."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware UTC."""
        ...

    def store(self) -> "Store":
        """Open for writing."""
        ...

    def reader(self) -> "Store":
        """Open for reading."""
        ...


@parked.command("list")
def list_parked(ctx: typer.Context, limit: Annotated[int, typer.Option(min=1)] = 50, as_data: AsData = False) -> None:
    """List parked inquiries, oldest first, with the reason."""
    from registry import inquiries
    from registry.printing import fail, show_many
    from registry.states import State
    from registry.store import StoreUnavailable

    site: ParkedSite = ctx.obj
    try:
        store = site.reader()
    except StoreUnavailable as fault:
        raise fail(str(fault)) from fault
    try:
        rows = store.read_now(lambda t: inquiries.in_state(t, State.PARKED, limit))
    finally:
        store.close_now()
    show_many(rows, ("id", "code", "system", "operation", "reason_code", "reason_text"), as_data=as_data)


@parked.command("replay")
def replay_parked(ctx: typer.Context, inquiry_ids: list[str]) -> None:
    """Take parked inquiries up again; one parked in doubt is asked after, not repeated."""
    with _desk(ctx.obj) as (store, desk):
        for inquiry_id in inquiry_ids:
            moved = store.write_now(partial(desk.replay, owed=[], inquiry_id=inquiry_id, by=BY))
            typer.echo(f"{inquiry_id}  {moved.state}")


@parked.command("discard")
def discard_parked(ctx: typer.Context, inquiry_ids: list[str]) -> None:
    """Give parked inquiries up for good."""
    with _desk(ctx.obj) as (store, desk):
        for inquiry_id in inquiry_ids:
            moved = store.write_now(partial(desk.discard, inquiry_id=inquiry_id, by=BY))
            typer.echo(f"{inquiry_id}  {moved.state}")


@parked.command("resolve")
def resolve_doubt(
    ctx: typer.Context,
    inquiry_id: str,
    found: Annotated[str, typer.Option(help="done, refused or absent: what became of the call.")],
    reason: Annotated[str, typer.Option(help="How you know; the asker reads it.")],
) -> None:
    """End by hand the doubt about a call: it had its effect, was refused, or never arrived and may be repeated."""
    from typing import get_args

    from broker.by_hand import DoubtDesk, Found, Resolution
    from registry.printing import fail

    if found not in get_args(Found) or not reason.strip():
        raise fail(f"--found is one of {', '.join(get_args(Found))}, and a reason is needed")
    with _desk(ctx.obj) as (store, desk):
        doubts = DoubtDesk(chronicle=desk.chronicle, vault=ctx.obj.vault, lease="", clock=ctx.obj.clock)
        resolution = Resolution(found, reason.strip())  # type: ignore[arg-type]  # Looked at above.
        moved = store.write_now(partial(doubts.resolve, owed=[], inquiry_id=inquiry_id, resolution=resolution, by=BY))
        typer.echo(f"{inquiry_id}  {moved.state}")


@contextmanager
def _desk(site: ParkedSite) -> "Iterator[tuple[Store, ParkedDesk]]":
    import os

    from broker.chronicle import Chronicle
    from broker.errors import ExchangeError
    from broker.parked import ParkedDesk
    from registry.snapshot import Current
    from registry.store import StoreBusy, StoreUnavailable

    try:
        store = site.store()
    except (StoreBusy, StoreUnavailable) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from fault
    try:
        current = Current(store)
        current.refresh_now()
        chronicle = Chronicle(current, system_name="hub", random=os.urandom)
        yield store, ParkedDesk(chronicle=chronicle, lease="", clock=site.clock)
    except ExchangeError as refusal:
        typer.echo(f"{refusal.code}: {refusal}", err=True)
        raise typer.Exit(1) from refusal
    finally:
        store.close_now()
