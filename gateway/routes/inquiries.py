"""Inquiries: ask, look, take back."""

from fastapi import APIRouter, Request

from broker.orders import Accepted, InquiryOrder
from gateway import views
from gateway.admission import admit
from gateway.bodies import InquiryRequest
from gateway.documentation import described
from gateway.parts import Parts, caller_of, parts_of
from gateway.problems import Problem
from gateway.reading import idempotency_of, read, read_code, read_nothing, wait_seconds
from gateway.replies import JsonReply
from gateway.routes.cases import seen
from gateway.tracing import trace_of
from registry import inquiries
from registry.inquiries import Attempt, Inquiry
from registry.states import TERMINAL
from registry.store import Transaction

router = APIRouter(tags=["inquiries"])

REFUSALS = (
    "request.invalid", "header.invalid", "payload.invalid", "service.unknown", "service.not_approved",
    "service.not_callable", "service.channel", "right.missing", "right.expired", "right.purpose", "right.legal_basis",
    "assurance.too_low", "assurance.not_trusted", "quota.exhausted",
    "case.unknown", "code.length", "code.character", "code.check_digits", "idempotency.clash", "alias.taken",
)  # fmt: skip


@router.post(
    "/v1/inquiries",
    **described(
        "Ask one question; 200 with the answer when `Prefer: wait=N` was long enough",
        body=InquiryRequest,
        status=202,
        problems=REFUSALS,
        also=(200,),
        headers=("Idempotency-Key", "Prefer"),
    ),
)
async def ask(request: Request) -> JsonReply:
    """Accept an inquiry: once this has answered, it is not lost."""
    parts, seconds = parts_of(request), wait_seconds(request)
    order = await _order(request, await read(request, InquiryRequest))
    accepted = await parts.exchange.accept(order)
    headers = {"Location": f"/v1/inquiries/{accepted.inquiry_id}"}
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    if seconds is None:
        return JsonReply(views.accepted_view(accepted), 202, headers)
    headers["Preference-Applied"] = f"wait={seconds}"
    inquiry = await parts.exchange.wait(accepted.inquiry_id, seconds)
    if inquiry.state not in TERMINAL:
        return JsonReply(views.accepted_view(_now(accepted, inquiry)), 202, headers)
    return JsonReply(await _shown(parts, inquiry), 200, headers)


async def _order(request: Request, body: InquiryRequest) -> InquiryOrder:
    parts, caller = parts_of(request), caller_of(request)
    case_channel = None
    if body.case is not None and body.channel is None:
        wanted = read_code(body.case, "/case")
        case_channel = (await parts.store.look_up(lambda t: seen(t, wanted, caller.identifier))).channel
    return admit(
        parts,
        caller,
        body,
        case_channel=case_channel,
        trace_parent=trace_of(request.scope).parent,
        idempotency=await idempotency_of(request),
    )


def _now(accepted: Accepted, inquiry: Inquiry) -> Accepted:
    return Accepted(
        accepted.inquiry_id, accepted.tracking_code, inquiry.state.value, accepted.accepted_at, accepted.replayed
    )


async def _shown(parts: Parts, inquiry: Inquiry) -> views.Shown:
    attempts = await parts.store.look_up(lambda t: inquiries.attempts(t, inquiry.id))
    return await views.inquiry_view(parts, inquiry, attempts)


def _own(transaction: Transaction, inquiry_id: str, caller: str) -> tuple[Inquiry, list[Attempt]]:
    inquiry = inquiries.get(transaction, inquiry_id)
    if inquiry is None or inquiry.owner != caller:
        raise Problem("inquiry.unknown")
    return inquiry, inquiries.attempts(transaction, inquiry_id)


@router.get(
    "/v1/inquiries/{inquiry_id}",
    **described(
        "State, answer or reason, attempts, mapping and contract versions",
        problems=("inquiry.unknown",),
        headers=("Prefer",),
    ),
)
async def see_inquiry(request: Request, inquiry_id: str) -> JsonReply:
    """Show an inquiry to its owner; with `Prefer: wait=N` once it is done, or after N seconds."""
    parts, caller, seconds = parts_of(request), caller_of(request).identifier, wait_seconds(request)
    inquiry, attempts = await parts.store.look_up(lambda t: _own(t, inquiry_id, caller))
    if seconds is None:
        return JsonReply(await views.inquiry_view(parts, inquiry, attempts))
    if inquiry.state not in TERMINAL:
        inquiry = await parts.exchange.wait(inquiry_id, seconds)
    return JsonReply(await _shown(parts, inquiry), 200, {"Preference-Applied": f"wait={seconds}"})


@router.delete(
    "/v1/inquiries/{inquiry_id}",
    **described(
        "Take an inquiry back before its call has left",
        problems=("inquiry.unknown", "inquiry.not_cancellable", "body.unexpected"),
    ),
)
async def cancel(request: Request, inquiry_id: str) -> JsonReply:
    """Cancel an inquiry of the caller's."""
    parts, caller = parts_of(request), caller_of(request).identifier
    await read_nothing(request)
    return JsonReply(await _shown(parts, await parts.exchange.cancel(caller, inquiry_id)))
