"""The inbox of units without a system: list, open, take, give back, answer, refuse. Without the unit's role: nothing.

Whoever has the role `inbox:<unit>` acts for that unit; another unit's inquiry answers 404 as an unknown one does.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from broker.inbox import ROLE, Clerk, Decision
from gateway import views
from gateway.admission import canonical, schema_of
from gateway.bodies import AnswerRequest, ClaimRequest, RefusalRequest
from gateway.documentation import described
from gateway.parts import caller_of, parts_of
from gateway.problems import Problem
from gateway.reading import idempotency_of, read, read_nothing
from gateway.replies import JsonReply

router = APIRouter(tags=["inbox"])

LONGEST_PAGE = 200
_DENIED = ("inbox.not_allowed", "inquiry.unknown")
_ACTS = (*_DENIED, "inbox.claimed", "inbox.closed")


def _clerk(request: Request, name: str | None = None) -> Clerk:
    """Who acts, for which units. Raises `inbox.not_allowed` for a caller that was entrusted with none."""
    caller = caller_of(request)
    units = frozenset(role.removeprefix(ROLE) for role in caller.participant.roles if role.startswith(ROLE))
    if not units:
        raise Problem("inbox.not_allowed")
    return Clerk(caller.identifier, units, name)


@router.get(
    "/v1/inbox",
    **described(
        "Inquiries that wait for a person of the caller's units, the oldest first, with the day an answer is due",
        problems=("inbox.not_allowed", "request.invalid"),
    ),
)
async def show_inbox(
    request: Request,
    cursor: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 50,
    closed: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI reads a query parameter so.
) -> JsonReply:
    """List without the questions themselves: opening one is an act of its own."""
    parts, clerk = parts_of(request), _clerk(request)
    found = await parts.inbox.page(clerk, closed=closed, limit=limit, after=cursor)
    return JsonReply(
        {
            "items": [views.inbox_view(entry, parts.clock()) for entry in found],
            "next": found[-1].item.inquiry_id if len(found) == limit else None,
        }
    )


@router.get("/v1/inbox/{inquiry_id}", **described("One question; who read it is written down", problems=_DENIED))
async def open_question(request: Request, inquiry_id: str) -> JsonReply:
    """Show an inquiry with its question."""
    parts = parts_of(request)
    entry = await parts.inbox.see(_clerk(request), inquiry_id)
    return JsonReply(views.inbox_view(entry, parts.clock()) | {"payload": entry.payload})


@router.post(
    "/v1/inbox/{inquiry_id}/claim",
    **described("Take an inquiry, so that no second clerk answers it", body=ClaimRequest, problems=_ACTS),
)
async def take(request: Request, inquiry_id: str) -> JsonReply:
    """Claim; claiming one's own again changes nothing."""
    parts, body = parts_of(request), await read(request, ClaimRequest)
    entry = await parts.inbox.claim(_clerk(request, body.clerk), inquiry_id)
    return JsonReply(views.inbox_view(entry, parts.clock()))


@router.delete(
    "/v1/inbox/{inquiry_id}/claim",
    **described("Give an inquiry back", problems=(*_ACTS, "body.unexpected", "request.invalid")),
)
async def give_back(
    request: Request, inquiry_id: str, clerk: Annotated[str | None, Query(min_length=1, max_length=200)] = None
) -> JsonReply:
    """Release; `clerk` is the name it was taken under."""
    parts = parts_of(request)
    await read_nothing(request)
    entry = await parts.inbox.release(_clerk(request, clerk), inquiry_id)
    return JsonReply(views.inbox_view(entry, parts.clock()))


@router.post(
    "/v1/inbox/{inquiry_id}/answer",
    **described(
        "Answer by hand; the answer must fit the service",
        body=AnswerRequest,
        problems=(*_ACTS, "payload.invalid", "service.not_callable", "idempotency.clash", "header.invalid"),
        headers=("Idempotency-Key",),
    ),
)
async def answer(request: Request, inquiry_id: str) -> JsonReply:
    """Answer once; whoever asked is woken."""
    parts, body = parts_of(request), await read(request, AnswerRequest)
    clerk = _clerk(request, body.clerk)
    service = await parts.inbox.service_of(clerk, inquiry_id)
    fitting = canonical(schema_of(parts, service).answer, body.answer, below="/answer")
    return await _decided(
        request, clerk, inquiry_id, Decision(answer=fitting, idempotency=await idempotency_of(request))
    )


@router.post(
    "/v1/inbox/{inquiry_id}/refusal",
    **described(
        "Refuse with a reason, which the asker reads",
        body=RefusalRequest,
        problems=(*_ACTS, "idempotency.clash", "header.invalid"),
        headers=("Idempotency-Key",),
    ),
)
async def refuse(request: Request, inquiry_id: str) -> JsonReply:
    """Refuse once."""
    body = await read(request, RefusalRequest)
    decision = Decision(reason=body.reason, idempotency=await idempotency_of(request))
    return await _decided(request, _clerk(request, body.clerk), inquiry_id, decision)


async def _decided(request: Request, clerk: Clerk, inquiry_id: str, decision: Decision) -> JsonReply:
    parts = parts_of(request)
    entry = await parts.inbox.decide(clerk, inquiry_id, decision)
    headers = {"Idempotency-Replayed": "true"} if entry.replayed else {}
    return JsonReply(views.inbox_view(entry, parts.clock()), 200, headers)
