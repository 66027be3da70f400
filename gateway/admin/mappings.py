"""Mapping versions: what translates now, and changes proposed, approved by a second person, activated, taken back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from broker.versions.desk import Examined, VersionStopped
from broker.versions.leaves import catch_up, write_change
from gateway.admin.bodies import MappingChangeRequest
from gateway.admin.guard import GuardedRoute, fresh_id, officer_of
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import FieldProblem, Problem
from gateway.reading import read, read_nothing
from gateway.replies import JsonReply
from gateway.times import both
from mappings.errors import DocumentError
from registry import mapping_changes
from registry.mapping_changes import Change, ChangeMoved, ChangeState, OwnChange
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_SEEN = ("session.missing", "session.ended", "role.missing")
_DONE = (*_SEEN, "session.forged")
_ACT = ("change.unknown", "change.moved", *_DONE)
_TRIED = ("version.unusable", "version.stopped", "version.unknown")
_STATES = {
    ChangeState.PROPOSED: "پیشنهاد شده",
    ChangeState.APPROVED: "تأیید شده",
    ChangeState.REFUSED: "رد شده",
    ChangeState.APPLIED: "به کار افتاده",
}


def change_view(change: Change) -> dict[str, Any]:
    """What officers see of a change; people by their ids."""
    return {
        "id": change.id,
        "mapping": change.mapping,
        "version": change.version,
        "content_sha256": change.content_hash,
        "reason": change.reason,
        "state": change.state.value,
        "proposed_by": change.proposed_by,
        **both("proposed_at", change.proposed_at),
        "decided_by": change.decided_by,
        **both("decided_at", change.decided_at),
        "applied_by": change.applied_by,
        **both("applied_at", change.applied_at),
    }


@router.get(f"{BASE}/mappings", **described("Every mapping document that translates now", problems=_SEEN))
async def list_mappings(request: Request) -> JsonReply:
    """List the active documents, and whether a second person must approve a new version."""
    desk = parts_of(request).versions
    found = await asyncio.to_thread(desk.active)
    rows = [
        {
            "id": one.id,
            "version": one.version,
            "title": one.document.title.model_dump(),
            "grade": one.document.grade,
            "content_sha256": one.content_hash,
        }
        for one in found
    ]
    return JsonReply({"approval_demanded": desk.approval_demanded, "mappings": rows})


@router.post(
    f"{BASE}/mappings/{{name}}/rollback",
    **described("Let the version before the active one run again", problems=("version.not_activated", *_DONE)),
)
async def take_back(request: Request, name: str) -> JsonReply:
    """Take an activated version back. What runs then was approved before, so one officer is enough, and quick."""
    parts, by = parts_of(request), officer_of(request)
    await read_nothing(request)
    try:
        restored = await asyncio.to_thread(parts.versions.take_back, name, by=by.id, now=parts.clock())
    except LookupError as nothing:
        raise Problem("version.not_activated") from nothing
    await parts.store.write(lambda t: catch_up(t, parts.versions.shelf))
    return JsonReply({"mapping": name, "content_sha256": restored})


@router.get(f"{BASE}/mapping-changes", **described("Changes of mapping documents, newest first", problems=_SEEN))
async def list_changes(request: Request) -> JsonReply:
    """List what was proposed, approved, refused and applied."""
    found = await parts_of(request).store.read(mapping_changes.every)
    return JsonReply({"changes": [change_view(one) for one in found]})


@router.get(
    f"{BASE}/mapping-changes/{{change_id}}",
    **described("One change with its document", problems=("change.unknown", *_SEEN)),
)
async def see_change(request: Request, change_id: str) -> JsonReply:
    """Show the exact text that is approved or not."""

    def act(t: Transaction) -> dict[str, Any]:
        return change_view(_known(t, change_id)) | {"document": mapping_changes.content(t, change_id)}

    return JsonReply(await parts_of(request).store.read(act))


@router.post(
    f"{BASE}/mapping-changes",
    **described(
        "Propose a new version", body=MappingChangeRequest, status=201, problems=("change.moved", *_TRIED, *_DONE)
    ),
)
async def propose(request: Request) -> JsonReply:
    """Propose a document. What would stop it from running stops the proposal: its checks, tests and shadow run."""
    parts, by = parts_of(request), officer_of(request)
    body = await read(request, MappingChangeRequest)
    candidate = (await _examine(parts, body.document)).candidate
    now, change_id = parts.clock(), fresh_id(parts)

    def act(t: Transaction) -> Change:
        made = mapping_changes.propose(
            t,
            change_id=change_id,
            mapping=candidate.id,
            version=candidate.version,
            content=body.document,
            reason=body.reason,
            by=by.id,
            now=now,
        )
        write_change(t, "proposed", made, by=by.id, now=now)
        return made

    return JsonReply(change_view(await _told(parts.store.write(act))), 201)


@router.post(
    f"{BASE}/mapping-changes/{{change_id}}/approve",
    **described("Approve what another officer proposed", problems=("change.own", *_ACT)),
)
async def approve(request: Request, change_id: str) -> JsonReply:
    """Be the second person: exactly these bytes may be activated from now on."""
    return await _decide(request, change_id, "approved", mapping_changes.approve)


@router.post(
    f"{BASE}/mapping-changes/{{change_id}}/refuse",
    **described("Close a change that is not applied; its proposer may do that too", problems=_ACT),
)
async def refuse(request: Request, change_id: str) -> JsonReply:
    """Refuse or withdraw."""
    return await _decide(request, change_id, "refused", mapping_changes.refuse)


@router.post(
    f"{BASE}/mapping-changes/{{change_id}}/activate",
    **described("Let a change run", problems=("change.not_approved", *_TRIED, *_ACT)),
)
async def activate(request: Request, change_id: str) -> JsonReply:
    """Let the approved bytes run. They are tried once more, for what runs may have changed since."""
    parts, by = parts_of(request), officer_of(request)
    await read_nothing(request)
    change, content = await parts.store.read(lambda t: (_known(t, change_id), mapping_changes.content(t, change_id)))
    if change.state not in mapping_changes.OPEN:
        raise _moved(change.state)
    if parts.versions.approval_demanded and change.state is not ChangeState.APPROVED:
        raise Problem("change.not_approved")
    examined = await _examine(parts, content)
    await asyncio.to_thread(parts.versions.activate, examined, by=by.id, now=parts.clock())
    await parts.store.write(lambda t: catch_up(t, parts.versions.shelf))
    return JsonReply(change_view(await parts.store.read(lambda t: _known(t, change_id))))


async def _decide(request: Request, change_id: str, act: str, decide: Callable[..., Change]) -> JsonReply:
    parts, by = parts_of(request), officer_of(request)
    await read_nothing(request)
    now: datetime = parts.clock()

    def whole(t: Transaction) -> Change:
        done = decide(t, change_id, by=by.id, now=now)
        write_change(t, act, done, by=by.id, now=now)
        return done

    return JsonReply(change_view(await _told(parts.store.write(whole))))


async def _told(acting: Awaitable[Change]) -> Change:
    """Tell what the registry refuses as a problem."""
    try:
        return await acting
    except OwnChange as own:
        said = ("پیشنهاددهنده خود شمایید", "You are the one who proposed it")
        raise Problem("change.own", errors=[FieldProblem("/proposed_by", "change.own", *said)]) from own
    except ChangeMoved as moved:
        raise _moved(moved.state) from moved
    except LookupError as unknown:
        raise Problem("change.unknown") from unknown


def _moved(state: ChangeState) -> Problem:
    said = (f"این تغییر {_STATES[state]} است", f"The change is {state.value}")
    return Problem("change.moved", said, extra={"state": state.value})


def _known(t: Transaction, change_id: str) -> Change:
    found = mapping_changes.get(t, change_id)
    if found is None:
        raise Problem("change.unknown")
    return found


async def _examine(parts: Parts, content: str) -> Examined:
    try:
        return await asyncio.to_thread(parts.versions.examine, content)
    except DocumentError as unusable:
        errors = [
            FieldProblem("/document", one.code, f"سطر {one.line}: {one.message}", f"line {one.line}: {one.message}")
            for one in unusable.findings
        ]
        raise Problem("version.unusable", errors=errors) from unusable
    except VersionStopped as stopped:
        errors = [FieldProblem("/document", one.code, one.fa, one.en) for one in stopped.stops]
        raise Problem("version.stopped", errors=errors) from stopped
    except LookupError as unknown:
        raise Problem("version.unknown") from unknown
