"""`hub connectors new`: a connector folder from an agency's OpenAPI file or WSDL."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from connectors.catalogue import ROOTS_VARIABLE, CatalogueError
from connectors.contract import ContractUnusable
from connectors.new_folder import FolderTaken, Made, Wishes, new_folder
from connectors.port import Effect

_FAILURE = 2


def new(
    name: Annotated[str, typer.Argument(help="The system's name: small letters, digits and _")],
    source: Annotated[Path, typer.Option("--from", help="Its owner's OpenAPI file (YAML or JSON) or WSDL")],
    into: Annotated[
        Path | None, typer.Option(help=f"The root to put the folder in; left out, the first of {ROOTS_VARIABLE}")
    ] = None,
    title_fa: Annotated[str, typer.Option(help="What the system is called in Persian")] = "",
    title_en: Annotated[str, typer.Option(help="What it is called in English")] = "",
    owner: Annotated[str, typer.Option(help="The participant that runs it, IR/<GOV|MUN|COM|ORG>/<member>")] = "",
    effect: Annotated[
        list[str] | None, typer.Option(help="OPERATION=read|idempotent|once, instead of what was guessed")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Take this operation; left out, all of them")] = None,
    *,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a connector folder – types, mappings, examples, simulator – from the file, without a line of code."""
    try:
        wishes = Wishes(name, title_fa, title_en, owner, _effects(effect or []), tuple(only or ()))
        made = new_folder(source, into or _root(), wishes)
    except (ContractUnusable, FolderTaken, CatalogueError, OSError, ValueError) as unusable:
        typer.echo(f"{source}: {unusable}", err=True)
        raise typer.Exit(_FAILURE) from unusable
    if as_data:
        typer.echo(json.dumps(_facts(made), ensure_ascii=False, indent=2))
        return
    connected = made.connected
    typer.echo(f"{connected.folder} written, contract version {connected.manifest.contract_version}")
    for key, operation in connected.manifest.operations.items():
        doubt = ", in doubt a person finds out" if operation.resolved_by else ""
        typer.echo(f"  {name}.{key}  {operation.effect.value}{doubt}  {operation.request} → {operation.answer}")
    for note in made.notes:
        typer.echo(f"! {note}")
    root = connected.folder.parent.resolve()
    if str(root) not in {str(Path(part).resolve()) for part in _roots()}:
        typer.echo(f"the hub looks for folders where {ROOTS_VARIABLE} says: export {ROOTS_VARIABLE}={root}")


def _facts(made: Made) -> dict[str, object]:
    manifest = made.connected.manifest
    return {
        "folder": str(made.connected.folder),
        "contract_version": manifest.contract_version,
        "operations": {key: item.effect.value for key, item in manifest.operations.items()},
        "notes": list(made.notes),
    }


def _effects(given: list[str]) -> dict[str, Effect]:
    """Read `OPERATION=EFFECT`. Raises ValueError."""
    return {name: Effect(value) for name, _, value in (pair.partition("=") for pair in given)}


def _roots() -> list[str]:
    return [part for part in os.environ.get(ROOTS_VARIABLE, "").split(os.pathsep) if part]


def _root() -> Path:
    """The first root of the site's own. Raises ValueError where there is none."""
    roots = _roots()
    if not roots:
        raise ValueError(f"say where the folder shall be: --into DIR, or set {ROOTS_VARIABLE}")
    return Path(roots[0])
