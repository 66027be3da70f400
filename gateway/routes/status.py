"""A portal pushes status. Only the portal of a system may speak for that system; nothing else about it is said."""

from fastapi import APIRouter, Request

from gateway import pushes, views
from gateway.bodies import StatusRequest
from gateway.documentation import described
from gateway.parts import caller_of, parts_of
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
    pushed = await pushes.take(parts_of(request), caller_of(request), await read(request, StatusRequest))
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
