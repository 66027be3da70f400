"""Connector instances: how each fares, its settings, its switches, its test."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from connectors.instances.forms import settings_form
from connectors.instances.running import Instance
from connectors.probe import examine
from connectors.reach import Reach
from gateway.admin.configuration import CHANGED, PROPOSED, outcome
from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.configuration.bodies import ConnectorRequest, ProbeRequest, StateRequest
from gateway.configuration.document import document_of
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from gateway.reading import read
from gateway.replies import JsonReply
from registry.staff.officers import Role

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_SEEN = ("session.missing", "session.ended", "role.missing")


def instance_view(parts: Parts, instance: Instance, document: Mapping[str, Any]) -> dict[str, Any]:
    """One instance: what it is, and how it fares in this process."""
    manifest, settings = instance.connected.manifest, instance.settings
    system = parts.instances.systems.find(instance.name)
    auth = settings.auth or manifest.auth
    return {
        "name": instance.name,
        "connector": instance.connected.folder.name,
        "title": manifest.title.model_dump(),
        "transport": manifest.transport,
        "owner": manifest.owner,
        "address": settings.address,
        "auth": auth.profile.value,
        "configured": instance.name in document["connectors"],
        "state": "disabled" if not settings.enabled else "paused" if settings.paused else "enabled",
        "status": system.status.as_data() if system else None,
    }


def in_force(parts: Parts, name: str) -> Instance:
    """The instance of this name in this process. Raises `connector.not_found`."""
    found = parts.instances.find(name)
    if found is None:
        raise Problem("connector.not_found")
    return found


@router.get(f"{BASE}/connectors", **described("Every connector and how it fares", problems=_SEEN))
async def list_connectors(request: Request) -> JsonReply:
    """List all instances, by name."""
    parts = parts_of(request)
    head = await parts.desk.head()
    document = document_of(head)
    shown = [instance_view(parts, one, document) for one in parts.instances]
    return JsonReply({"revision": head.number, "connectors": shown, "folders": sorted(parts.desk.ground.catalogue())})


@router.get(
    f"{BASE}/connectors/{{name}}",
    **described("A connector with its settings", problems=(*_SEEN, "connector.not_found")),
)
async def see_connector(request: Request, name: str) -> JsonReply:
    """Show what is set for an instance; secrets as references."""
    parts = parts_of(request)
    instance, head = in_force(parts, name), await parts.desk.head()
    document = document_of(head)
    own = document["connectors"].get(name, {"connector": instance.connected.folder.name})
    return JsonReply(instance_view(parts, instance, document) | {"revision": head.number, "settings": own})


@router.get(
    f"{BASE}/connector-forms/{{folder}}",
    **described("The settings form of a connector folder", problems=(*_SEEN, "connector.not_found")),
)
async def see_form(request: Request, folder: str) -> JsonReply:
    """Give JSON Schema with titles and help in both languages, and what is shipped where nothing is set."""
    connected = parts_of(request).desk.ground.catalogue().get(folder)
    if connected is None:
        raise Problem("connector.not_found")
    return JsonReply(settings_form(connected))


@router.post(
    f"{BASE}/connectors/{{name}}",
    **described(
        "Set a connector up, or change it",
        body=ConnectorRequest,
        also=(PROPOSED,),
        problems=(*CHANGED, "connector.not_found"),
    ),
)
async def configure(request: Request, name: str) -> JsonReply:
    """Give an instance these settings and no others; secrets that are left out stay if `settings` refers to them.

    With `dry_run` the answer is what would change, and the settings with those secrets sealed: to be sent as they are.
    """
    desk, body = parts_of(request).desk, await read(request, ConnectorRequest)
    settings = body.settings
    if settings is not None and body.secrets:
        settings = settings | {"credentials": {**settings.get("credentials", {}), **desk.sealed(name, body.secrets)}}
    draft = await desk.draft_of(name, settings, base=body.base)
    if body.dry_run:
        found = await desk.plan(draft)
        return JsonReply({"dry_run": True, "settings": settings, "differences": [one.shown() for one in found]})
    return await outcome(request, await desk.submit(draft, by=officer_of(request).id, reason=body.reason))


@router.post(
    f"{BASE}/connectors/{{name}}/state",
    **described("Pause, resume, disable or enable", body=StateRequest, problems=(*CHANGED, "connector.not_found")),
)
async def switch(request: Request, name: str) -> JsonReply:
    """Change whether an instance is reached, at once: this waits for no second person."""
    desk, body = parts_of(request).desk, await read(request, StateRequest)
    done = await desk.switch(name, body.state, by=officer_of(request).id, reason=body.reason)
    return await outcome(request, done)


@router.post(
    f"{BASE}/connectors/{{name}}/test",
    **described(
        "Test a connector and say in words what is wrong",
        body=ProbeRequest,
        problems=(*_SEEN, "session.forged", "connector.not_found", "configuration.refused"),
    ),
)
async def test(request: Request, name: str) -> JsonReply:
    """Look at address, certificate and credential in the order of a call, up to the first thing that is wrong."""
    parts, body = parts_of(request), await read(request, ProbeRequest)
    instance = in_force(parts, name)
    if body.settings is not None:  # These may send secrets anywhere, so they are administrators'.
        if Role.ADMINISTRATOR not in officer_of(request).roles:
            raise Problem("role.missing", ("نقش لازم: administrator", "Needs the role: administrator"))
        instance = await parts.desk.preview(name, body.settings, secrets=body.secrets)
    folder, settings = instance.connected.folder, instance.settings
    reach = Reach(instance.connected.manifest, folder, settings.address_of(folder), settings, parts.clock)
    findings = [finding._asdict() for finding in await examine(reach)]
    return JsonReply({"good": all(one["severity"] != "fault" for one in findings), "findings": findings})
