"""Using a one-time link: the phone takes the secret of its one-time codes, the officer chooses a password."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request

from gateway.admin.acts import write_down
from gateway.admin.bodies import EnrolmentRequest, LinkRequest
from gateway.admin.guard import DEVICE, GuardedRoute, begin_session, cookie_name, set_cookies
from gateway.admin.roles import BASE
from gateway.admin.session import sealed_for, session_view
from gateway.documentation import described
from gateway.parts import Parts, SecretBox, parts_of
from gateway.problems import FieldProblem, Problem
from gateway.reading import read
from gateway.replies import JsonReply
from gateway.times import both
from pki.one_time_codes import enrolment_uri, fitting_step, new_code_secret
from pki.passwords import hash_password, weakness
from registry.staff import invitations, officers
from registry.staff.invitations import Invitation
from registry.staff.officers import Officer, Standing
from registry.staff.sign_ins import SignIn
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
ISSUER = "Peyvand"
_WEAK = {
    "short": ("گذرواژه دست‌کم ۱۲ نویسه است.", "A password has at least 12 characters."),
    "long": ("گذرواژه بیش از اندازه بلند است.", "The password is too long."),
    "repeats": ("گذرواژه از نویسه‌های تکراری است.", "The password repeats a few characters."),
    "name": ("گذرواژه از نام شما ساخته شده است.", "The password is made of your name."),
}


def give_link(
    t: Transaction, box: SecretBox, officer_id: str, *, random: Callable[[int], bytes], now: datetime
) -> tuple[str, Invitation]:
    """Draw a one-time link for an officer and write down its hash; return its token, which nobody can read again."""
    token = random(32).hex()
    sealed = box.seal(sealed_for(officer_id), [new_code_secret()])
    return token, invitations.give(t, token=token, officer=officer_id, totp_sealed=sealed, now=now)


async def _opened(parts: Parts, token: str) -> tuple[Invitation, Officer]:
    def act(t: Transaction) -> tuple[Invitation | None, Officer | None]:
        found = invitations.usable(t, token, parts.clock())
        return found, officers.get(t, found.officer) if found else None

    invitation, officer = await parts.store.read(act)
    if invitation is None or officer is None or officer.state is Standing.DISABLED:
        raise Problem("link.unusable")
    return invitation, officer


@router.post(
    f"{BASE}/enrolment",
    **described("Open a one-time link", body=LinkRequest, problems=("link.unusable", "session.forged"), public=True),
)
async def open_link(request: Request) -> JsonReply:
    """Show whose link it is and the secret for the phone. The link stays usable until it is finished or runs out."""
    parts, body = parts_of(request), await read(request, LinkRequest)
    invitation, officer = await _opened(parts, body.token)
    secret = parts.secrets.open(sealed_for(officer.id), invitation.totp_sealed)[0]
    return JsonReply(
        {
            "username": officer.username,
            "name": officer.name,
            "roles": list(officer.roles),
            "totp": {"secret": secret, "uri": enrolment_uri(secret, account=officer.username, issuer=ISSUER)},
            **both("expires_at", invitation.expires_at),
        }
    )


@router.post(
    f"{BASE}/enrolment/finish",
    **described(
        "Use a one-time link up: password and one-time code; signed in afterwards",
        body=EnrolmentRequest,
        status=201,
        problems=("link.unusable", "sign_in.refused", "session.forged"),
        public=True,
    ),
)
async def finish(request: Request) -> JsonReply:
    """Set the password and the phone of an officer, and start the first session with them."""
    parts, body, now = parts_of(request), await read(request, EnrolmentRequest), parts_of(request).clock()
    invitation, officer = await _opened(parts, body.token)
    weak = weakness(body.password, names=(officer.username, officer.name))
    if weak is not None:
        raise Problem("request.invalid", errors=[FieldProblem("/password", f"password.{weak}", *_WEAK[weak])])
    step = fitting_step(parts.secrets.open(sealed_for(officer.id), invitation.totp_sealed)[0], body.code, now)
    if step is None:
        raise Problem("sign_in.refused")
    stored = await asyncio.to_thread(hash_password, body.password)
    device = request.cookies.get(cookie_name(DEVICE, parts.base_url))

    def act(t: Transaction) -> tuple[Officer, tuple[str, str, SignIn]] | None:
        if not invitations.use(t, body.token, now):
            return None
        officers.set_credentials(
            t, officer.id, password_hash=stored, totp_sealed=invitation.totp_sealed, totp_step=step, now=now
        )
        write_down(t, "enrolled", by=officer.id, now=now, random=parts.random)
        return officer, begin_session(t, parts, officer, device, now)

    done = await parts.store.write(act)
    if done is None:
        raise Problem("link.unusable")
    token, place, session = done[1]
    reply = JsonReply(session_view(officer, session), 201)
    set_cookies(reply, parts, token, place)
    return reply
