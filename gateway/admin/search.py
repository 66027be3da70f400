"""One box for whatever an officer holds in hand: a tracking code in any script, another agency's number, an id."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from gateway import views
from gateway.admin.guard import GuardedRoute
from gateway.admin.roles import BASE
from gateway.admin.stuck import stuck_view
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.problems import Problem
from gateway.reading import read_code
from gateway.replies import JsonReply
from gateway.times import both
from mappings.text import ascii_digits
from registry import cases, codes, events, inquiries
from registry.inquiries import Attempt
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_PROBLEMS = ("session.missing", "session.ended", "role.missing")


@router.get(f"{BASE}/search", **described("Find a case or an inquiry by anything it is known by", problems=_PROBLEMS))
async def search(request: Request, q: Annotated[str, Query(min_length=1, max_length=200)]) -> JsonReply:
    """Look for a tracking code, an alias at any system, or an inquiry id. Nothing found is an empty list."""
    text = ascii_digits(q).strip()

    def act(t: Transaction) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        try:
            code: str | None = codes.parse(q)
        except codes.CodeError:
            code = None
        named = [("tracking_code", cases.by_code(t, code))] if code else []
        named += [(f"alias:{system}", case) for system, case in cases.by_any_alias(t, text)]
        inquiry = inquiries.get(t, text)
        if inquiry is not None:
            named.append((f"inquiry:{inquiry.id}", cases.by_code(t, inquiry.code)))
        for how, case in named:
            if case is not None:
                found.setdefault(case.code, views.case_head(case) | {"found_by": how})
        return list(found.values())

    return JsonReply({"cases": await parts_of(request).store.read(act)})


@router.get(
    f"{BASE}/cases/{{code}}", **described("A case whole, without payloads", problems=(*_PROBLEMS, "case.unknown"))
)
async def see_case(request: Request, code: str) -> JsonReply:
    """Show a case with aliases, timeline, and every inquiry with what explains its state."""
    wanted = read_code(code, "/path/code")

    def act(t: Transaction) -> dict[str, Any]:
        case = cases.by_code(t, wanted)
        if case is None:
            raise Problem("case.unknown")
        asked = inquiries.of_case(t, case.id)
        timeline = sorted(events.timeline(t, case.id), key=lambda event: (event.occurred_at, event.sequence))
        return views.case_view(case, cases.aliases(t, case.id), (), None) | {
            "owner": case.owner,
            "inquiries": [stuck_view(one) for one in asked],
            "timeline": [views.event_view(event) for event in timeline],
        }

    return JsonReply(await parts_of(request).store.read(act))


@router.get(
    f"{BASE}/inquiries/{{inquiry_id}}",
    **described("An inquiry with its attempts, without payloads", problems=(*_PROBLEMS, "inquiry.unknown")),
)
async def see_inquiry(request: Request, inquiry_id: str) -> JsonReply:
    """Show why an inquiry stands where it stands."""

    def act(t: Transaction) -> dict[str, Any]:
        found = inquiries.get(t, inquiry_id)
        if found is None:
            raise Problem("inquiry.unknown")
        return stuck_view(found) | {"tries": [_attempt_view(one) for one in inquiries.attempts(t, inquiry_id)]}

    return JsonReply(await parts_of(request).store.read(act))


def _attempt_view(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "outcome": attempt.outcome,
        "code": attempt.code,
        "text": attempt.text,
        "mapping_hash": attempt.mapping_hash,
        **both("started_at", attempt.started_at),
        **both("ended_at", attempt.ended_at),
    }
