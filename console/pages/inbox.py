"""The inbox: a clerk of a unit without software answers its inquiries by hand, with the legal deadline in sight."""

import json
from typing import Any

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.page import Page
from console.visit import Visit
from gateway.problems import FieldProblem, Problem

HOME = "/console/inbox"
PREFIX = "answer."
SEE, ONE = ("GET", "/inbox"), ("GET", "/inbox/{inquiry_id}")
TAKE, BACK = ("POST", "/inbox/{inquiry_id}/claim"), ("POST", "/inbox/{inquiry_id}/release")
ANSWER, REFUSE = ("POST", "/inbox/{inquiry_id}/answer"), ("POST", "/inbox/{inquiry_id}/refusal")


def _api(visit: Visit, rest: str = "") -> str:
    return f"/inbox/{visit.request.path_params['inquiry_id']}{rest}"


def _fields(visit: Visit, schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The fields of an answer that are plain text; empty when the service wants something richer, which is JSON."""
    every = schema.get("properties", {})
    if not all(_plain(one) for one in every.values()):
        return []
    titles = f"title_{visit.language}"
    return [
        {
            "name": f"{PREFIX}{name}",
            "title": one.get(titles) or one.get("title") or name,
            "required": name in schema.get("required", ()),
            "kind": "date" if any(kind.get("format") == "date" for kind in (one, *one.get("anyOf", ()))) else "text",
            "long": name in {"text", "description", "body"},
        }
        for name, one in every.items()
    ]


def _plain(field: dict[str, Any]) -> bool:
    kinds = [field, *field.get("anyOf", ())]
    named = {kind["type"] for kind in kinds if "type" in kind}
    return named <= {"string", "null"} and "string" in named


async def list_items(visit: Visit) -> Response:
    """Show what waits for the reader's units, the oldest first."""
    closed = visit.query("closed") == "1"
    shown = await visit.admin.get("/inbox", after=visit.query("after"), closed="true" if closed else "")
    return visit.show("inbox.html", shown | {"closed": closed})


async def show_item(visit: Visit) -> Response:
    """Open one question. Reading it is written down."""
    return await _item(visit)


async def _item(visit: Visit, refused: AdminRefusal | None = None) -> Response:
    item = await visit.admin.get(_api(visit))
    schema = item.pop("answer_schema")
    values = {
        "item": item,
        "fields": _fields(visit, schema),
        "schema": json.dumps(schema, ensure_ascii=False, indent=2),
        "sent": visit.sent,
        "refused": refused.problem if refused else None,
        "place": f"{HOME}/{item['inquiry_id']}",
    }
    return visit.show("inbox_item.html", values, status=refused.status if refused else 200)


async def take(visit: Visit) -> Response:
    """Take it."""
    visit.form()
    return await _post(visit, "/claim", None)


async def give_back(visit: Visit) -> Response:
    """Give it back."""
    visit.form()
    return await _post(visit, "/release", None)


async def answer(visit: Visit) -> Response:
    """Answer: by the fields of the form, or by JSON."""
    names = [name for name in visit.sent if name.startswith(PREFIX)]
    sent = visit.form("json", *names)
    if names:
        given = {name.removeprefix(PREFIX): sent[name].strip() for name in names if sent[name].strip()}
    else:
        try:
            given = json.loads(sent["json"])
        except ValueError as wrong:
            said = ("متن JSON درست نیست.", "This is not well-formed JSON.")
            raise Problem("request.invalid", errors=[FieldProblem("/json", "json.malformed", *said)]) from wrong
    return await _post(visit, "/answer", {"answer": given}, after=HOME)


async def refuse(visit: Visit) -> Response:
    """Refuse with a reason."""
    return await _post(visit, "/refusal", {"reason": visit.form("reason")["reason"]}, after=HOME)


async def _post(visit: Visit, rest: str, body: dict[str, Any] | None, after: str = "") -> Response:
    try:
        await visit.admin.post(_api(visit, rest), body)
    except AdminRefusal as refusal:
        if refusal.code in {"session.missing", "session.ended", "inquiry.unknown"}:
            raise
        return await _item(visit, refusal)
    return visit.go(after or f"{HOME}/{visit.request.path_params['inquiry_id']}")


ITEM = f"{HOME}/{{inquiry_id}}"
PAGES = (
    Page(HOME, list_items, SEE, menu="menu.inbox"),
    Page(ITEM, show_item, ONE, below=HOME),
    Page(f"{ITEM}/claim", take, TAKE, method="POST", below=HOME),
    Page(f"{ITEM}/release", give_back, BACK, method="POST", below=HOME),
    Page(f"{ITEM}/answer", answer, ANSWER, method="POST", below=HOME),
    Page(f"{ITEM}/refusal", refuse, REFUSE, method="POST", below=HOME),
)
