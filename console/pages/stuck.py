"""Stuck work: by cause; what is known of a cause; taken up again one by one or many; a doubt ended by hand."""

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.page import Page
from console.visit import Visit

HOME = "/console/stuck"
PACES = (10, 30, 60, 120, 300, 600)
"""Inquiries a minute that the form offers."""
USUAL_PACE = 60
FOUND = ("done", "refused", "absent")
SEE, RUN, STOP = ("GET", "/stuck"), ("POST", "/stuck/runs"), ("POST", "/stuck/runs/{run_id}/stop")
NOTE, OWN = ("POST", "/stuck/causes/{cause_id}/notes"), ("POST", "/stuck/causes/{cause_id}/owner")
ONE, RESOLVE = ("POST", "/stuck/replay"), ("POST", "/inquiries/{inquiry_id}/resolution")


def _place(visit: Visit) -> str:
    return f"{HOME}/{visit.request.path_params['cause_id']}"


def _api(visit: Visit, rest: str = "") -> str:
    return f"/stuck/causes/{visit.request.path_params['cause_id']}{rest}"


async def list_causes(visit: Visit) -> Response:
    """Show every cause, the one that keeps most first, and the runs that go on."""
    causes = (await visit.admin.get("/stuck"))["causes"]
    runs = (await visit.admin.get("/stuck/runs"))["runs"]
    going = [run for run in runs if run["state"] == "running"]
    return visit.show("stuck.html", {"causes": causes, "runs": going, "may_stop": visit.may(*STOP)})


async def show_cause(visit: Visit) -> Response:
    """Show one cause with its inquiries, what was said of it, and its runs; one that is gone says so."""
    return await _cause(visit)


async def _cause(
    visit: Visit, *, refused: AdminRefusal | None = None, preview: Any = None, pace: int = USUAL_PACE
) -> Response:
    rights = {
        "may_note": visit.may(*NOTE),
        "may_replay": visit.may(*RUN),
        "may_stop": visit.may(*STOP),
        "may_resolve": visit.may(*RESOLVE),
        "place": _place(visit),
    }
    try:
        shown = await visit.admin.get(_api(visit), before=visit.query("before"))
    except AdminRefusal as gone:
        if gone.code != "cause.unknown":
            raise
        every = (await visit.admin.get("/stuck/runs"))["runs"]
        runs = [run for run in every if run["cause"] == visit.request.path_params["cause_id"]]
        if not runs:
            raise
        return visit.show("stuck_gone.html", rights | {"runs": runs})
    values = {"preview": preview, "paces": PACES, "pace": pace, "found": FOUND}
    values["refused"] = refused.problem if refused else None
    return visit.show("stuck_cause.html", rights | values | shown, status=refused.status if refused else 200)


async def add_note(visit: Visit) -> Response:
    """Add a note."""
    return await _post(visit, _api(visit, "/notes"), {"text": visit.form("text")["text"]})


async def set_owner(visit: Visit) -> Response:
    """The reader looks after the cause, or nobody does."""
    mine = visit.form("mine")["mine"] == "yes"
    name = visit.reader.username if visit.reader and mine else None
    return await _post(visit, _api(visit, "/owner"), {"username": name})


async def preview(visit: Visit) -> Response:
    """Look through what a run would do, and do nothing."""
    pace = _pace(visit.query("pace"))
    body = {"cause": visit.request.path_params["cause_id"], "per_minute": pace, "dry_run": True}
    try:
        found = await visit.admin.post("/stuck/runs", body)
    except AdminRefusal as refusal:
        if refusal.code == "cause.unknown":
            return visit.go(_place(visit))
        raise
    return await _cause(visit, preview=found, pace=pace)


async def begin(visit: Visit) -> Response:
    """Begin the run that was looked through."""
    body = {"cause": visit.request.path_params["cause_id"], "per_minute": _pace(visit.form("pace")["pace"])}
    return await _post(visit, "/stuck/runs", body)


async def stop(visit: Visit) -> Response:
    """Stop a run."""
    visit.form()
    await visit.admin.post(f"/stuck/runs/{visit.request.path_params['run_id']}/stop")
    return visit.go(_place(visit))


async def act_on_one(visit: Visit) -> Response:
    """Take one inquiry up again, or give it up for good."""
    sent = visit.form("inquiry", "act")
    path = "/stuck/discard" if sent["act"] == "discard" else "/stuck/replay"
    done = await visit.admin.post(path, {"inquiries": [sent["inquiry"]]})
    problem = done["results"][0].get("problem")
    if problem:
        told = problem | {"detail": problem["title"]}
        return await _cause(visit, refused=AdminRefusal(HTTPStatus.CONFLICT, told, visit.request.headers))
    return visit.go(_place(visit))


async def resolve(visit: Visit) -> Response:
    """End the doubt about one call by what the reader has found out."""
    sent = visit.form("inquiry", "found", "reason")
    body = {"found": sent["found"], "reason": sent["reason"]}
    return await _post(visit, f"/inquiries/{sent['inquiry']}/resolution", body)


async def _post(visit: Visit, path: str, body: dict[str, Any]) -> Response:
    try:
        await visit.admin.post(path, body)
    except AdminRefusal as refusal:
        if refusal.code in {"session.missing", "session.ended"}:
            raise
        return await _cause(visit, refused=refusal)
    return visit.go(_place(visit))


def _pace(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) in PACES else USUAL_PACE


CAUSE = f"{HOME}/{{cause_id}}"
PAGES = (
    Page(HOME, list_causes, SEE, menu="menu.stuck"),
    Page(CAUSE, show_cause, SEE, below=HOME),
    Page(f"{CAUSE}/notes", add_note, NOTE, method="POST", below=HOME),
    Page(f"{CAUSE}/owner", set_owner, OWN, method="POST", below=HOME),
    Page(f"{CAUSE}/runs", preview, RUN, below=HOME),
    Page(f"{CAUSE}/runs", begin, RUN, method="POST", below=HOME),
    Page(f"{CAUSE}/runs/{{run_id}}/stop", stop, STOP, method="POST", below=HOME),
    Page(f"{CAUSE}/one", act_on_one, ONE, method="POST", below=HOME),
    Page(f"{CAUSE}/doubt", resolve, RESOLVE, method="POST", below=HOME),
)
