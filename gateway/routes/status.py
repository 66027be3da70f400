"""A portal pushes status. Only the portal of a system may speak for that system; nothing else about it is said."""

from datetime import UTC

from fastapi import APIRouter, Request

from broker.orders import StatusPush
from gateway import views
from gateway.bodies import FUTURE_TOLERANCE, StatusRequest
from gateway.documentation import described
from gateway.json_rules import beyond_storage
from gateway.parts import caller_of, parts_of
from gateway.problems import PROBLEMS, FieldProblem, Problem
from gateway.reading import read
from gateway.replies import JsonReply

router = APIRouter(tags=["status"])


@router.post(
    "/v1/status",
    **described(
        "A portal's word about a case; repeated and out-of-order pushes are harmless",
        body=StatusRequest,
        problems=(
            "push.not_allowed",
            "status.reference_unknown",
            "status.system_unknown",
            "status.unknown",
            "status.time",
        ),
    ),
)
async def push(request: Request) -> JsonReply:
    """Take a push and answer with a signed receipt."""
    parts, caller = parts_of(request), caller_of(request)
    body = await read(request, StatusRequest)
    if caller.participant.system != body.system and f"portal:{body.system}" not in caller.participant.roles:
        # Before anything is looked up, so that the answer says nothing about references.
        raise Problem("push.not_allowed")
    occurred_at = body.occurred_at.astimezone(UTC)
    if occurred_at > parts.clock() + FUTURE_TOLERANCE:
        kind = PROBLEMS["status.time"]
        raise Problem("status.time", errors=[FieldProblem("/occurred_at", "status.time", kind.fa, kind.en)])
    beyond_storage({"detail": body.detail, "decision": body.decision})
    pushed = await parts.exchange.push_status(
        StatusPush(
            caller=caller.identifier,
            system=body.system,
            reference=body.reference,
            status=body.status,
            occurred_at=occurred_at,
            sequence=body.sequence,
            detail=dict(body.detail),
            decision=body.decision,
        )
    )
    return JsonReply(
        {
            "tracking_code": pushed.tracking_code,
            "sequence": pushed.sequence,
            "duplicate": pushed.duplicate,
            "out_of_order": pushed.out_of_order,
            "receipt": pushed.receipt,
            "links": views.case_links(pushed.tracking_code),
        }
    )
