"""An applicant's own look at a case: no account, only the tracking code and a second factor."""

from fastapi import APIRouter, Request

from gateway.admin.session import UNKNOWN_SOURCE
from gateway.bodies import TrackRequest
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.reading import read
from gateway.replies import JsonReply
from gateway.tracking import track

router = APIRouter(tags=["applicants"])


@router.post(
    "/v1/track",
    **described(
        "A case as its applicant reads it; an unknown code and a wrong second factor are the same answer",
        body=TrackRequest,
        problems=(
            "code.length",
            "code.character",
            "code.check_digits",
            "request.invalid",
            "track.refused",
            "track.later",
        ),
        public=True,
    ),
)
async def look(request: Request) -> JsonReply:
    """Show every stage with its agency and date, what is awaited from whom, and whether the records are proved."""
    body = await read(request, TrackRequest)
    source = request.client.host if request.client else UNKNOWN_SOURCE
    found = await track(
        parts_of(request), code=body.tracking_code, last_four=body.last_four, source=source, device=None
    )
    return JsonReply(found.shown, headers={"Cache-Control": "no-store"})
