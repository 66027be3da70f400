"""`hub officers`: the first administrator, and a way in again when nobody can sign in.

On SQLite a running hub is the only writer, so `invite` and `link` are for a hub that is stopped; they say so.
"""

import os
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from registry.desk import AsData, Site, read, write
from registry.printing import fail, refuse, show_many, show_one

if TYPE_CHECKING:
    from registry.staff.invitations import Invitation
    from registry.staff.officers import Officer
    from registry.store import Transaction

officers = typer.Typer(no_args_is_help=True, help="The people who run the hub: list, invite, give a new one-time link.")
BY = "command-line"
"""Who the journal names: the person at this machine's command line."""


class StaffSite(Site, Protocol):
    """What these commands need of a site, beside what every command of the registry needs."""

    @property
    def vault(self) -> Any:
        """The vault under the site's master key."""
        ...


@officers.command("list")
def list_officers(ctx: typer.Context, as_data: AsData = False) -> None:
    """List all officers with their roles."""
    from registry.staff import officers as staff

    rows = [
        {"username": one.username, "name": one.name, "roles": list(one.roles), "state": one.state, "id": one.id}
        for one in read(ctx.obj, staff.every)
    ]
    show_many(rows, ["username", "name", "roles", "state", "id"], as_data=as_data)


@officers.command("invite")
def invite_officer(
    ctx: typer.Context,
    username: Annotated[str, typer.Argument(help="Small letters, digits, dots, dashes.")],
    name: Annotated[str, typer.Option(help="As colleagues know this person.")],
    role: Annotated[list[str], typer.Option(help="administrator, approver, operator, auditor; may be repeated.")],
    as_data: AsData = False,
) -> None:
    """Add an officer and print the one-time token that opens the door, this one time."""
    from pydantic import ValidationError

    from gateway.admin.bodies import OfficerRequest
    from registry.ids import new_id
    from registry.staff import officers as staff
    from registry.staff.officers import UsernameTaken

    site: StaffSite = ctx.obj
    now = site.clock()
    try:
        asked = OfficerRequest.model_validate({"username": username, "name": name, "roles": role})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise fail(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from wrong

    def act(t: "Transaction") -> "tuple[Officer, str, Invitation] | None":
        try:
            fresh = staff.invite(
                t, officer_id=new_id(now), username=asked.username, name=asked.name, roles=asked.roles, now=now
            )
        except UsernameTaken:
            return None
        return _link(t, site, fresh, "officer.invited", now)

    made = write(site, act)
    if made is None:
        raise refuse(f"There is an officer {username} already.", {"invited": False, "name": username}, as_data=as_data)
    _show(*made, as_data=as_data)


@officers.command("link")
def link_officer(ctx: typer.Context, username: str, as_data: AsData = False) -> None:
    """Print a new one-time token for an officer who has lost password or phone."""
    from registry.staff import officers as staff

    site: StaffSite = ctx.obj

    def act(t: "Transaction") -> "tuple[Officer, str, Invitation] | None":
        found = staff.by_username(t, username)
        return None if found is None else _link(t, site, found, "officer.link_given", site.clock())

    made = write(site, act)
    if made is None:
        raise refuse(f"There is no officer {username}.", {"found": False, "name": username}, as_data=as_data)
    _show(*made, as_data=as_data)


def _link(
    t: "Transaction", site: StaffSite, officer: "Officer", act: str, now: datetime
) -> "tuple[Officer, str, Invitation]":
    from broker.site_secrets import SiteSecrets
    from gateway.admin.acts import write_down
    from gateway.admin.enrolment import give_link

    box = SiteSecrets.of_site(t, site.vault, now=now)
    write_down(t, act, by=BY, now=now, random=os.urandom, officer=officer.id)
    return (officer, *give_link(t, box, officer.id, random=os.urandom, now=now))


def _show(officer: "Officer", token: str, invitation: "Invitation", *, as_data: bool) -> None:
    shown = {"username": officer.username, "token": token, "expires_at": invitation.expires_at}
    if as_data:
        show_one(shown, as_data=True)
    else:
        typer.echo(token)
        until = f"{invitation.expires_at:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"It opens POST /v1/admin/enrolment once, until {until}.", err=True)
