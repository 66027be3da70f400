"""A doubt resolved by hand: what an officer has found out about a call whose answer was lost."""

from fastapi import APIRouter, Request

from broker.by_hand import Resolution
from gateway.admin.acts import write_down
from gateway.admin.bodies import ResolutionRequest
from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.admin.stuck import stuck_view
from gateway.admission import canonical, schema_of
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from gateway.reading import read
from gateway.replies import JsonReply
from registry import inquiries

router = APIRouter(tags=["admin"], route_class=GuardedRoute)


@router.post(
    f"{BASE}/inquiries/{{inquiry_id}}/resolution",
    **described(
        "Say what became of a call in doubt: it had its effect, was refused, or never arrived and is made again",
        body=ResolutionRequest,
        problems=(
            "session.missing",
            "session.ended",
            "session.forged",
            "role.missing",
            "inquiry.unknown",
            "inquiry.not_in_doubt",
            "inquiry.person_erased",
            "payload.invalid",
            "service.not_callable",
        ),
    ),
)
async def resolve(request: Request, inquiry_id: str) -> JsonReply:
    """End a doubt by hand, with the reason; the asker is told, and both are in the journal."""
    parts, by = parts_of(request), officer_of(request)
    body = await read(request, ResolutionRequest)
    answer = None if body.answer is None else await _fitting(parts, inquiry_id, body.answer)
    moved = await parts.exchange.resolve(inquiry_id, Resolution(body.found, body.reason.strip(), answer), by=by.id)
    now = parts.clock()
    await parts.store.write(
        lambda t: write_down(
            t, "doubt.resolved", by=by.id, now=now, random=parts.random, inquiry=inquiry_id, found=body.found
        )
    )
    return JsonReply(stuck_view(moved))


async def _fitting(parts: Parts, inquiry_id: str, answer: dict[str, object]) -> dict[str, object]:
    """The answer as the service's own schema reads it. Raises Problem."""
    asked = await parts.store.read(lambda t: inquiries.get(t, inquiry_id))
    service = parts.current.value.services.get(asked.service) if asked else None
    if service is None:
        raise Problem("inquiry.unknown")
    return canonical(schema_of(parts, service).answer, answer, below="/answer")
