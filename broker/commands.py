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

parked = typer.Typer(no_args_is_help=True, help="Inquiries that need a person: list, replay, discard.")
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
