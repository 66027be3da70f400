"""The applicant's page: a tracking code and the end of a national ID in, the whole case out. No account, no script."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from console import writing
from console.page import Page
from console.qr import qr_code
from console.visit import Visit
from gateway.admin.guard import cookie_name
from gateway.admin.session import UNKNOWN_SOURCE
from gateway.language import Language
from gateway.problems import Problem
from gateway.tracking import DEVICE, track
from mappings.dates import TEHRAN, jalali_text, zone_of
from mappings.text import persian_digits
from registry.codes import CodeError, group, parse
from registry.staff.sign_ins import REMEMBERED

HOME = "/track"
LONGEST = 100
"""Characters of a code as somebody may paste it, with spaces and marks."""
UNLISTED = {"X-Robots-Tag": "noindex, nofollow, noarchive"}


def _written(text: str) -> str:
    """A code in its groups of four; what is no code stays as it was typed."""
    try:
        return group(parse(text))
    except CodeError:
        return text[:LONGEST]


def _asking(visit: Visit, code: str, problem: Problem | None = None) -> Response:
    """The form. A wrong field is marked; what was typed as second factor is never written back."""
    wait = int(problem.headers.get("Retry-After", "0")) if problem else 0
    fields = (
        {error.pointer.strip("/"): error.shown(visit.language)["message"] for error in problem.errors}
        if problem
        else {}
    )
    shown = {
        "code": _written(code) if code else "",
        "fields": fields,
        "wait": wait,
        "refused": problem is not None and problem.code == "track.refused",
    }
    response = visit.show("track.html", shown, status=problem.kind.status if problem else 200)
    response.headers.update(UNLISTED | (problem.headers if problem else {}))
    return response


async def ask(visit: Visit) -> Response:
    """Ask for code and second factor; a link or QR code has brought the code, never the factor."""
    return _asking(visit, visit.request.path_params.get("code", ""))


async def show(visit: Visit) -> Response:
    """Show the case to its applicant."""
    sent, parts, request = visit.form("code", "last_four"), visit.parts, visit.request
    secure = parts.base_url.startswith("https://")
    try:
        found = await track(
            parts,
            code=sent["code"][:LONGEST],
            last_four=sent["last_four"][:LONGEST],
            source=request.client.host if request.client else UNKNOWN_SOURCE,
            device=request.cookies.get(cookie_name(DEVICE, parts.base_url)),
        )
    except Problem as problem:
        return _asking(visit, sent["code"], problem)
    link = f"{HOME}/{found.shown['tracking_code']}"
    values = {
        "case": found.shown,
        "dates": lambda at: _dates(at, visit.language),
        "switch": lambda **chosen: f"{link}?{urlencode(chosen)}",
        "link": f"{parts.base_url}{link}",
        "qr": qr_code(f"{parts.base_url}{link}"),
    }
    response = visit.show("track_case.html", values)
    # This page has no form, so it can do without the referrer that a form's origin needs.
    response.headers.update(UNLISTED | {"Referrer-Policy": "no-referrer"})
    response.set_cookie(
        cookie_name(DEVICE, parts.base_url),
        found.device,
        max_age=int(REMEMBERED.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    return response


def _dates(at: str | None, language: Language) -> Markup:
    """A time by both calendars, the reader's own first."""
    if at is None:
        return Markup("—")
    instant = datetime.fromisoformat(at)
    own = writing.moment(instant, language)
    if language == "en":
        other: Any = jalali_text(instant).split(" ")[0]
    else:
        other = persian_digits(f"{instant.astimezone(zone_of(TEHRAN)):%Y/%m/%d}")
    return Markup('{} <span class="other">· {}</span>').format(own, writing.foreign(other))


PAGES = (
    Page(HOME, ask, None),
    Page(HOME, show, None, method="POST"),
    Page(f"{HOME}/{{code}}", ask, None),
)
