"""The configuration: what waits for a second person, every revision, and the way back to each."""

from typing import Any

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.page import Page
from console.visit import Visit, whole_number

HERE = "/console/configuration"


async def show(visit: Visit) -> Response:
    """Show what is in force, what is proposed, and the revisions."""
    head = await visit.admin.get("/configuration")
    before = visit.query("before")
    listed = await visit.admin.get("/configuration/revisions", before=before or None, limit=20)
    return visit.show("configuration.html", {"head": head, **listed})


async def demand(visit: Visit) -> Response:
    """Demand a second person's approval from now on, or no longer."""
    sent = visit.form("approval", "base", "reason")
    head = await visit.admin.get("/configuration")
    body = {"document": {**head["document"], "approval": sent["approval"]}, "base": whole_number(sent["base"])}
    done = await visit.admin.post("/configuration/changes", {**body, "reason": sent["reason"]})
    return visit.go(f"{HERE}/changes/{done['change']}" if done["state"] == "proposed" else HERE)


async def show_change(visit: Visit) -> Response:
    """Show what a change would change, for whoever decides about it."""
    return await _change(visit)


async def _change(visit: Visit, *, status: int = 200, refused: Any = None) -> Response:
    found = await visit.admin.get(f"/configuration/changes/{_last(visit)}")
    return visit.show("configuration_change.html", {"change": found, "refused": refused}, status=status)


async def decide(visit: Visit) -> Response:
    """Approve exactly what was shown, reject it, or withdraw one's own."""
    sent = visit.form("verdict", "hash", "reason")
    verdict = sent["verdict"] if sent["verdict"] in {"approve", "reject", "withdraw"} else "reject"
    body = {"reason": sent["reason"]} | ({"hash": sent["hash"]} if verdict == "approve" else {})
    try:
        await visit.admin.post(f"/configuration/changes/{_last(visit)}/{verdict}", body)
    except AdminRefusal as refusal:
        return await _change(visit, status=refusal.status, refused=refusal.problem)
    return visit.go(HERE)


async def show_revision(visit: Visit) -> Response:
    """Show a revision: what it changed, and its file."""
    number = _last(visit)
    found = await visit.admin.get(f"/configuration/revisions/{number}")
    file = await visit.admin.get("/configuration/file", revision=number)
    head = await visit.admin.get("/configuration")
    return visit.show("revision.html", {"one": found, "yaml": file["yaml"], "newest": head["revision"]})


async def roll_back(visit: Visit) -> Response:
    """Put a revision in force again."""
    sent = visit.form("base", "reason")
    body = {"to": whole_number(_last(visit)), "base": whole_number(sent["base"]), "reason": sent["reason"]}
    done = await visit.admin.post("/configuration/rollback", body)
    return visit.go(f"{HERE}/changes/{done['change']}" if done["state"] == "proposed" else HERE)


def _last(visit: Visit) -> str:
    return visit.request.url.path.rpartition("/")[2]


PAGES = (
    Page(HERE, show, ("GET", "/configuration/revisions"), menu="menu.configuration"),
    Page(HERE, demand, ("POST", "/configuration/changes"), method="POST"),
    Page(f"{HERE}/changes/{{change_id}}", show_change, ("GET", "/configuration/changes/{change_id}"), below=HERE),
    Page(
        f"{HERE}/changes/{{change_id}}",
        decide,
        ("GET", "/configuration/changes/{change_id}"),
        method="POST",
        below=HERE,
    ),
    Page(f"{HERE}/revisions/{{number}}", show_revision, ("GET", "/configuration/revisions/{number}"), below=HERE),
    Page(f"{HERE}/revisions/{{number}}", roll_back, ("POST", "/configuration/rollback"), method="POST", below=HERE),
)
