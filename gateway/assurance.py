"""How surely the person behind a call is known: the level travels with the inquiry, and each service states its least.

One remote identity serves citizens, staff and outsiders, and services take it by its level of assurance (Tehran council
resolution 3166, article 3-3; Executive IT Council, resolution 1/55278, article 10-4). Levels are 1, the least, to 4;
no public text numbers them, so the scale is ours. Who signed the person in is the caller, so a caller may claim no more
than the site trusts its sign-in to prove: its role `assurance:<level>`. Without that role it is level 1.
"""

from gateway.parts import Caller
from gateway.problems import Problem
from registry.services import Service

LEAST, MOST = 1, 4
ROLE = "assurance:"
_LEVELS = {f"{ROLE}{level}": level for level in range(LEAST, MOST + 1)}


def trusted(caller: Caller) -> int:
    """The highest level that the caller's own sign-in is trusted to prove."""
    return max((_LEVELS.get(role, LEAST) for role in caller.participant.roles), default=LEAST)


def assured(caller: Caller, service: Service, claimed: int | None) -> int:
    """The level of a call. Raises `assurance.not_trusted` for a claim too high, `assurance.too_low` for the service."""
    level, most = claimed or LEAST, trusted(caller)
    if level > most:
        raise Problem("assurance.not_trusted", extra={"trusted": most, "given": level})
    if level < service.minimum_assurance:
        raise Problem("assurance.too_low", extra={"required": service.minimum_assurance, "given": level})
    return level
