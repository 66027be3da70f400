"""Many stuck inquiries at once: who looks after a cause, what was found out, and runs that take them up again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from broker.replays import READY, Foreseen
from gateway.admin.acts import write_down
from gateway.admin.bodies import NoteRequest, OwnerRequest, RunRequest
from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.admin.stuck import cause_view, stuck_view
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.problems import Problem
from gateway.reading import read, read_nothing
from gateway.replies import JsonReply
from gateway.times import both
from registry import replays, stuck
from registry.replays import ReplayRun
from registry.staff import officers
from registry.staff.officers import Standing
from registry.store import Transaction
from registry.stuck import Cause

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_PROBLEMS = ("session.missing", "session.ended", "role.missing")
_CHANGE = (*_PROBLEMS, "session.forged")
MOST = 5000
"""Inquiries in one run."""
SHOWN = 20


def _known(t: Transaction, cause_id: str) -> Cause:
    found = stuck.named(t, cause_id)
    if found is None:
        raise Problem("cause.unknown")
    return found


def _run_view(t: Transaction, run: ReplayRun) -> dict[str, Any]:
    progress = replays.progress(t, run.id)
    names = {one.id: one.name for one in officers.every(t)}
    return {
        "id": run.id,
        "cause": run.cause,
        "state": run.state,
        "per_minute": run.per_minute,
        "by": names.get(run.by, run.by),
        "total": progress.total,
        "taken_up": progress.taken_up,
        "failed": progress.failed,
        "left": progress.left,
        "failures": [{"inquiry_id": one, "code": code} for one, code in replays.failures(t, run.id)[:SHOWN]],
        **both("begun_at", run.begun_at),
        **both("ended_at", run.ended_at),
        "stopped_by": names.get(run.stopped_by or "", run.stopped_by),
    }


@router.get(
    f"{BASE}/stuck/causes/{{cause_id}}",
    **described("One cause: its inquiries, what was said of it, its runs", problems=(*_PROBLEMS, "cause.unknown")),
)
async def see_cause(
    request: Request,
    cause_id: str,
    before: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JsonReply:
    """Show a cause while anything stands for it; ask again with `before` set to `next` until `next` is null."""

    def act(t: Transaction) -> dict[str, Any]:
        cause = _known(t, cause_id)
        found = stuck.members(t, cause, before=before, limit=limit + 1)
        names = {one.id: one.name for one in officers.every(t)}
        notes = [
            {"text": one.text, "by": names.get(one.by, one.by), **both("at", one.at)}
            for one in stuck.words(t, cause_id)
            if one.kind == "note"
        ]
        return {
            "cause": cause_view(t, cause),
            "notes": notes,
            "inquiries": [stuck_view(one) for one in found[:limit]],
            "next": found[limit - 1].id if len(found) > limit else None,
            "runs": [_run_view(t, run) for run in replays.newest(t, 5, cause_id)],
        }

    return JsonReply(await parts_of(request).store.read(act))


@router.post(
    f"{BASE}/stuck/causes/{{cause_id}}/notes",
    **described("Note what is known of a cause", body=NoteRequest, problems=(*_CHANGE, "cause.unknown"), status=201),
)
async def add_note(request: Request, cause_id: str) -> JsonReply:
    """Add a note; notes are never changed."""
    body = await read(request, NoteRequest)
    return await _say(request, cause_id, "note", body.text.strip())


@router.post(
    f"{BASE}/stuck/causes/{{cause_id}}/owner",
    **described(
        "Say who looks after a cause",
        body=OwnerRequest,
        problems=(*_CHANGE, "cause.unknown", "officer.unknown"),
        status=201,
    ),
)
async def set_owner(request: Request, cause_id: str) -> JsonReply:
    """Name an officer, or nobody."""
    body = await read(request, OwnerRequest)
    owner = ""
    if body.username is not None:
        name = body.username
        found = await parts_of(request).store.read(lambda t: officers.by_username(t, name))
        if found is None or found.state is not Standing.ACTIVE:
            raise Problem("officer.unknown")
        owner = found.id
    return await _say(request, cause_id, "owner", owner)


async def _say(request: Request, cause_id: str, kind: Any, text: str) -> JsonReply:
    parts, by = parts_of(request), officer_of(request)

    def act(t: Transaction) -> dict[str, Any]:
        cause, now = _known(t, cause_id), parts.clock()
        stuck.say(t, cause_id, kind, text, by=by.id, now=now)
        write_down(t, f"stuck.{kind}", by=by.id, now=now, random=parts.random, cause=cause_id)
        return cause_view(t, cause)

    return JsonReply(await parts.store.write(act), 201)


@router.post(
    f"{BASE}/stuck/runs",
    **described(
        "Take many up again at a pace; `dry_run` shows what would happen to each and does nothing",
        body=RunRequest,
        problems=(*_CHANGE, "cause.unknown", "replay.nothing"),
        also=(201,),
    ),
)
async def begin_run(request: Request) -> JsonReply:
    """Begin a run over all inquiries of a cause, or over those named. Duplicates are left out."""
    parts, by, body = parts_of(request), officer_of(request), await read(request, RunRequest)
    named = body.inquiries

    def wanted(t: Transaction) -> list[str]:
        # The oldest first: whoever waits longest is taken up first.
        return list(named) or stuck.ids(t, _known(t, body.cause), limit=MOST)[::-1]

    chosen = await parts.store.read(wanted)
    if body.dry_run:
        return JsonReply(_preview_view(await parts.exchange.replays.preview(chosen), body.per_minute))
    run = await parts.exchange.replays.begin(body.cause, chosen, per_minute=body.per_minute, by=by.id)
    if run is None:
        raise Problem("replay.nothing")
    now = parts.clock()
    await parts.store.write(
        lambda t: write_down(t, "replay.begun", by=by.id, now=now, random=parts.random, run=run.id, cause=run.cause)
    )
    return JsonReply(await parts.store.read(lambda t: _run_view(t, run)), 201)


def _preview_view(found: list[Foreseen], per_minute: int) -> dict[str, Any]:
    ready = sum(one.verdict == READY for one in found)
    return {
        "dry_run": True,
        "ready": ready,
        "left_out": len(found) - ready,
        "minutes": round(ready / per_minute, 1),
        "items": [{"inquiry_id": one.inquiry_id, "verdict": one.verdict} for one in found[:500]],
    }


@router.get(f"{BASE}/stuck/runs", **described("Runs of replays, newest first", problems=_PROBLEMS))
async def list_runs(request: Request) -> JsonReply:
    """Show the newest runs with their progress."""
    found = await parts_of(request).store.read(lambda t: [_run_view(t, run) for run in replays.newest(t, 50)])
    return JsonReply({"runs": found})


@router.post(
    f"{BASE}/stuck/runs/{{run_id}}/stop",
    **described("Stop a run where it is", problems=(*_CHANGE, "replay.unknown")),
)
async def stop_run(request: Request, run_id: str) -> JsonReply:
    """Stop; what was taken up goes on. Stopping one that has ended changes nothing."""
    parts, by = parts_of(request), officer_of(request)
    await read_nothing(request)
    if await parts.store.read(lambda t: replays.get(t, run_id)) is None:
        raise Problem("replay.unknown")
    if await parts.exchange.replays.stop(run_id, by=by.id):
        now = parts.clock()
        await parts.store.write(
            lambda t: write_down(t, "replay.stopped", by=by.id, now=now, random=parts.random, run=run_id)
        )

    def act(t: Transaction) -> dict[str, Any]:
        run = replays.get(t, run_id)
        if run is None:
            raise Problem("replay.unknown")
        return _run_view(t, run)

    return JsonReply(await parts.store.read(act))
