"""`hub mappings propose|changes|approve|refuse`: a new version with the approval of a second person.

Both people prove who they are by password and one-time code, for a name alone would let one person be two.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from broker.versions.ground_commands import NO, JsonFlag, compiled, fail, shelf_of, used_in
from broker.versions.site import VersionSite

if TYPE_CHECKING:
    from mappings.compiler import Mapping as Document
    from registry.mapping_changes import Change
    from registry.staff.officers import Officer, Role
    from registry.store import Transaction

T = TypeVar("T")
approvals = typer.Typer(no_args_is_help=True)
Username = Annotated[str, typer.Option("--by", help="Your username as an officer; password and code are asked for.")]


@approvals.command()
def propose(
    ctx: typer.Context,
    file: Path,
    by: Username,
    reason: Annotated[str, typer.Option("--reason", help="Why: the agency's letter, say.")] = "",
) -> None:
    """Propose a new version for a second person's approval. What stops it from running stops this as well."""
    from broker.versions.gate import stops
    from broker.versions.leaves import write_change
    from registry import mapping_changes
    from registry.ids import new_id
    from registry.staff.officers import Role

    site: VersionSite = ctx.obj
    candidate = compiled(site, file)
    problems = stops(candidate, used_in(site, candidate.id), site.reader, shelf_of(site))
    for stop in problems:
        typer.echo(stop.en, err=True)
    if problems:
        raise typer.Exit(NO)
    content = candidate.document.source.raw.decode()

    def act(t: "Transaction", officer: "Officer", now: datetime) -> "Change":
        made = mapping_changes.propose(
            t,
            change_id=new_id(now),
            mapping=candidate.id,
            version=candidate.version,
            content=content,
            reason=reason,
            by=officer.id,
            now=now,
        )
        write_change(t, "proposed", made, by=officer.id, now=now)
        return made

    made = _as_officer(site, by, Role.ADMINISTRATOR, act)
    typer.echo(f"{made.id}  {made.mapping} version {made.version}  sha256 {made.content_hash}\nproposed")


@approvals.command()
def changes(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    """The changes proposed, approved, refused and applied, newest first."""
    from registry import mapping_changes

    site: VersionSite = ctx.obj
    found = _read(site, mapping_changes.every)
    if as_json:
        rows = [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in found]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    for one in found:
        typer.echo(
            f"{one.id}  {one.state:8}  {one.mapping} version {one.version}  {one.content_hash[:12]}  {one.reason}"
        )


@approvals.command()
def approve(ctx: typer.Context, change: str, by: Username) -> None:
    """Approve what another officer proposed: exactly these bytes may then be activated."""
    from broker.versions.leaves import write_change
    from registry import mapping_changes
    from registry.staff.officers import Role

    def act(t: "Transaction", officer: "Officer", now: datetime) -> "Change":
        approved = mapping_changes.approve(t, change, by=officer.id, now=now)
        write_change(t, "approved", approved, by=officer.id, now=now)
        return approved

    done = _as_officer(ctx.obj, by, Role.APPROVER, act)
    typer.echo(f"{done.mapping} version {done.version}  sha256 {done.content_hash}\napproved")


@approvals.command()
def refuse(ctx: typer.Context, change: str, by: Username) -> None:
    """Close a change that is not applied yet."""
    from broker.versions.leaves import write_change
    from registry import mapping_changes
    from registry.staff.officers import Role

    def act(t: "Transaction", officer: "Officer", now: datetime) -> "Change":
        refused = mapping_changes.refuse(t, change, by=officer.id, now=now)
        write_change(t, "refused", refused, by=officer.id, now=now)
        return refused

    done = _as_officer(ctx.obj, by, Role.APPROVER, act)
    typer.echo(f"{done.mapping} version {done.version}\nrefused")


def approved(site: VersionSite, candidate: "Document") -> bool:
    """Whether a second person has approved exactly these bytes."""
    from registry import mapping_changes

    return _read(site, lambda t: mapping_changes.approved(t, candidate.content_hash)) is not None


def write_leaves(site: VersionSite) -> None:
    """Write what was just done into the journal, or leave it to the running hub, which has the ledger."""
    from broker.versions.leaves import catch_up
    from registry.store import StoreBusy, StoreUnavailable

    try:
        site.reader().close_now()
        store = site.store()
    except StoreBusy:
        return  # The running hub writes it within two seconds.
    except StoreUnavailable as fault:
        typer.echo(f"it will stand in the journal as soon as a hub runs: {fault}", err=True)
        return
    try:
        store.write_now(lambda t: catch_up(t, shelf_of(site)))
    finally:
        store.close_now()


def _read(site: VersionSite, act: "Callable[[Transaction], T]") -> T:
    from registry.store import StoreUnavailable

    try:
        store = site.reader()
    except StoreUnavailable as fault:
        fail(str(fault))
    try:
        return store.read_now(act)
    finally:
        store.close_now()


def _as_officer(
    site: VersionSite, username: str, role: "Role", act: "Callable[[Transaction, Officer, datetime], T]"
) -> T:
    """Ask who it is, and act in their name; ends the command where they may not, or the change does not allow it."""
    from broker.versions.identity import NotKnown, identify
    from registry.mapping_changes import ChangeMoved, OwnChange
    from registry.store import StoreBusy, StoreUnavailable

    password = typer.prompt("Password", hide_input=True, err=True)
    code = typer.prompt("One-time code", hide_input=True, err=True)
    now = site.clock()
    try:
        store = site.store()
    except (StoreBusy, StoreUnavailable) as fault:
        fail(f"{fault}\na running hub takes this at /v1/admin/mapping-changes")
    try:
        officer = store.write_now(lambda t: identify(t, site.vault, username, password, code, now=now))
        if isinstance(officer, NotKnown):
            fail(str(officer), NO)
        if role not in officer.roles:
            fail(f"{username} has not the role {role.value}", NO)
        return store.write_now(lambda t: act(t, officer, now))
    except OwnChange:
        fail("change.own: proposed_by is you; a second person approves", NO)
    except ChangeMoved as moved:
        fail(f"change.moved: the change is {moved.state.value} already", NO)
    except LookupError as unknown:
        fail(f"change.unknown: {unknown.args[0]}", NO)
    finally:
        store.close_now()
