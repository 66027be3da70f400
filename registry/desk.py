"""Where the commands of this room stand: what they are given, and how an act of theirs reaches the database."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from registry.printing import fail

if TYPE_CHECKING:
    from registry.schema import Transaction
    from registry.store import Store

T = TypeVar("T")
AsData = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Site(Protocol):
    """What the commands find in `ctx.obj`. A store is opened by the call and closed by the command."""

    @property
    def agency_number(self) -> int:
        """The site's own agency number, which its codes carry."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware UTC."""
        ...

    def store(self) -> "Store":
        """Open the store for writing."""
        ...

    def reader(self) -> "Store":
        """Open the store for reading."""
        ...


def read(site: Site, act: "Callable[[Transaction], T]") -> T:
    """Run a reading act on the site's database; a database that does not answer ends the command with status 2."""
    from registry.store import StoreUnavailable  # noqa: PLC0415 - a command loads the database when it runs.

    try:
        store = site.reader()
    except StoreUnavailable as error:
        raise fail(str(error)) from error
    try:
        return store.read_now(act)
    except StoreUnavailable as error:
        raise fail(str(error)) from error
    finally:
        store.close_now()


def write(site: Site, act: "Callable[[Transaction], T]") -> T:
    """Run a writing act. Ends the command with status 2 when a running hub holds the database, and says which."""
    from registry.store import StoreBusy, StoreUnavailable  # noqa: PLC0415 - the same.

    try:
        store = site.store()
    except (StoreBusy, StoreUnavailable) as error:
        raise fail(str(error)) from error
    try:
        return store.write_now(act)
    except StoreUnavailable as error:
        raise fail(str(error)) from error
    finally:
        store.close_now()
