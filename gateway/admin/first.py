"""The first administrator: a one-time link, printed where the site is made, until somebody has used one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.admin.acts import write_down
from gateway.admin.enrolment import give_link
from gateway.parts import SecretBox
from registry.ids import new_id
from registry.staff import officers
from registry.staff.officers import Role, Standing
from registry.store import Transaction

USERNAME = "admin"
NAME = "مدیر سامانه"
PAGE = "/console/enrol"
BY = "command-line"
"""Who the journal names: the person at this machine's command line."""


@dataclass(frozen=True, slots=True)
class FirstLink:
    """The token of a one-time link, for whom, and until when."""

    username: str
    token: str
    expires_at: datetime


def page_of(base_url: str, link: FirstLink) -> str:
    """The address that opens the link in a browser."""
    return f"{base_url}{PAGE}/{link.token}"


def first_link(
    t: Transaction,
    box: SecretBox,
    *,
    random: Callable[[int], bytes],
    now: datetime,
    roles: Sequence[Role] = (Role.ADMINISTRATOR,),
    again: bool = True,
) -> FirstLink | None:
    """Invite the first administrator and return the link; None once any officer can sign in.

    Asked `again` before the link was used, it gives a new one, and the earlier one ends.
    """
    every = officers.every(t)
    if any(one.state is not Standing.INVITED for one in every) or (every and not again):
        return None
    invited = next((one for one in every if Role.ADMINISTRATOR in one.roles), None)
    if invited is None:
        invited = officers.invite(t, officer_id=new_id(now, random), username=USERNAME, name=NAME, roles=roles, now=now)
        write_down(t, "officer.invited", by=BY, now=now, random=random, officer=invited.id, roles=list(invited.roles))
    else:
        write_down(t, "officer.link_given", by=BY, now=now, random=random, officer=invited.id)
    token, invitation = give_link(t, box, invited.id, random=random, now=now)
    return FirstLink(invited.username, token, invitation.expires_at)
