"""A portal's word about a case, however it came: who may speak for a system, and when a time cannot be right."""

from datetime import UTC

from broker.orders import Pushed, StatusPush
from gateway.bodies import FUTURE_TOLERANCE, StatusRequest
from gateway.json_rules import beyond_storage
from gateway.parts import Caller, Parts
from gateway.problems import PROBLEMS, FieldProblem, Problem


def check_speaker(caller: Caller, system: str) -> None:
    """May the caller speak for the system. Raises `Problem` `push.not_allowed`."""
    if caller.participant.system != system and f"portal:{system}" not in caller.participant.roles:
        raise Problem("push.not_allowed")


async def take(parts: Parts, caller: Caller, body: StatusRequest) -> Pushed:
    """Record the push. Raises `Problem` `push.not_allowed`, `status.time`, and the exchange's errors."""
    # Before anything is looked up, so that the answer says nothing about references.
    check_speaker(caller, body.system)
    occurred_at = body.occurred_at.astimezone(UTC)
    if occurred_at > parts.clock() + FUTURE_TOLERANCE:
        kind = PROBLEMS["status.time"]
        raise Problem("status.time", errors=[FieldProblem("/occurred_at", "status.time", kind.fa, kind.en)])
    beyond_storage({"detail": body.detail, "decision": body.decision})
    return await parts.exchange.push_status(
        StatusPush(
            caller=caller.identifier,
            system=body.system,
            reference=body.reference,
            status=body.status,
            occurred_at=occurred_at,
            sequence=body.sequence,
            detail=dict(body.detail),
            decision=body.decision,
        )
    )
