"""A case as facts, picture, exchanges and timeline; one exchange with its attempts, receipt, and what was said."""

import json
from typing import Any

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.page import Page
from console.picture import draw
from console.visit import Visit

PAYLOAD = ("POST", "/inquiries/{inquiry_id}/payload")


async def show_case(visit: Visit) -> Response:
    """Show a case; of many inquiries or events the latest, with a way to earlier ones."""
    code = visit.request.path_params["code"]
    asked = {name: visit.query(name) for name in ("inquiries_before", "events_before")}
    case = await visit.admin.get(f"/cases/{code}", **asked)
    stage = next((one for one in reversed(case["timeline"]) if one["stage"] == case["last_status"]["stage"]), None)
    values = {"case": case, "names": case["names"], "picture": draw(case), "later": any(asked.values()), "stage": stage}
    return visit.show("case.html", values)


async def show_inquiry(visit: Visit) -> Response:
    """Show an exchange without what it said."""
    return await _show(visit)


async def open_payload(visit: Visit) -> Response:
    """Show an exchange with what it said, once a reason has been given."""
    reason = visit.form("reason")["reason"].strip()
    try:
        said = await visit.admin.post(f"/inquiries/{_id(visit)}/payload", {"reason": reason})
    except AdminRefusal as refusal:
        if not refusal.fields().get("reason"):
            raise
        return await _show(visit, refused=refusal, reason=reason)
    said["replies"] = [{"number": one["number"], "body": pretty(one["body"])} for one in said["replies"]]
    return await _show(visit, said=said)


def pretty(text: str) -> str:
    """Lay JSON out for reading; what is no JSON stays as it came."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text


def _id(visit: Visit) -> str:
    return str(visit.request.path_params["inquiry_id"])


async def _show(
    visit: Visit, *, said: dict[str, Any] | None = None, refused: AdminRefusal | None = None, reason: str = ""
) -> Response:
    inquiry = await visit.admin.get(f"/inquiries/{_id(visit)}")
    values = {
        "inquiry": inquiry,
        "names": inquiry["names"],
        "said": said,
        "question": _laid_out(said["question"]) if said else None,
        "answer": _laid_out(said["answer"]) if said else None,
        "may_open": visit.may(*PAYLOAD),
        "refused": refused,
        "reason": reason,
    }
    return visit.show("inquiry.html", values, status=refused.status if refused else 200)


def _laid_out(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, indent=2)


PAGES = (
    Page("/console/cases/{code}", show_case, ("GET", "/cases/{code}"), below="/console/search"),
    Page("/console/inquiries/{inquiry_id}", show_inquiry, ("GET", "/inquiries/{inquiry_id}"), below="/console/search"),
    Page("/console/inquiries/{inquiry_id}", open_payload, PAYLOAD, method="POST"),
)
