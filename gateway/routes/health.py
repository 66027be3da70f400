"""Is the process alive, and may it be sent callers."""

from fastapi import APIRouter, Request, Response

from broker.meters import CONTENT_TYPE
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.replies import JsonReply

router = APIRouter(tags=["health"])


@router.get("/healthz", **described("Alive", public=True))
async def healthz(_request: Request) -> JsonReply:
    """Answer as long as the event loop turns; touches nothing else."""
    return JsonReply({"status": "ok"})


@router.get("/readyz", **described("Ready, or the reasons why not", public=True, also=(503,)))
async def readyz(request: Request) -> JsonReply:
    """Answer 503 with the reasons while the hub cannot serve."""
    reasons = parts_of(request).ready()
    if reasons:
        return JsonReply({"status": "not ready", "reasons": reasons}, 503, {"Retry-After": "5"})
    return JsonReply({"status": "ready", "reasons": {}})


@router.get(
    "/metrics", **described("Counters of every stage, as OpenMetrics text", public=True, media_type=CONTENT_TYPE)
)
async def metrics(request: Request) -> Response:
    """Give the figures of this process; their labels are names of the catalogue, nothing personal."""
    return Response(await parts_of(request).metrics(), media_type=CONTENT_TYPE)
