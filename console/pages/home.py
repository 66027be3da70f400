"""Home: what needs the reader now."""

from starlette.responses import Response

from console.page import Page
from console.visit import Visit


async def show(visit: Visit) -> Response:
    """Show stuck work by cause, the largest first."""
    causes = (await visit.admin.get("/stuck"))["causes"] if visit.may("GET", "/stuck") else []
    return visit.show("home.html", {"causes": causes})


PAGES = (Page("/console", show, ("GET", "/session"), menu="menu.home"),)
