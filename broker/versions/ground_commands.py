"""What every command about versions stands on: the shelf, where a document is used, the new version in a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from broker.versions.site import VersionSite

if TYPE_CHECKING:
    from broker.versions.recorded import Used
    from connectors.active import Shelf
    from mappings.compiler import Mapping as Document

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option("--by", help="Who does it; left out, the user of this machine.")]
NO, FAILURE = 1, 2


def fail(message: str, code: int = FAILURE) -> NoReturn:
    """Say why and end the command."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def shelf_of(site: VersionSite) -> "Shelf":
    """The folder of activated documents."""
    from connectors.active import Shelf

    return Shelf(site.mappings_folder)


def used_in(site: VersionSite, name: str) -> "Used":
    """Where the document called `name` is used; ends the command where it is not."""
    from broker.versions.recorded import where_used
    from connectors.catalogue import CatalogueError

    try:
        used = where_used(site.catalogue, name)
    except CatalogueError as unusable:
        fail(str(unusable))
    return used or fail(f"no connector uses a mapping {name!r}")


def compiled(site: VersionSite, file: Path) -> "Document":
    """The new version in `file`; ends the command with its findings where it cannot be used."""
    from connectors.catalogue import registered
    from mappings.errors import DocumentError
    from mappings.shelf import compile_file
    from mappings.tables.shelf import tables_of

    try:
        return compile_file(file, tables_of(site.tables_folder), registered())
    except DocumentError as unusable:
        fail(str(unusable), NO)
