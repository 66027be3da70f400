"""Signing in and out."""

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.guarding import local_path
from console.page import Page
from console.visit import Visit
from mappings.text import ascii_digits

HOME = "/console"


def _next(text: str) -> str:
    return local_path(text) or HOME


async def ask(visit: Visit) -> Response:
    """Ask for name, password and one-time code."""
    values = {"next": _next(visit.query("next")), "ended": visit.query("ended") == "1", "username": "", "refused": None}
    return visit.show("sign_in.html", values)


async def sign_in(visit: Visit) -> Response:
    """Start a session, then go on to what was wanted."""
    sent = visit.form("username", "password", "code", "next")
    code = "".join(ascii_digits(sent["code"]).split())
    try:
        begun = await visit.admin.call(
            "POST", "/session", body={"username": sent["username"].strip(), "password": sent["password"], "code": code}
        )
    except AdminRefusal as refusal:
        wait = int(refusal.headers.get("retry-after", "0"))
        values = {"next": _next(sent["next"]), "ended": False, "username": sent["username"], "refused": refusal}
        # A field that is malformed is told no other than one that is wrong: neither lets anyone in.
        return visit.show("sign_in.html", values | {"wait": wait}, status=429 if wait else 401)
    visit.hand_on(begun.cookies)
    return visit.go(_next(sent["next"]))


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    visit.form()
    ended = await visit.admin.call("DELETE", "/session")
    visit.hand_on(ended.cookies)
    return visit.go("/console/sign-in")


PAGES = (
    Page("/console/sign-in", ask, None),
    Page("/console/sign-in", sign_in, None, method="POST"),
    Page("/console/sign-out", sign_out, ("DELETE", "/session"), method="POST"),
)
