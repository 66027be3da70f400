"""The page behind a one-time link: the phone takes its secret, the officer chooses a password."""

from typing import Any

from starlette.responses import Response

from console.admin_calls import AdminRefusal
from console.page import Page
from console.qr import qr_code
from console.visit import Visit
from mappings.text import ascii_digits


async def _show(visit: Visit, refusal: AdminRefusal | None = None) -> Response:
    link: dict[str, Any] = await visit.admin.post("/enrolment", {"token": visit.request.path_params["token"]})
    secret = link["totp"]["secret"]
    values = {
        "link": link,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "qr": qr_code(link["totp"]["uri"]),
        "refused": refusal,
        "fields": refusal.fields() if refusal else {},
    }
    return visit.show("enrolment.html", values, status=refusal.status if refusal else 200)


async def ask(visit: Visit) -> Response:
    """Show whose link it is, the secret for the phone, and the form. Looking does not use the link up."""
    return await _show(visit)


async def finish(visit: Visit) -> Response:
    """Use the link up and start the first session."""
    sent = visit.form("password", "code")
    code = "".join(ascii_digits(sent["code"]).split())
    body = {"token": visit.request.path_params["token"], "password": sent["password"], "code": code}
    try:
        begun = await visit.admin.call("POST", "/enrolment/finish", body=body)
    except AdminRefusal as refusal:
        if refusal.code == "link.unusable":
            raise
        return await _show(visit, refusal)
    visit.hand_on(begun.cookies)
    return visit.go("/console")


PAGES = (
    Page("/console/enrol/{token}", ask, None),
    Page("/console/enrol/{token}", finish, None, method="POST"),
)
