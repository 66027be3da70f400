"""The register of services that the exchange centre does not have yet: what is needed, what was asked, the letters."""

from typing import Any

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.page import Page
from console.visit import Visit
from gateway.missing.days import read_day

HERE = "/console/missing"
API = "/missing-services"
LETTERS = ("request", "remind")
REPLIES = ("answer", "refuse")
FIELDS = (
    "step", "number", "date", "signer_fa", "signer_en", "position_fa", "position_en", "text", "promised", "service",
)  # fmt: skip


async def show(visit: Visit) -> Response:
    """List what is needed, what is overdue first."""
    found = (await visit.admin.get(API))["missing_services"]
    return visit.show("missing.html", {"entries": sorted(found, key=lambda one: not one["overdue"])})


async def show_one(visit: Visit) -> Response:
    """Show what is needed of one service, every step, its letters, and what may come next."""
    return await _one(visit)


async def step(visit: Visit) -> Response:
    """Write a step down."""
    sent = visit.form(*FIELDS)
    try:
        await visit.admin.post(f"{API}/{_name(visit)}/steps", _body(sent))
    except AdminRefusal as refusal:
        return await _one(visit, status=refusal.status, refused=refusal.problem, sent=sent)
    return visit.go(f"{HERE}/{_name(visit)}")


async def _one(visit: Visit, *, status: int = 200, refused: Any = None, sent: Any = None) -> Response:
    found = await visit.admin.get(f"{API}/{_name(visit)}")
    values = {
        "one": found,
        "letters": [each for each in found["steps"] if "letter" in each],
        "letter_at": f"/v1/admin{API}/{found['id']}/letter",
        "refused": refused,
        "sent": sent or dict.fromkeys(FIELDS, ""),
        "may_step": visit.may("POST", f"{API}/{{name}}/steps"),
    }
    return visit.show("missing_one.html", values, status=status)


def _name(visit: Visit) -> str:
    return visit.request.url.path.removeprefix(f"{HERE}/")


def _body(sent: dict[str, str]) -> dict[str, Any]:
    """What the admin API is told: only what belongs to the step."""
    body: dict[str, Any] = {"step": sent["step"]}
    if sent["step"] in LETTERS:
        signatory = {
            part: {language: sent[f"{name}_{language}"] for language in ("fa", "en")}
            for part, name in (("name", "signer"), ("title", "position"))
        }
        body["letter"] = {"number": sent["number"], "date": _day(sent["date"]), "signatory": signatory}
    elif sent["step"] in REPLIES:
        body["reply"] = {"number": sent["number"], "date": _day(sent["date"]), "text": sent["text"]}
        if sent["promised"]:
            body["reply"]["promised_on"] = _day(sent["promised"])
    elif sent["step"] == "make_available":
        body["service"] = sent["service"]
    return body


def _day(text: str) -> str:
    """A day as the API takes it; what is none is handed on, and refused there by its field."""
    try:
        return read_day(text).isoformat()
    except ValueError:
        return text


PAGES = (
    Page(HERE, show, ("GET", API), menu="menu.missing"),
    Page(f"{HERE}/{{name}}", show_one, ("GET", f"{API}/{{name}}"), below=HERE),
    Page(f"{HERE}/{{name}}", step, ("POST", f"{API}/{{name}}/steps"), method="POST", below=HERE),
)
