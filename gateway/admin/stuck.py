"""Stuck work: what does not go on by itself, by cause; taken up again or discarded, one or many."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from broker.errors import ExchangeError
from gateway.admin.acts import write_down
from gateway.admin.bodies import StuckRequest
from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.bodies import SystemName
from gateway.documentation import described
from gateway.language import Language, preferred
from gateway.parts import parts_of
from gateway.problems import PROBLEMS
from gateway.reading import read
from gateway.replies import JsonReply
from gateway.times import both
from registry import inquiries, stuck
from registry.inquiries import Inquiry
from registry.staff import officers
from registry.states import State
from registry.store import Transaction
from registry.stuck import Cause, Word

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_PROBLEMS = ("session.missing", "session.ended", "role.missing")
_CHANGE = (*_PROBLEMS, "session.forged")


def stuck_view(inquiry: Inquiry) -> dict[str, Any]:
    """What an operator sees of an inquiry: everything that explains it, and nothing of what it asks."""
    return {
        "inquiry_id": inquiry.id,
        "tracking_code": inquiry.code,
        "service": inquiry.service,
        "system": inquiry.system,
        "operation": inquiry.operation,
        "effect": inquiry.effect,
        "state": inquiry.state.value,
        "owner": inquiry.owner,
        "attempts": inquiry.attempts,
        "reason": {"code": inquiry.reason_code, "text": inquiry.reason_text} if inquiry.reason_code else None,
        "mapping": {"id": inquiry.mapping_id, "hash": inquiry.mapping_hash} if inquiry.mapping_id else None,
        **both("accepted_at", inquiry.accepted_at),
        **both("since", inquiry.changed_at),
        **both("due_at", inquiry.due_at),
    }


def cause_view(t: Transaction, cause: Cause) -> dict[str, Any]:
    """Show a cause with who looks after it and what was last said of it."""
    return _cause_view(cause, stuck.words(t, cause.id), {one.id: one.name for one in officers.every(t)})


def _cause_view(cause: Cause, words: Sequence[Word], names: Mapping[str, str]) -> dict[str, Any]:
    said = {kind: [one for one in words if one.kind == kind] for kind in ("owner", "note")}
    owner = said["owner"][-1].text if said["owner"] else ""
    note = said["note"][-1] if said["note"] else None
    return {
        "id": cause.id,
        "owner": names.get(owner) if owner else None,
        "note": {"text": note.text, "by": names.get(note.by, note.by), **both("at", note.at)} if note else None,
        "state": cause.state.value,
        "system": cause.system,
        "reason_code": cause.reason_code,
        "mapping": {"id": cause.mapping_id, "hash": cause.mapping_hash} if cause.mapping_id else None,
        "count": cause.count,
        **both("oldest", cause.oldest),
        **both("latest", cause.latest),
    }


@router.get(f"{BASE}/stuck", **described("Stuck work by cause, most first", problems=_PROBLEMS))
async def list_causes(request: Request) -> JsonReply:
    """Group what is parked or in doubt by system, reason and mapping version."""

    def act(t: Transaction) -> list[dict[str, Any]]:
        found, said = stuck.causes(t), stuck.words(t)
        names = {one.id: one.name for one in officers.every(t)}
        return [_cause_view(one, [word for word in said if word.cause == one.id], names) for one in found]

    return JsonReply({"causes": await parts_of(request).store.read(act)})


@router.get(f"{BASE}/stuck/inquiries", **described("Inquiries of one cause, newest first", problems=_PROBLEMS))
async def list_stuck(
    request: Request,
    system: Annotated[SystemName, Query()],
    state: Annotated[Literal["parked", "in_doubt"], Query()] = "parked",
    reason_code: Annotated[str | None, Query(max_length=200)] = None,
    before: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JsonReply:
    """Give a page; ask again with `before` set to `next` until `next` is null."""
    found = await parts_of(request).store.read(
        lambda t: stuck.of_cause(
            t, state=State(state), system=system, reason_code=reason_code, before=before, limit=limit + 1
        )
    )
    page = found[:limit]
    more = page[-1].id if len(found) > limit else None
    return JsonReply({"inquiries": [stuck_view(one) for one in page], "next": more})


@router.post(
    f"{BASE}/stuck/replay",
    **described("Take parked inquiries up again, each by itself", body=StuckRequest, problems=_CHANGE),
)
async def replay(request: Request) -> JsonReply:
    """One parked in doubt is asked after and never repeated. A repeated id counts once; each has its own result."""
    return await _each(request, "stuck.replayed", parts_of(request).exchange.replay)


@router.post(
    f"{BASE}/stuck/discard",
    **described("Give parked inquiries up for good, each by itself", body=StuckRequest, problems=_CHANGE),
)
async def discard(request: Request) -> JsonReply:
    """Cancel parked inquiries; their askers are told."""
    return await _each(request, "stuck.discarded", parts_of(request).exchange.discard)


async def _each(request: Request, act: str, do: Callable[..., Awaitable[Inquiry]]) -> JsonReply:
    parts, by = parts_of(request), officer_of(request)
    body = await read(request, StuckRequest)
    language = preferred(request.headers.get("accept-language"))
    results: list[dict[str, Any]] = []
    for inquiry_id in dict.fromkeys(body.inquiries):
        if body.dry_run:
            results.append(await _preview(request, inquiry_id, language))
            continue
        try:
            moved = await do(inquiry_id, by=by.id)
        except ExchangeError as refusal:
            results.append(_refused(inquiry_id, refusal.code, language))
        else:
            results.append({"inquiry_id": inquiry_id, "done": True, "state": moved.state.value})
    done = sum(one["done"] for one in results)
    if not body.dry_run:
        now = parts.clock()
        await parts.store.write(
            lambda t: write_down(t, act, by=by.id, now=now, random=parts.random, asked=len(results), done=done)
        )
    return JsonReply({"dry_run": body.dry_run, "done": done, "results": results})


async def _preview(request: Request, inquiry_id: str, language: Language) -> dict[str, Any]:
    found = await parts_of(request).store.read(lambda t: inquiries.get(t, inquiry_id))
    if found is None:
        return _refused(inquiry_id, "inquiry.unknown", language)
    if found.state is not State.PARKED:
        return _refused(inquiry_id, "inquiry.not_parked", language)
    return {"inquiry_id": inquiry_id, "done": False, "state": found.state.value}


def _refused(inquiry_id: str, code: str, language: Language) -> dict[str, Any]:
    kind = PROBLEMS[code]
    text = kind.fa if language == "fa" else kind.en
    return {"inquiry_id": inquiry_id, "done": False, "problem": {"code": code, "title": text}}
