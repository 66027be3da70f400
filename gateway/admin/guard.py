"""Who is signed in, and whether they may: the session cookie, the token against forged requests, the role."""

import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from gateway.admin.roles import BASE, MATRIX, NOBODY_YET
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from registry.ids import new_id
from registry.staff import officers, sign_ins
from registry.staff.officers import Officer, Role, Standing
from registry.staff.sign_ins import LONGEST, NOTED_EVERY, REMEMBERED, SignIn
from registry.store import Transaction

SESSION, DEVICE = "hub_session", "hub_device"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An officer at work."""

    officer: Officer
    sign_in: SignIn


def is_open(path: str, method: str) -> bool:
    """Tell whether this call of the admin API is for people who are not signed in."""
    return MATRIX.get((method, path)) == NOBODY_YET


def is_admin(path: str) -> bool:
    """Tell whether a path belongs to the admin API: its callers are people with sessions, never participants."""
    return path == BASE or path.startswith(f"{BASE}/")


async def identify_officer(cookies: dict[str, str], parts: Parts) -> SignedIn:
    """Find whose session the cookie names. Raises `session.missing`, `session.ended`."""
    token = cookies.get(cookie_name(SESSION, parts.base_url))
    if not token:
        raise Problem("session.missing")
    now = parts.clock()

    def act(t: Transaction) -> SignedIn | None:
        found = sign_ins.get(t, token)
        if found is None or not found.valid(now):
            return None
        officer = officers.get(t, found.officer)
        return SignedIn(officer, found) if officer is not None and officer.state is Standing.ACTIVE else None

    signed_in = await parts.store.read(act)
    if signed_in is None:
        raise Problem("session.ended")
    if now - signed_in.sign_in.seen_at >= NOTED_EVERY:
        await parts.store.write(lambda t: sign_ins.see(t, signed_in.sign_in, now))
    return signed_in


def officer_of(request: HTTPConnection) -> Officer:
    """The officer who calls."""
    found: SignedIn = request.state.signed_in
    return found.officer


class GuardedRoute(APIRoute):
    """A route of the admin API. Raises LookupError when the table of roles does not know it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        self.allowed: dict[str, frozenset[Role]] = {}
        for method in self.methods or ():
            if (method, path) not in MATRIX:
                raise LookupError(f"{method} {path} has no row in gateway/admin/roles.py")
            self.allowed[method] = MATRIX[method, path]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the guard before the endpoint."""
        inner = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            roles = self.allowed[request.method]
            if roles != NOBODY_YET:
                admit(request, roles)
            elif request.method not in _SAFE:
                same_origin(request)
            return await inner(request)

        return guarded


def admit(request: Request, roles: frozenset[Role]) -> None:
    """Let the officer through. Raises `session.forged`, `role.missing`."""
    signed_in: SignedIn = request.state.signed_in
    if request.method not in _SAFE:
        same_origin(request)
        if not secrets.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), signed_in.sign_in.csrf.encode()):
            raise Problem("session.forged")
    if roles.isdisjoint(signed_in.officer.roles):
        needed = "، ".join(sorted(roles)), ", ".join(sorted(roles))
        raise Problem("role.missing", (f"نقش لازم: {needed[0]}", f"Needs the role: {needed[1]}"))


def same_origin(request: Request) -> None:
    """Refuse what a page of another site sends. Browsers tell the origin of every call that changes something."""
    origin = request.headers.get("origin")
    if origin is not None and origin != parts_of(request).base_url:
        raise Problem("session.forged")


def cookie_name(name: str, base_url: str) -> str:
    """Over TLS with the prefix by which browsers insist on `Secure`, the whole site and no other host (RFC 6265bis)."""
    return f"__Host-{name}" if base_url.startswith("https://") else name


def begin_session(
    t: Transaction, parts: Parts, officer: Officer, device: str | None, now: datetime
) -> tuple[str, str, SignIn]:
    """Start a session on a device; return its token, the device's token, and what is stored of it."""
    token = parts.random(32).hex()
    known = device is not None and sign_ins.knows_device(t, token=device, officer=officer.id)
    place = device if known and device is not None else parts.random(32).hex()
    sign_ins.remember_device(t, token=place, officer=officer.id, now=now)
    return token, place, sign_ins.begin(t, token=token, csrf=parts.random(32).hex(), officer=officer.id, now=now)


def set_cookies(response: Response, parts: Parts, token: str, device: str) -> None:
    """Hand over both tokens, out of reach of scripts."""
    for name, value, age in ((SESSION, token, LONGEST), (DEVICE, device, REMEMBERED)):
        response.set_cookie(
            cookie_name(name, parts.base_url),
            value,
            max_age=int(age.total_seconds()),
            secure=parts.base_url.startswith("https://"),
            httponly=True,
            samesite="strict",
        )


def fresh_id(parts: Parts) -> str:
    """A new identifier of this moment."""
    return new_id(parts.clock(), parts.random)
