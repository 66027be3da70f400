"""What portals send in their own words: a question to the municipality, or where a case stands.

The contract of such a message is the portal's: its body, and the codes it is answered with. Who calls, may it and what
became of it are the hub's, as for any caller; a question becomes the inquiry that `POST /v1/inquiries` would make.
"""

from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request

from broker.orders import StatusPush
from connectors.manifest import Inbound
from connectors.port import ContractBroken
from connectors.system import System
from gateway import pushes
from gateway.admission import admit
from gateway.bodies import InquiryRequest
from gateway.documentation import described
from gateway.edge import problem_of, unexpected
from gateway.language import preferred
from gateway.parts import caller_of, parts_of
from gateway.problems import Problem
from gateway.reading import idempotency_of
from gateway.replies import JsonReply
from gateway.tracing import trace_of

router = APIRouter(tags=["status"])

ACCEPTED = "accepted"


@router.post(
    "/v1/portals/{system}/{message}",
    **described(
        "What a portal sends in its own words, answered in its own codes; sent again it changes nothing",
        problems=("status.system_unknown",),
    ),
)
async def receive(request: Request, system: str, message: str) -> JsonReply:
    """Take a message by the portal's contract. Only a message nobody declared is answered with a problem."""
    far_side, declared = parts_of(request).exchange.arriving(system, message)
    try:
        code = await _take(request, far_side, message, declared)
    except Exception as error:  # noqa: BLE001 - the portal is owed an answer in its own codes, whatever went wrong.
        problem = problem_of(error) or unexpected(request, error)
        fa, en = problem.detail or (problem.kind.fa, problem.kind.en)
        text = fa if preferred(request.headers.get("accept-language")) == "fa" else en
        return _worded(far_side, message, declared, problem.code, {"text": text})
    return _worded(far_side, message, declared, ACCEPTED, {"text": "ثبت شد", "reference": code})


async def _take(request: Request, far_side: System, message: str, declared: Inbound) -> str:
    """The tracking code of the case the message belongs to."""
    parts, caller = parts_of(request), caller_of(request)
    pushes.check_speaker(caller, far_side.name)
    try:
        native = orjson.loads(await request.body())
        said = far_side.inbound(native if isinstance(native, dict) else {}, message)
    except (ContractBroken, orjson.JSONDecodeError) as unreadable:
        raise Problem("request.invalid") from unreadable
    if declared.service is None:
        push = _push(far_side.name, message, said, caller.identifier, parts.clock())
        return (await parts.exchange.push_status(push)).tracking_code
    asked = InquiryRequest(
        service=declared.service, payload=said, purpose=declared.purpose, legal_basis=declared.legal_basis
    )
    order = admit(
        parts, caller, asked, trace_parent=trace_of(request.scope).parent, idempotency=await idempotency_of(request)
    )
    return (await parts.exchange.accept(order)).tracking_code


def _push(system: str, message: str, said: dict[str, Any], caller: str, now: datetime) -> StatusPush:
    told = said.get("occurred_at")
    return StatusPush(
        caller=caller,
        system=system,
        reference=said["reference"],
        status=message,
        occurred_at=datetime.fromisoformat(told).astimezone(UTC) if told else now,
        sequence=said.get("sequence"),
        update=said,
    )


def _worded(far_side: System, message: str, declared: Inbound, code: str, said: dict[str, Any]) -> JsonReply:
    reply = declared.reply_to(code)
    return JsonReply(far_side.reply(message, {"code": reply.code, **said}), reply.http)
