"""Home: what needs the reader now, what passes through the hub, how each outside system fares."""

from typing import Any

from starlette.responses import Response

from console.page import Page
from console.visit import Visit
from gateway.admin.cases import names_of

TROUBLE = frozenset({"unreached", "disabled", "paused", "quota_used", "open", "told", "failing"})


async def show(visit: Visit) -> Response:
    """Show the present; a script keeps the figures moving, a reload does too. A clerk's home is the inbox."""
    if not visit.may("GET", "/traffic"):
        return visit.go("/console/inbox")
    return visit.show("home.html", await _now(visit))


async def needs(visit: Visit) -> Response:
    """Show what needs the reader, alone: the page asks for it again from time to time."""
    return visit.show("home_needs.html", await _now(visit))


async def _now(visit: Visit) -> dict[str, Any]:
    causes = (await visit.admin.get("/stuck"))["causes"] if visit.may("GET", "/stuck") else []
    systems = (await visit.admin.get("/systems"))["systems"] if visit.may("GET", "/systems") else []
    due = await visit.admin.get("/inbox/due")
    traffic = await visit.admin.get("/traffic")
    mentioned = {one["system"] for one in (*traffic["systems"], *systems, *causes)}
    mentioned |= {one["unit"] for one in due["items"]}
    titles = names_of(visit.parts, mentioned)
    return {
        "causes": causes,
        "due": due,
        "systems": systems,
        "trouble": [one for one in systems if one["standing"] in TROUBLE],
        "traffic": traffic,
        "titles": {name: titles[name][visit.language] for name in titles},
    }


PAGES = (
    Page("/console", show, ("GET", "/session"), menu="menu.home"),
    Page("/console/home/needs", needs, ("GET", "/traffic"), below="/console"),
)
