"""Who runs the hub: invite, change roles, keep out, let in again, give a new one-time link."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request

from gateway.admin.acts import write_down
from gateway.admin.bodies import OfficerRequest, RolesRequest
from gateway.admin.enrolment import give_link
from gateway.admin.guard import GuardedRoute, fresh_id, officer_of
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.problems import Problem
from gateway.reading import read, read_nothing
from gateway.replies import JsonReply
from gateway.times import both
from registry.staff import officers
from registry.staff.invitations import Invitation
from registry.staff.officers import LastAdministrator, Officer, Standing, UsernameTaken
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_CHANGE = ("officer.unknown", "officer.last_administrator", "session.missing", "session.forged", "role.missing")


def officer_view(officer: Officer) -> dict[str, Any]:
    """What officers see of one another: no secret and no hash."""
    return {
        "id": officer.id,
        "username": officer.username,
        "name": officer.name,
        "roles": list(officer.roles),
        "state": officer.state,
        **both("created_at", officer.created_at),
    }


def _link_view(officer: Officer, token: str, invitation: Invitation) -> dict[str, Any]:
    return officer_view(officer) | {"link": {"token": token, **both("expires_at", invitation.expires_at)}}


@router.get(f"{BASE}/officers", **described("All officers", problems=("session.missing", "role.missing")))
async def list_officers(request: Request) -> JsonReply:
    """List all officers, oldest first."""
    found = await parts_of(request).store.read(officers.every)
    return JsonReply({"officers": [officer_view(one) for one in found]})


@router.post(
    f"{BASE}/officers",
    **described(
        "Invite an officer; the answer shows the one-time link, this once only",
        body=OfficerRequest,
        status=201,
        problems=("officer.username_taken", "session.missing", "session.forged", "role.missing"),
    ),
)
async def invite(request: Request) -> JsonReply:
    """Add an officer who signs in with a one-time link."""
    parts, by = parts_of(request), officer_of(request)
    body = await read(request, OfficerRequest)
    now, officer_id = parts.clock(), fresh_id(parts)

    def act(t: Transaction) -> tuple[Officer, str, Invitation]:
        try:
            fresh = officers.invite(
                t, officer_id=officer_id, username=body.username, name=body.name, roles=body.roles, now=now
            )
        except UsernameTaken as taken:
            raise Problem("officer.username_taken") from taken
        write_down(
            t, "officer.invited", by=by.id, now=now, random=parts.random, officer=fresh.id, roles=list(fresh.roles)
        )
        return (fresh, *give_link(t, parts.secrets, fresh.id, random=parts.random, now=now))

    return JsonReply(_link_view(*await parts.store.write(act)), 201)


@router.post(
    f"{BASE}/officers/{{officer_id}}/link",
    **described("A new one-time link: a new password and a new phone; earlier links end", problems=_CHANGE),
)
async def new_link(request: Request, officer_id: str) -> JsonReply:
    """Give an officer a new link, as after a lost phone. What they have works until the link is used."""
    parts, by = parts_of(request), officer_of(request)
    await read_nothing(request)

    def act(t: Transaction) -> tuple[Officer, str, Invitation]:
        found = _known(t, officer_id)
        write_down(t, "officer.link_given", by=by.id, now=parts.clock(), random=parts.random, officer=officer_id)
        return (found, *give_link(t, parts.secrets, officer_id, random=parts.random, now=parts.clock()))

    return JsonReply(_link_view(*await parts.store.write(act)))


@router.post(
    f"{BASE}/officers/{{officer_id}}/roles",
    **described("Change an officer's roles; their sessions end", body=RolesRequest, problems=_CHANGE),
)
async def change_roles(request: Request, officer_id: str) -> JsonReply:
    """Give an officer these roles and no others."""
    body = await read(request, RolesRequest)
    now = parts_of(request).clock()
    return await _change(
        request,
        officer_id,
        "officer.roles_changed",
        lambda t: officers.set_roles(t, officer_id, body.roles, now),
        roles=sorted(body.roles),
    )


@router.post(f"{BASE}/officers/{{officer_id}}/disable", **described("Keep an officer out", problems=_CHANGE))
async def disable(request: Request, officer_id: str) -> JsonReply:
    """End an officer's sessions and refuse new ones."""
    return await _set_state(request, officer_id, "officer.disabled", lambda _: Standing.DISABLED)


@router.post(f"{BASE}/officers/{{officer_id}}/enable", **described("Let an officer in again", problems=_CHANGE))
async def enable(request: Request, officer_id: str) -> JsonReply:
    """Let an officer sign in again, with what they signed in with before."""
    return await _set_state(
        request,
        officer_id,
        "officer.enabled",
        lambda officer: Standing.ACTIVE if officer.password_hash else Standing.INVITED,
    )


async def _set_state(request: Request, officer_id: str, name: str, state: Callable[[Officer], Standing]) -> JsonReply:
    await read_nothing(request)
    now = parts_of(request).clock()
    return await _change(
        request, officer_id, name, lambda t: officers.set_state(t, officer_id, state(_known(t, officer_id)), now)
    )


async def _change(
    request: Request, officer_id: str, name: str, change: Callable[[Transaction], None], **facts: Any
) -> JsonReply:
    parts, by = parts_of(request), officer_of(request)

    def act(t: Transaction) -> Officer:
        _known(t, officer_id)
        try:
            change(t)
        except LastAdministrator as last:
            raise Problem("officer.last_administrator") from last
        write_down(t, name, by=by.id, now=parts.clock(), random=parts.random, officer=officer_id, **facts)
        return _known(t, officer_id)

    return JsonReply(officer_view(await parts.store.write(act)))


def _known(t: Transaction, officer_id: str) -> Officer:
    found = officers.get(t, officer_id)
    if found is None:
        raise Problem("officer.unknown")
    return found
