"""How the outside systems fare now."""

from typing import Any

from fastapi import APIRouter, Request

from connectors.live import LiveSystem, live_systems
from connectors.live_words import in_words
from gateway.admin.guard import GuardedRoute
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.language import preferred
from gateway.parts import parts_of
from gateway.replies import JsonReply

router = APIRouter(tags=["admin"], route_class=GuardedRoute)


@router.get(
    f"{BASE}/systems",
    **described(
        "The live state of every outside system", problems=("session.missing", "session.ended", "role.missing")
    ),
)
async def list_systems(request: Request) -> JsonReply:
    """Show breaker, quota, limits, office hours and what the ledger holds, with sentences in the language asked for."""
    parts = parts_of(request)
    now, language = parts.clock(), preferred(request.headers.get("accept-language"))

    def view(live: LiveSystem) -> dict[str, Any]:
        words = [one.fa if language == "fa" else one.en for one in in_words(live, now)]
        return live.as_data(now) | {"words": words}

    found = await parts.store.read(lambda t: live_systems(t, now))
    return JsonReply({"systems": [view(one) for one in found.values()]})
