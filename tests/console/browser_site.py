"""A small site under a real server, with something of everything in it, and a browser that is signed in to it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Playwright

from console.app import create_faces
from console.page import Page
from gateway.admin.guard import SESSION, begin_session
from registry import inquiries
from registry.ids import new_id
from registry.inbox import InboxItem, deliver
from registry.staff import officers, units
from registry.staff.officers import Role, Standing
from registry.states import Arrow
from tests.gateway.conftest import House, open_house

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTHS = {"phone": (360, 740), "desktop": (1440, 900)}
ASKED = {"/console/connector-settings": "?name=post"}
"""What pages need in their address beside their places."""
UNIT = "IR/MUN/tehran"
NEED = {
    "needed_by": ["IR/MUN/tehran/urban"],
    "processes": ["building-permit"],
    "purpose": {"fa": "احراز مالکیت پیش از صدور پروانه", "en": "Proof of ownership before a permit is issued"},
    "legal_bases": [{"fa": "بند 3-2", "en": "article 3-2"}],
    "effect": "read",
    "fields": [
        {"name": "plaque", "direction": "asked", "fa": "پلاک ثبتی", "en": "Registered plaque", "required": True,
         "form": {"fa": "عدد", "en": "number"}},
    ],
    "answer_days": 20,
}  # fmt: skip
REASON = "پاسخ سامانه با قرارداد نمی‌خواند: «نشانی» نیامده است"


@dataclass
class BrowserSite:
    """The running site and what the places in its pages' addresses stand for."""

    house: House
    base_url: str
    cookie: dict[str, Any]
    places: dict[str, str]
    own: dict[str, dict[str, str]]
    """Places of one page that mean something else on it."""

    def address(self, page: Page) -> str:
        """Where a page is. Raises KeyError for a place that nothing fills: add it to `places`."""
        places = self.places | self.own.get(page.path, {})
        return self.base_url + page.path.format(**places) + ASKED.get(page.path, "")

    def context(self, browser: Browser, *, language: str, width: str, dark: bool = False) -> BrowserContext:
        """A browser window in which the officer with every role is signed in."""
        wide, high = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": wide, "height": high},
            locale={"fa": "fa-IR", "en": "en-GB"}[language],
            color_scheme="dark" if dark else "light",
        )
        context.add_cookies([self.cookie])
        return context

    def ask(self, context: BrowserContext, **changes: Any) -> dict[str, Any]:
        """Send an inquiry as a caller would; return what was promised."""
        headers = {
            "Authorization": f"Bearer {self.house.keys['IR/MUN/tehran/urban']}",
            "Content-Type": "application/json",
        }
        body = orjson.dumps(self.house.inquiry(**changes))
        made: dict[str, Any] = context.request.post(f"{self.base_url}/v1/inquiries", data=body, headers=headers).json()
        return made


def launch(playwright: Playwright) -> Browser:
    """Start the browser that Debian brings."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))


@contextmanager
def served(database: Path) -> Iterator[BrowserSite]:
    """Serve a house on a free port until the context ends."""
    door = socket.create_server(("127.0.0.1", 0))
    base_url = f"http://127.0.0.1:{door.getsockname()[1]}"
    with open_house(database, base_url) as house:
        house.clock.now = datetime.now(UTC)
        token = _officer(house)
        settings = uvicorn.Config(
            create_faces(house.parts), log_level="error", lifespan="off", timeout_graceful_shutdown=1, ws="none"
        )
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            cookie = {"name": SESSION, "value": token, "url": base_url, "sameSite": "Strict", "httpOnly": True}
            yield BrowserSite(house, base_url, cookie, {}, {})
        finally:
            server.should_exit = True
            thread.join()


def furnish(site: BrowserSite, context: BrowserContext) -> None:
    """Ask, answer, let something get stuck and something wait in an inbox; the places are then of a case with all."""
    house = site.house
    first = site.ask(context)
    house.far.answer = {"national_id": "9990000018", "given_name": "سارا", "family_name": "محمدی"}
    answered = site.ask(context, case=first["tracking_code"])
    site.ask(context, case=first["tracking_code"])
    house.far.answer = None
    waiting = site.ask(context)
    now = house.clock()

    def act(t: Any) -> None:
        inquiries.move(t, first["inquiry_id"], Arrow.SEND, now=now)
        inquiries.record_attempt(
            t, inquiry_id=first["inquiry_id"], number=1, started_at=now, ended_at=now, outcome="broken",
            code="civil_registry.unmapped", text=REASON, mapping_hash="ab" * 32,
        )  # fmt: skip
        inquiries.move(
            t, first["inquiry_id"], Arrow.PARK, now=now, reason_code="civil_registry.unmapped", reason_text=REASON
        )
        for one in officers.every(t):
            units.put(t, one.id, [UNIT], now)
        deliver(t, InboxItem(waiting["inquiry_id"], UNIT, now, now, ""))

    house.store.write_now(act)
    house.seal()
    causes = context.request.get(f"{site.base_url}/v1/admin/stuck").json()["causes"]
    site.own |= {
        "/console/inbox/{inquiry_id}": {"inquiry_id": waiting["inquiry_id"]},
        "/console/missing/{name}": {"name": _missing(site, context)},
    }
    site.places |= {
        "cause_id": causes[0]["id"],
        "code": first["tracking_code"],
        "inquiry_id": answered["inquiry_id"],
        "token": _link(house),
        "name": "post",
        **_configured(site, context),
    }


def _missing(site: BrowserSite, context: BrowserContext) -> str:
    """Enter a service that the exchange centre does not have."""
    api = f"{site.base_url}/v1/admin"
    headers = {"X-CSRF-Token": context.request.get(f"{api}/session").json()["csrf"], "Content-Type": "application/json"}
    title = {"fa": "مالکیت ملک", "en": "Ownership of land"}
    body = orjson.dumps({"id": "deeds", "owner": "IR/GOV/permits", "title": title, "record": NEED})
    made = context.request.post(f"{api}/missing-services", data=body, headers=headers)
    assert made.status == 201, made.text()
    return "deeds"


def _configured(site: BrowserSite, context: BrowserContext) -> dict[str, str]:
    """Make a revision that demands a second person, then a change that waits for one."""
    api = f"{site.base_url}/v1/admin"
    headers = {"X-CSRF-Token": context.request.get(f"{api}/session").json()["csrf"], "Content-Type": "application/json"}

    def change(base: int, **changes: Any) -> dict[str, Any]:
        head = context.request.get(f"{api}/configuration").json()
        body = orjson.dumps({"document": head["document"] | changes, "base": base, "reason": "نامهٔ مالک سامانه"})
        done: dict[str, Any] = context.request.post(f"{api}/configuration/changes", data=body, headers=headers).json()
        return done

    head = context.request.get(f"{api}/configuration").json()["revision"]
    change(head, approval="second_person")
    waiting = change(head + 1, approval="none")
    return {"change_id": waiting["change"], "number": str(head + 1)}


def _officer(house: House) -> str:
    """An officer with every role and a session; the token of its cookie."""
    now = house.clock()

    def act(t: Any) -> str:
        fresh = officers.invite(
            t, officer_id=new_id(now), username="sara", name="سارا محمدی", roles=list(Role), now=now
        )
        officers.set_state(t, fresh.id, Standing.ACTIVE, now)
        return begin_session(t, house.parts, fresh, None, now)[0]

    token: str = house.store.write_now(act)
    return token


def _link(house: House) -> str:
    from gateway.admin.enrolment import give_link

    now = house.clock()

    def act(t: Any) -> str:
        fresh = officers.invite(
            t, officer_id=new_id(now), username="fresh", name="رضا کریمی", roles=[Role.OPERATOR], now=now
        )
        return give_link(t, house.parts.secrets, fresh.id, random=house.parts.random, now=now)[0]

    token: str = house.store.write_now(act)
    return token
