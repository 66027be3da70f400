"""The register of services that do not exist yet at the exchange centre, and the letters that ask for them."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.missing.acts import amend, enter, entry_view, found, take, whole_view
from gateway.missing.bodies import AmendRequest, MissingRequest, StepRequest
from gateway.missing.fonts import FontMissing, find_fonts
from gateway.missing.posting import occasion, posted
from gateway.parts import parts_of
from gateway.problems import Problem
from gateway.reading import read
from gateway.replies import JsonReply
from registry import missing
from registry.missing import Entry
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
ROOT = f"{BASE}/missing-services"
_READ = ("session.missing", "session.ended", "role.missing")
_KNOWN = (*_READ, "missing_service.unknown")
_NAMES = ("participant.unknown", "service.unknown", "session.forged")


@router.get(ROOT, **described("The register of missing services", problems=_READ))
async def list_missing(
    request: Request,
    overdue: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI reads a query parameter so.
) -> JsonReply:
    """List what is needed, by name; `overdue=true`: only where the day of the answer has passed."""
    parts = parts_of(request)
    views = [entry_view(one, parts.clock()) for one in await parts.store.read(missing.every)]
    return JsonReply({"missing_services": [one for one in views if one["overdue"] or not overdue]})


@router.post(
    ROOT,
    **described(
        "Enter a service that is needed and does not exist",
        body=MissingRequest,
        status=201,
        problems=(*_READ, *_NAMES, "missing_service.known"),
    ),
)
async def add_missing(request: Request) -> JsonReply:
    """Note a need. Nobody is asked yet."""
    body = await read(request, MissingRequest)
    return await _changed(request, lambda t, **who: enter(t, body, **who), 201)


@router.get(f"{ROOT}/{{name}}", **described("One missing service: what is needed, every step", problems=_KNOWN))
async def show_missing(request: Request, name: str) -> JsonReply:
    """Show the newest version, what was done, and what may come next."""
    parts = parts_of(request)
    return JsonReply(whole_view(await parts.store.read(lambda t: found(t, name)), parts.clock()))


@router.post(
    f"{ROOT}/{{name}}/versions",
    **described(
        "Say anew what is needed; letters that were sent stay as they were",
        body=AmendRequest,
        problems=(*_KNOWN, *_NAMES, "missing_service.step"),
    ),
)
async def amend_missing(request: Request, name: str) -> JsonReply:
    """Add a version."""
    body = await read(request, AmendRequest)
    return await _changed(request, lambda t, **who: amend(t, name, body, **who))


@router.post(
    f"{ROOT}/{{name}}/steps",
    **described(
        "Write a step down: a letter sent, an answer come, the service there, not needed any more",
        body=StepRequest,
        problems=(*_KNOWN, "session.forged", "service.unknown", "missing_service.step"),
    ),
)
async def step_missing(request: Request, name: str) -> JsonReply:
    """Take a step; what cannot follow is refused."""
    body = await read(request, StepRequest)
    return await _changed(request, lambda t, **who: take(t, name, body, **who))


@router.get(
    f"{ROOT}/{{name}}/letter",
    **described(
        "The request letter as PDF: as it was sent, or a draft",
        problems=(*_KNOWN, "missing_service.no_letter", "letter.font"),
        media_type="application/pdf",
    ),
)
async def letter_missing(
    request: Request,
    name: str,
    language: Annotated[Literal["fa", "en"], Query()] = "fa",
    draft: Annotated[bool, Query()] = False,  # noqa: FBT002 - FastAPI reads a query parameter so.
    step: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """Give the newest letter, that of one step, or a draft of the next."""
    parts = parts_of(request)
    written = await parts.store.read(lambda t: occasion(t, name, now=parts.clock(), draft=draft, number=step))
    try:
        fonts = find_fonts()
    except FontMissing as missing_font:
        raise Problem("letter.font", (f"قلم نامه ساخته نشده است: {missing_font}", str(missing_font))) from missing_font
    pdf = await asyncio.to_thread(posted, written, language, fonts)
    headers = {"Content-Disposition": f'inline; filename="{name}-{language}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, 200, headers, media_type="application/pdf")


async def _changed(request: Request, act: Callable[..., Entry], status: int = 200) -> JsonReply:
    parts, by = parts_of(request), officer_of(request)
    now = parts.clock()

    def write(t: Transaction) -> Entry:
        return act(t, by=by.id, now=now, random=parts.random)

    return JsonReply(whole_view(await parts.store.write(write), now), status)
