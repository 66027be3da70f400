"""The caller's own events, page by page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from broker.cloudevents import cloud_event
from gateway.bodies import LARGEST_NUMBER
from gateway.documentation import described
from gateway.parts import caller_of, parts_of
from gateway.replies import JsonReply
from registry import events

router = APIRouter(tags=["events"])


@router.get("/v1/events", **described("Events of the caller's cases as CloudEvents, oldest first"))
async def list_events(
    request: Request,
    cursor: Annotated[int, Query(ge=0, le=LARGEST_NUMBER)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JsonReply:
    """Give events after `cursor`; ask again with `next`, which stays the same while nothing new has happened."""
    parts, caller = parts_of(request), caller_of(request).identifier
    found = await parts.store.read(lambda t: events.since(t, caller, cursor, limit + 1))
    page = found[:limit]
    return JsonReply(
        {
            "events": [cloud_event(event, source=parts.base_url) for event in page],
            "next": page[-1].position if page else cursor,
            "more": len(found) > limit,
        }
    )
