"""The configuration: what is in force, what is proposed, every state it was ever in."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.configuration import acts
from gateway.configuration.bodies import ApprovalRequest, ChangeRequest, PlanRequest, ReasonRequest, RollbackRequest
from gateway.configuration.difference import differences
from gateway.configuration.document import document_of, to_yaml
from gateway.configuration.views import change_view, outcome_view, revision_view
from gateway.documentation import described
from gateway.parts import parts_of
from gateway.reading import read
from gateway.replies import JsonReply
from registry.configuration import changes, revisions
from registry.configuration.changes import Change, Verdict
from registry.configuration.revisions import Revision
from registry.staff import officers
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_SEEN = ("session.missing", "session.ended", "role.missing")
_REFUSED = ("configuration.refused", "configuration.unchanged", "configuration.stale", "connector.in_use",
            "revision.unknown", "queue.unavailable")  # fmt: skip
CHANGED = (*_SEEN, "session.forged", *_REFUSED)
_DECIDED = (*_SEEN, "session.forged", "change.unknown", "configuration.decided")
PROPOSED = 202


def usernames(t: Transaction) -> dict[str, str]:
    """Every officer's username by id."""
    return {one.id: one.username for one in officers.every(t)}


async def outcome(request: Request, done: Revision | Change) -> JsonReply:
    """What became of a change: 200 applied, 202 proposed."""
    names = await parts_of(request).store.read(usernames)
    return JsonReply(outcome_view(done, names), 200 if isinstance(done, Revision) else PROPOSED)


@router.get(f"{BASE}/configuration", **described("The configuration in force", problems=_SEEN))
async def see_configuration(request: Request) -> JsonReply:
    """Show the newest revision, its document, what waits for approval, and what this process works with."""
    parts = parts_of(request)
    head, waiting, names = await parts.store.read(lambda t: (revisions.head(t), changes.waiting(t), usernames(t)))
    shown = revision_view(head, names) | {
        "document": document_of(head),
        "proposed": [change_view(one, names) for one in waiting],
        "in_force_here": {"revision": parts.instances.number, "trouble": parts.instances.trouble or None},
    }
    return JsonReply(shown)


@router.get(
    f"{BASE}/configuration/file",
    **described("The configuration as a file", problems=(*_SEEN, "revision.unknown")),
)
async def export(request: Request, revision: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None) -> JsonReply:
    """Give the YAML that `hub export` writes. Secrets stand in it as references only."""

    def act(t: Transaction) -> Revision:
        return revisions.head(t) if revision is None else acts.known_revision(t, revision)

    found = await parts_of(request).store.read(act)
    return JsonReply({"revision": found.number, "yaml": to_yaml(found)})


@router.post(
    f"{BASE}/configuration/plan",
    **described("What a document would change", body=PlanRequest, problems=(*_SEEN, "session.forged", *_REFUSED)),
)
async def plan(request: Request) -> JsonReply:
    """Check a document whole and compare it with what is in force; change nothing."""
    desk, body = parts_of(request).desk, await read(request, PlanRequest)
    found = await desk.plan(await desk.read(body.document))
    return JsonReply({"differences": [one.shown() for one in found]})


@router.get(f"{BASE}/configuration/changes", **described("Proposed changes, newest first", problems=_SEEN))
async def list_changes(
    request: Request,
    before: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JsonReply:
    """Give a page of changes, decided and undecided; ask again with `before` set to `next`."""
    found, names = await parts_of(request).store.read(
        lambda t: (changes.page(t, before=before, limit=limit + 1), usernames(t))
    )
    more = found[limit - 1].id if len(found) > limit else None
    return JsonReply({"changes": [change_view(one, names) for one in found[:limit]], "next": more})


@router.post(
    f"{BASE}/configuration/changes",
    **described("Put a document in force, or propose it", body=ChangeRequest, also=(PROPOSED,), problems=CHANGED),
)
async def change(request: Request) -> JsonReply:
    """Apply a whole document; where the site demands a second person, propose it (202)."""
    desk, body = parts_of(request).desk, await read(request, ChangeRequest)
    draft = await desk.read({**body.document, "revision": body.base})
    return await outcome(request, await desk.submit(draft, by=officer_of(request).id, reason=body.reason))


@router.get(
    f"{BASE}/configuration/changes/{{change_id}}",
    **described("A change with its document", problems=(*_SEEN, "change.unknown")),
)
async def see_change(request: Request, change_id: str) -> JsonReply:
    """Show what a change would change, from the revision it was made on."""

    def act(t: Transaction) -> dict[str, Any]:
        found = acts.known_change(t, change_id)
        former = document_of(acts.known_revision(t, found.base))
        return change_view(found, usernames(t)) | {
            "document": found.document,
            "differences": [one.shown() for one in differences(former, found.document)],
        }

    return JsonReply(await parts_of(request).store.read(act))


@router.post(
    f"{BASE}/configuration/changes/{{change_id}}/approve",
    **described(
        "Approve somebody's change and apply it",
        body=ApprovalRequest,
        problems=(*_DECIDED, *_REFUSED, "configuration.own_change", "configuration.other_hash"),
    ),
)
async def approve(request: Request, change_id: str) -> JsonReply:
    """Apply exactly the document whose hash is named. Nobody approves their own change."""
    desk, body, by = parts_of(request).desk, await read(request, ApprovalRequest), officer_of(request)
    done = await desk.approve(change_id, seen=body.hash, by=by.id, username=by.username, reason=body.reason)
    return await outcome(request, done)


@router.post(
    f"{BASE}/configuration/changes/{{change_id}}/reject",
    **described("Reject somebody's change", body=ReasonRequest, problems=_DECIDED),
)
async def reject(request: Request, change_id: str) -> JsonReply:
    """Decide that a change is not applied."""
    return await _declined(request, change_id, "rejected")


@router.post(
    f"{BASE}/configuration/changes/{{change_id}}/withdraw",
    **described("Withdraw one's own change", body=ReasonRequest, problems=(*_DECIDED, "configuration.author_only")),
)
async def withdraw(request: Request, change_id: str) -> JsonReply:
    """Take one's own proposal back."""
    return await _declined(request, change_id, "withdrawn")


async def _declined(request: Request, change_id: str, verdict: Verdict) -> JsonReply:
    parts, body = parts_of(request), await read(request, ReasonRequest)
    done = await parts.desk.decline(change_id, verdict, by=officer_of(request).id, reason=body.reason)
    return JsonReply(change_view(done, await parts.store.read(usernames)))


@router.get(f"{BASE}/configuration/revisions", **described("Every revision, newest first", problems=_SEEN))
async def list_revisions(
    request: Request,
    before: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JsonReply:
    """Give a page of revisions; ask again with `before` set to `next`."""
    found, names = await parts_of(request).store.read(
        lambda t: (revisions.page(t, before=before, limit=limit + 1), usernames(t))
    )
    more = found[limit - 1].number if len(found) > limit else None
    return JsonReply({"revisions": [revision_view(one, names) for one in found[:limit]], "next": more})


@router.get(
    f"{BASE}/configuration/revisions/{{number}}",
    **described("A revision with its document", problems=(*_SEEN, "revision.unknown", "request.invalid")),
)
async def see_revision(request: Request, number: int) -> JsonReply:
    """Show a revision and what it changed."""

    def act(t: Transaction) -> dict[str, Any]:
        found = acts.known_revision(t, number)
        former = document_of(acts.known_revision(t, max(number - 1, 0)))
        return revision_view(found, usernames(t)) | {
            "document": document_of(found),
            "differences": [one.shown() for one in differences(former, document_of(found))],
        }

    return JsonReply(await parts_of(request).store.read(act))


@router.post(
    f"{BASE}/configuration/rollback",
    **described("Put an earlier revision in force again", body=RollbackRequest, also=(PROPOSED,), problems=CHANGED),
)
async def roll_back(request: Request) -> JsonReply:
    """Make a new revision of an earlier one's document."""
    desk, body = parts_of(request).desk, await read(request, RollbackRequest)
    done = await desk.roll_back(body.to, base=body.base, by=officer_of(request).id, reason=body.reason)
    return await outcome(request, done)
