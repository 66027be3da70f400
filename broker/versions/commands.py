"""`hub mappings draft|shadow|activate|rollback|history`: a new version from its draft to the running hub."""

import getpass
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import mappings.commands
from broker.versions.approval_commands import approvals, approved, write_leaves
from broker.versions.ground_commands import NO, By, JsonFlag, compiled, fail, shelf_of, used_in
from broker.versions.site import VersionSite

if TYPE_CHECKING:
    from mappings.shadow import ShadowRun

app = typer.Typer(no_args_is_help=True)
documents = typer.Typer(no_args_is_help=True, help="Mapping documents: look, test, try, activate; code tables.")
documents.add_typer(mappings.commands.app)
documents.add_typer(app)
app.add_typer(approvals)

_MOST_SHOWN = 50
_VERSION = re.compile(r"^version: *([0-9]+)", re.MULTILINE)


@app.command()
def draft(ctx: typer.Context, name: str, file: Path) -> None:
    """Write the active document into FILE as its next version, to be changed there. FILE must not exist."""
    active = used_in(ctx.obj, name).active
    text = Path(active.document.source.name).read_text(encoding="utf-8")
    text = _VERSION.sub(f"version: {active.version + 1}", text, count=1)
    try:
        with file.open("x", encoding="utf-8") as target:
            target.write(text)
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    typer.echo(f"{file}: {name} version {active.version + 1}")


@app.command()
def shadow(
    ctx: typer.Context,
    name: str,
    file: Annotated[Path, typer.Option("--file", help="The new version.")],
    first: Annotated[str | None, typer.Option("--from", help="Inquiry id to begin with.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Inquiry id to end with.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest.")] = 1000,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show values; needs --reason and is journalled.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why the values must be seen.")] = "",
    by: By = "",
    as_json: JsonFlag = False,
) -> None:
    """Try a new version on recorded exchanges and show what would come out otherwise. Nothing is sent.

    Exit 1 when the new version fails where the active one did not.
    """
    from broker.versions import recorded
    from mappings.shadow import shadow_run
    from registry.store import StoreUnavailable

    site: VersionSite = ctx.obj
    used = used_in(site, name)
    candidate = compiled(site, file)
    if candidate.id != name:
        fail(f"{file} is {candidate.id}, not {name}", NO)
    if reveal and not reason.strip():
        fail("--reveal needs --reason")
    try:
        store = site.reader()
    except StoreUnavailable as fault:
        fail(str(fault))
    try:
        found = store.read_now(lambda t: recorded.read(t, used, first, last, limit))
    finally:
        store.close_now()
    exchanges, closed = recorded.unsealed(site.vault, found)
    run = shadow_run(used.active, candidate, exchanges)
    who = by or getpass.getuser()
    if reveal:
        _journal(site, name, candidate.content_hash, [item.id for item in exchanges], reason, who)
    facts = {
        "mapping": name,
        "from": min((item.id for item in exchanges), default=None),
        "to": max((item.id for item in exchanges), default=None),
        "exchanges": run.exchanges,
        "not_opened": closed,
        "fields": dict(run.fields),
        "failures": list(run.failures),
        "mended": list(run.mended),
    }
    if found:
        about = {**facts, "by": who, "at": site.clock().isoformat(timespec="seconds")}
        shelf_of(site).look(candidate.content_hash, used.active.content_hash, about)
    shown = [item.shown(reveal=reveal) for item in run.differences]
    if as_json:
        typer.echo(json.dumps({**facts, "differences": shown}, ensure_ascii=False, indent=2))
    else:
        _tell(run, closed, shown)
    raise typer.Exit(NO if run.failures else 0)


def _tell(run: "ShadowRun", closed: int, shown: list[dict[str, str]]) -> None:
    for item in shown[:_MOST_SHOWN]:
        place = f"{item['part']}{item['pointer']}"
        typer.echo(f"{item['exchange']}  {place}: {item['before']} -> {item['after']}")
    if len(shown) > _MOST_SHOWN:
        typer.echo(f"… and {len(shown) - _MOST_SHOWN} more")
    for pointer, number in run.fields.items():
        typer.echo(f"{number:6}  {pointer}")
    typer.echo(
        f"{run.exchanges} exchanges ({closed} could not be opened), {len(run.differences)} differences, "
        f"{len(run.failures)} failures, {len(run.mended)} mended"
    )


def _journal(site: VersionSite, name: str, digest: str, seen: list[str], reason: str, by: str) -> None:
    """Write down that personal values were looked at, before they are shown."""
    from registry import journal
    from registry.store import StoreBusy, StoreUnavailable

    now = site.clock()
    statement = {
        "v": 1,
        "kind": "exchanges.revealed",
        "at": now.isoformat(timespec="microseconds"),
        "mapping": name,
        "candidate_sha256": digest,
        "inquiries": seen,
        "reason": reason,
        "by": by,
    }
    try:
        store = site.store()
    except (StoreBusy, StoreUnavailable) as fault:
        fail(f"values are shown only once that is journalled: {fault}")
    try:
        store.write_now(
            lambda t: journal.append(
                t, kind="exchanges.revealed", statement=statement, case_id=None, inquiry_id=None, now=now
            )
        )
    finally:
        store.close_now()


@app.command()
def activate(
    ctx: typer.Context,
    file: Path,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would stop it; change nothing.")] = False,
    by: By = "",
) -> None:
    """Let a new version run: its tests pass, and its shadow run was looked at if there are recorded exchanges.

    A running hub takes it within two seconds. The version before it is kept: `hub mappings rollback NAME`.
    """
    from broker.versions.gate import stops

    site: VersionSite = ctx.obj
    candidate = compiled(site, file)
    used = used_in(site, candidate.id)
    problems = [stop.en for stop in stops(candidate, used, site.reader, shelf_of(site))]
    if site.approve_mappings and not approved(site, candidate):
        problems.append(f"a second person has not approved these bytes: hub mappings propose {file}")
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(NO)
    told = f"{candidate.id} version {candidate.version}  sha256 {candidate.content_hash}"
    if dry_run:
        typer.echo(f"{told}\nnothing stops it; nothing was changed (--dry-run)")
        return
    who, now = by or getpass.getuser(), site.clock()
    shelf_of(site).activate(candidate, before=used.active, by=who, now=now)
    typer.echo(f"{told}\nactive instead of version {used.active.version}")
    write_leaves(site)


@app.command()
def rollback(ctx: typer.Context, name: str, by: By = "") -> None:
    """Take the active version back: the one before it runs again."""
    site: VersionSite = ctx.obj
    try:
        restored = shelf_of(site).take_back(name, by=by or getpass.getuser(), now=site.clock())
    except LookupError as nothing:
        fail(str(nothing), NO)
    typer.echo(
        f"{name}: {f'sha256 {restored}' if restored else 'the document of the connector itself'} is active again"
    )
    write_leaves(site)


@app.command()
def history(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    """Who activated or took back which version, oldest first."""
    lines = shelf_of(ctx.obj).history()
    if as_json:
        typer.echo(json.dumps(lines, ensure_ascii=False, indent=2))
        return
    for line in lines:
        typer.echo(f"{line['at']}  {line['action']:10}  {line['mapping']}  {line['hash'][:12]}  {line['by']}")
