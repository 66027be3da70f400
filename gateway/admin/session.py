"""Signing in and out."""

import asyncio
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from gateway.admin.acts import write_down
from gateway.admin.bodies import SignInRequest
from gateway.admin.guard import DEVICE, SESSION, GuardedRoute, SignedIn, begin_session, cookie_name, set_cookies
from gateway.admin.roles import BASE
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from gateway.reading import read, read_nothing
from gateway.replies import JsonReply
from gateway.times import both
from pki.one_time_codes import fitting_step
from pki.passwords import check_password
from registry.staff import officers, sign_ins, throttle
from registry.staff.officers import Officer, Standing
from registry.staff.sign_ins import SignIn
from registry.staff.throttle import Track
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
UNKNOWN_SOURCE = "unknown"


def sealed_for(officer_id: str) -> str:
    """What a secret of one-time codes is sealed for."""
    return f"officer:{officer_id}"


def session_view(officer: Officer, sign_in: SignIn) -> dict[str, Any]:
    """What the console knows of the session it works in."""
    return {
        "officer": {"id": officer.id, "username": officer.username, "name": officer.name, "roles": list(officer.roles)},
        "csrf": sign_in.csrf,
        **both("expires_at", sign_in.expires_at),
    }


@router.post(
    f"{BASE}/session",
    **described(
        "Sign in", body=SignInRequest, problems=("sign_in.refused", "sign_in.later", "session.forged"), public=True
    ),
)
async def sign_in(request: Request) -> JsonReply:
    """Check password and one-time code; every wrong answer is the same one, in the same time."""
    parts, body, now = parts_of(request), await read(request, SignInRequest), parts_of(request).clock()
    device = request.cookies.get(cookie_name(DEVICE, parts.base_url))
    source = request.client.host if request.client else UNKNOWN_SOURCE

    def look(t: Transaction) -> tuple[Officer | None, tuple[Track, ...]]:
        officer = officers.by_username(t, body.username)
        known = (
            device
            if device is not None and officer is not None and sign_ins.knows_device(t, token=device, officer=officer.id)
            else None
        )
        tracks = throttle.tracks(username=body.username, source=source, device=known)
        _require_open(t, tracks, now)
        return officer, tracks

    officer, tracks = await parts.store.read(look)
    usable = officer if officer is not None and officer.state is Standing.ACTIVE else None
    fits = await asyncio.to_thread(check_password, usable.password_hash if usable else None, body.password)
    step = fitting_step(_code_secret(parts, usable), body.code, now) if usable else None

    def enter(t: Transaction) -> tuple[str, str, SignIn] | None:
        # Many at once have all been heard before the first of them had failed.
        _require_open(t, tracks, now)
        if usable is None or not fits or step is None or not officers.use_step(t, usable.id, step):
            throttle.fail(t, tracks, now)
            return None
        throttle.clear(t, tracks)
        write_down(t, "signed_in", by=usable.id, now=now, random=parts.random)
        return begin_session(t, parts, usable, device, now)

    begun = await parts.store.write(enter)
    if begun is None or usable is None:
        raise Problem("sign_in.refused")
    token, place, session = begun
    reply = JsonReply(session_view(usable, session))
    set_cookies(reply, parts, token, place)
    return reply


def _require_open(t: Transaction, tracks: tuple[Track, ...], now: datetime) -> None:
    waits = throttle.open_at(t, tracks, now)
    if waits is not None:
        seconds = int((waits - now).total_seconds()) + 1
        raise Problem("sign_in.later", headers={"Retry-After": str(seconds)})


def _code_secret(parts: Parts, officer: Officer) -> str:
    return parts.secrets.open(sealed_for(officer.id), officer.totp_sealed or b"")[0]


@router.get(f"{BASE}/session", **described("Who is signed in", problems=("session.missing", "session.ended")))
async def see_session(request: Request) -> JsonReply:
    """Show the session, with the token that every changing call must carry in `X-CSRF-Token`."""
    signed_in: SignedIn = request.state.signed_in
    return JsonReply(session_view(signed_in.officer, signed_in.sign_in))


@router.delete(f"{BASE}/session", **described("Sign out", problems=("session.missing", "session.forged")))
async def sign_out(request: Request) -> JsonReply:
    """End the session; the device stays known."""
    parts = parts_of(request)
    await read_nothing(request)
    signed_in: SignedIn = request.state.signed_in
    await parts.store.write(lambda t: sign_ins.end(t, signed_in.sign_in, parts.clock()))
    reply = JsonReply({"signed_in": False})
    reply.delete_cookie(cookie_name(SESSION, parts.base_url), secure=parts.base_url.startswith("https://"))
    return reply
