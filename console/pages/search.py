"""One box for whatever the reader holds in hand, and what it leads to."""

from urllib.parse import quote

from starlette.responses import Response

from console.page import Page
from console.visit import Visit
from mappings.text import ascii_digits
from registry import codes

LONGEST = 200
FEWEST_DIGITS = 16


async def search(visit: Visit) -> Response:
    """Look; one thing found is opened at once, several are listed, none says what may be wrong."""
    asked = visit.query("q").strip()[:LONGEST]
    found = (await visit.admin.get("/search", q=asked))["cases"] if asked else []
    if len(found) == 1:
        how = found[0]["found_by"]
        inquiry = how.partition(":")[2] if how.startswith(("inquiry:", "trace:")) else ""
        where = f"/console/inquiries/{quote(inquiry)}" if inquiry else f"/console/cases/{found[0]['tracking_code']}"
        return visit.go(where)
    return visit.show("search.html", {"q": asked, "found": found, "wrong_code": _wrong_code(asked)})


def _wrong_code(asked: str) -> codes.CodeError | None:
    """What is wrong with what looks like a tracking code."""
    if sum(character.isdecimal() for character in ascii_digits(asked)) < FEWEST_DIGITS:
        return None
    try:
        codes.parse(asked)
    except codes.CodeError as wrong:
        return wrong
    return None


PAGES = (Page("/console/search", search, ("GET", "/search"), menu="menu.search"),)
