"""Is the process alive, and may it be sent callers."""

from fastapi import APIRouter, Request

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
