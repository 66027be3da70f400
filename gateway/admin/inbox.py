"""The inbox for people: a clerk signs in, sees what waits for the units they act for, and answers by hand.

The officer acts in person: who read, took, answered or refused is the officer's id in the journal.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from broker.inbox import Clerk, Decision, InboxEntry
from gateway import views
from gateway.admin.acts import write_down
from gateway.admin.bodies import ByHandRequest, RefusedByHandRequest, UnitsRequest
from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.admission import canonical, schema_of
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from gateway.reading import read, read_nothing
from gateway.replies import JsonReply
from mappings.canonical import json_schema
from registry import participants
from registry.staff import officers, units
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_PROBLEMS = ("session.missing", "session.ended", "role.missing")
_ACTS = (*_PROBLEMS, "session.forged", "inquiry.unknown", "inbox.claimed", "inbox.closed")


async def _clerk(request: Request) -> Clerk:
    """The officer, for the units they act for; another unit's inquiry is unknown to them."""
    by = officer_of(request)
    mine = await parts_of(request).store.read(lambda t: units.of(t, by.id))
    return Clerk(by.id, frozenset(mine), by.name)


def _view(parts: Parts, entry: InboxEntry, clerk: Clerk) -> dict[str, Any]:
    shown = views.inbox_view(entry, parts.clock())
    shown.pop("links")
    known = parts.current.value
    asker, service = known.participants.get(entry.inquiry.owner), known.services.get(entry.inquiry.service)
    named = {
        "asker_title": {"fa": asker.title_fa, "en": asker.title_en} if asker else None,
        "service_title": {"fa": service.title_fa, "en": service.title_en} if service else None,
    }
    return shown | named | {"mine": entry.item.claimed_by == clerk.participant}


@router.get(f"{BASE}/inbox", **described("What waits for the officer's units, the oldest first", problems=_PROBLEMS))
async def list_items(
    request: Request,
    after: Annotated[str | None, Query(max_length=64)] = None,
    closed: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI reads a query parameter so.
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JsonReply:
    """List without the questions; ask again with `after` set to `next` until `next` is null."""
    parts, clerk = parts_of(request), await _clerk(request)
    found = await parts.inbox.page(clerk, closed=closed, limit=limit, after=after)
    more = found[-1].item.inquiry_id if len(found) == limit else None
    shown = [_view(parts, entry, clerk) for entry in found]
    return JsonReply({"units": sorted(clerk.units), "items": shown, "next": more})


@router.get(
    f"{BASE}/inbox/{{inquiry_id}}",
    **described("One question; who read it is written down", problems=(*_PROBLEMS, "inquiry.unknown")),
)
async def open_item(request: Request, inquiry_id: str) -> JsonReply:
    """Show the question, and the schema that an answer must fit."""
    parts, clerk = parts_of(request), await _clerk(request)
    entry = await parts.inbox.see(clerk, inquiry_id)
    service = await parts.inbox.service_of(clerk, inquiry_id)
    schema = json_schema(schema_of(parts, service).answer)
    return JsonReply(_view(parts, entry, clerk) | {"payload": entry.payload, "answer_schema": schema})


@router.post(f"{BASE}/inbox/{{inquiry_id}}/claim", **described("Take a question", problems=_ACTS))
async def take(request: Request, inquiry_id: str) -> JsonReply:
    """Take it, so that no other clerk answers it."""
    await read_nothing(request)
    parts, clerk = parts_of(request), await _clerk(request)
    return JsonReply(_view(parts, await parts.inbox.claim(clerk, inquiry_id), clerk))


@router.post(f"{BASE}/inbox/{{inquiry_id}}/release", **described("Give a question back", problems=_ACTS))
async def give_back(request: Request, inquiry_id: str) -> JsonReply:
    """Give it back to the unit."""
    await read_nothing(request)
    parts, clerk = parts_of(request), await _clerk(request)
    return JsonReply(_view(parts, await parts.inbox.release(clerk, inquiry_id), clerk))


@router.post(
    f"{BASE}/inbox/{{inquiry_id}}/answer",
    **described(
        "Answer by hand; the answer must fit the service",
        body=ByHandRequest,
        problems=(*_ACTS, "payload.invalid", "service.not_callable"),
    ),
)
async def answer(request: Request, inquiry_id: str) -> JsonReply:
    """Answer once; whoever asked is woken."""
    parts, body, clerk = parts_of(request), await read(request, ByHandRequest), await _clerk(request)
    service = await parts.inbox.service_of(clerk, inquiry_id)
    fitting = canonical(schema_of(parts, service).answer, body.answer, below="/answer")
    return JsonReply(_view(parts, await parts.inbox.decide(clerk, inquiry_id, Decision(answer=fitting)), clerk))


@router.post(
    f"{BASE}/inbox/{{inquiry_id}}/refusal",
    **described("Refuse with a reason, which the asker reads", body=RefusedByHandRequest, problems=_ACTS),
)
async def refuse(request: Request, inquiry_id: str) -> JsonReply:
    """Refuse once."""
    parts, body, clerk = parts_of(request), await read(request, RefusedByHandRequest), await _clerk(request)
    decision = Decision(reason=body.reason.strip())
    return JsonReply(_view(parts, await parts.inbox.decide(clerk, inquiry_id, decision), clerk))


@router.post(
    f"{BASE}/officers/{{officer_id}}/units",
    **described(
        "Say for which units an officer answers",
        body=UnitsRequest,
        problems=(*_PROBLEMS, "session.forged", "officer.unknown", "participant.unknown"),
    ),
)
async def set_units(request: Request, officer_id: str) -> JsonReply:
    """Let an officer act for these units and no others."""
    parts, by, body = parts_of(request), officer_of(request), await read(request, UnitsRequest)
    now = parts.clock()

    def act(t: Transaction) -> list[str]:
        if officers.get(t, officer_id) is None:
            raise Problem("officer.unknown")
        if any(participants.get(t, unit) is None for unit in body.units):
            raise Problem("participant.unknown")
        units.put(t, officer_id, body.units, now)
        chosen = list(units.of(t, officer_id))
        write_down(t, "officer.units", by=by.id, now=now, random=parts.random, officer=officer_id, units=chosen)
        return chosen

    return JsonReply({"id": officer_id, "units": await parts.store.write(act)})
