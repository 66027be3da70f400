"""`hub export|plan|apply|revisions|rollback`: the configuration of a site as a file, and every state it was ever in.

Exit status 0 good, 1 the answer is no (`plan`: something would change), 2 usage or failure. On SQLite a running hub is
the only writer, so what changes anything is for a hub that is stopped; it says so.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from registry.printing import FAILED, NO

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gateway.configuration.desk import ConfigurationDesk
    from gateway.configuration.difference import Difference
    from gateway.problems import Problem
    from mappings.source import Source
    from registry.configuration.changes import Change
    from registry.configuration.revisions import Revision

AsData = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the list of revisions.")]
SiteFile = Annotated[Path, typer.Argument(help="The site document, YAML; - for standard input.")]


def export(
    ctx: typer.Context, revision: Annotated[int | None, typer.Option(min=0, help="Left out: the newest.")] = None
) -> None:
    """Print the site's configuration as YAML; secrets stand in it as references only."""
    from gateway.configuration.acts import known_revision
    from gateway.configuration.document import to_yaml

    async def act(desk: "ConfigurationDesk") -> "Revision":
        if revision is None:
            return await desk.head()
        return await desk.store.read(lambda t: known_revision(t, revision))

    typer.echo(to_yaml(_at_the_desk(ctx, act)), nl=False)


def plan(ctx: typer.Context, file: SiteFile, as_data: AsData = False) -> None:
    """Show what applying the file would change. Exit 1 when it would change anything."""
    source = _read(file)

    async def act(desk: "ConfigurationDesk") -> "list[Difference]":
        return await desk.plan(await desk.read(source.value))

    found = _at_the_desk(ctx, act, source=source)
    if as_data:
        typer.echo(json.dumps([one.shown() for one in found], ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(one.text("en") for one in found) or "nothing would change")
    raise typer.Exit(NO if found else 0)


def apply(ctx: typer.Context, file: SiteFile, reason: Reason, as_data: AsData = False) -> None:
    """Put the file in force whole, as a new revision; or propose it, where the site demands a second person."""
    from gateway.configuration.opening import author

    source = _read(file)

    async def act(desk: "ConfigurationDesk") -> "Revision | Change":
        return await desk.submit(await desk.read(source.value), by=author(), reason=reason)

    _tell(_at_the_desk(ctx, act, source=source, writes=True), as_data=as_data)


def rollback(
    ctx: typer.Context,
    revision: Annotated[int, typer.Argument(min=0, help="As `hub revisions` numbers them; 0 is the site as shipped.")],
    reason: Reason,
    as_data: AsData = False,
) -> None:
    """Put an earlier revision in force again; that is a new revision."""
    from gateway.configuration.opening import author

    async def act(desk: "ConfigurationDesk") -> "Revision | Change":
        return await desk.roll_back(revision, base=None, by=author(), reason=reason)

    _tell(_at_the_desk(ctx, act, writes=True), as_data=as_data)


def revisions(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 20,
    as_data: AsData = False,
) -> None:
    """List revisions, newest first, and before them what waits for a second person."""
    from gateway.configuration.views import change_view, revision_view
    from registry.configuration import changes
    from registry.configuration import revisions as facts

    async def act(desk: "ConfigurationDesk") -> "tuple[list[Change], list[Revision]]":
        return await desk.store.read(lambda t: (changes.waiting(t), facts.page(t, limit=limit)))

    proposed, applied = _at_the_desk(ctx, act)
    if as_data:
        shown = {
            "proposed": [change_view(one) for one in proposed],
            "revisions": [revision_view(one) for one in applied],
        }
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for change in proposed:
        typer.echo(f"proposed  {change.proposed_at:%Y-%m-%d %H:%M}  {change.author}  {change.reason}  ({change.id})")
    for one in applied:
        approved = f", approved by {one.approved_by}" if one.approved_by else ""
        back = f", puts {one.restores} back" if one.restores is not None else ""
        typer.echo(f"{one.number:>8}  {one.applied_at:%Y-%m-%d %H:%M}  {one.author}{approved}{back}  {one.reason}")


def _tell(done: "Revision | Change", *, as_data: bool) -> None:
    from gateway.configuration.views import outcome_view

    if as_data:
        typer.echo(json.dumps(outcome_view(done), ensure_ascii=False, indent=2))
    elif "number" in done.__dataclass_fields__:
        typer.echo(f"revision {getattr(done, 'number')} is in force")  # noqa: B009 - one of two records.
    else:
        typer.echo(f"proposed as {getattr(done, 'id')}: a second person must approve it")  # noqa: B009 - the same.


def _read(file: Path) -> "Source":
    from gateway.configuration.document import from_yaml
    from mappings.errors import DocumentError

    name = "standard input" if str(file) == "-" else str(file)
    try:
        return from_yaml(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes(), name=name)
    except (OSError, DocumentError) as unreadable:
        _fail([str(unreadable)])


def _at_the_desk(
    ctx: typer.Context,
    act: "Callable[[ConfigurationDesk], Awaitable[Any]]",
    *,
    source: "Source | None" = None,
    writes: bool = False,
) -> Any:
    from connectors.catalogue import CatalogueError
    from gateway.configuration.opening import at_the_desk
    from gateway.problems import Problem
    from registry.store import StoreBusy, StoreUnavailable

    try:
        return at_the_desk(ctx.obj, act, writes=writes)
    except Problem as problem:
        _fail(_said(problem, source), NO if problem.kind.status in {403, 404, 409} else FAILED)
    except (StoreBusy, StoreUnavailable, CatalogueError) as fault:
        _fail([str(fault)])


def _said(problem: "Problem", source: "Source | None") -> Sequence[str]:
    """The problem in lines: each wrong field with its place, in the file where there is one."""
    detail = problem.detail[1] if problem.detail else problem.kind.en
    lines = [f"{detail} [{problem.code}]"]
    for one in problem.errors:
        place = f"{source.name}:{source.line(one.pointer)}: " if source else ""
        lines.append(f"{place}{one.pointer or '/'}: {one.en} [{one.code}]")
    lines += [f"  {one['text']['en']}" for one in problem.extra.get("changed", ())]
    return lines


def _fail(lines: Sequence[str], code: int = FAILED) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)
