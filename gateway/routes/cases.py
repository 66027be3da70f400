"""Cases: open one, see it, its timeline, its receipts, and the numbers other agencies know it by."""

from fastapi import APIRouter, Request

from broker.orders import CaseOrder
from gateway import views
from gateway.admission import check_opening, offered
from gateway.assurance import assured
from gateway.bodies import Alias, CaseRequest
from gateway.documentation import described
from gateway.parts import caller_of, parts_of
from gateway.problems import Problem
from gateway.reading import idempotency_of, read, read_code
from gateway.replies import JsonReply
from pki.merkle import MerkleTree
from registry import cases, events, inquiries, journal
from registry.cases import Case
from registry.store import Transaction

router = APIRouter(tags=["cases"])

SEE = ("code.length", "code.character", "code.check_digits", "case.unknown")


def seen(transaction: Transaction, code: str, participant: str) -> Case:
    """The case, if the participant may see it; one that it may not see is unknown to it."""
    case = cases.by_code(transaction, code)
    if case is None or not cases.may_see(transaction, case, participant):
        raise Problem("case.unknown")
    return case


@router.post(
    "/v1/cases",
    **described(
        "Open a case; the answer holds its tracking code",
        body=CaseRequest,
        status=201,
        problems=(
            "request.invalid",
            "header.invalid",
            "service.unknown",
            "service.not_approved",
            "service.channel",
            "participant.unknown",
            "right.missing",
            "right.expired",
            "assurance.too_low",
            "assurance.not_trusted",
            "alias.taken",
            "idempotency.clash",
        ),
    ),
)
async def open_case(request: Request) -> JsonReply:
    """Open a case of a service for an applicant."""
    parts, caller = parts_of(request), caller_of(request)
    body = await read(request, CaseRequest)
    service = offered(parts, body.service)
    check_opening(parts, caller, service, body)
    level = assured(caller, service, body.assurance)
    order = CaseOrder(
        caller=caller.identifier,
        service=service,
        applicant=body.applicant.model_dump(exclude_none=True) if body.applicant else None,
        channel=body.channel,
        lead_agency=body.lead_agency,
        aliases=tuple((alias.system, alias.value) for alias in body.aliases),
        idempotency=await idempotency_of(request),
        assurance=level,
    )
    case, replayed = await parts.exchange.open_case(order)
    headers = {"Location": f"/v1/cases/{case.code}"}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return JsonReply(views.case_head(case), 201, headers)


@router.get("/v1/cases/{code}", **described("The case with aliases, inquiries and last status", problems=SEE))
async def see_case(request: Request, code: str) -> JsonReply:
    """Show a case. Its owner and its lead agency see every inquiry in it, others their own."""
    parts, caller = parts_of(request), caller_of(request).identifier
    wanted = read_code(code, "/path/code")

    def act(transaction: Transaction) -> views.Shown:
        case = seen(transaction, wanted, caller)
        whole = caller in {case.owner, case.lead_agency}
        known = [item for item in inquiries.of_case(transaction, case.id) if whole or item.owner == caller]
        staged = (event for event in events.timeline(transaction, case.id) if event.stage == case.last_stage)
        last = max(staged, key=lambda event: (event.occurred_at, event.sequence), default=None)
        return views.case_view(case, cases.aliases(transaction, case.id), known, last)

    return JsonReply(await parts.store.read(act))


@router.get("/v1/cases/{code}/timeline", **described("Every stage of the case, oldest first", problems=SEE))
async def see_timeline(request: Request, code: str) -> JsonReply:
    """Show what happened to a case by when it happened; `sequence` tells in which order the hub came to know."""
    caller = caller_of(request).identifier
    wanted = read_code(code, "/path/code")

    def act(transaction: Transaction) -> views.Shown:
        case = seen(transaction, wanted, caller)
        timeline = sorted(events.timeline(transaction, case.id), key=lambda event: (event.occurred_at, event.sequence))
        return {"tracking_code": case.code, "events": [views.event_view(event) for event in timeline]}

    return JsonReply(await parts_of(request).store.read(act))


@router.get("/v1/cases/{code}/receipts", **described("Proofs of inclusion for everything about the case", problems=SEE))
async def see_receipts(request: Request, code: str) -> JsonReply:
    """Give the receipts of a case; each verifies offline with `verifier_key`. `pending` counts the unsealed."""
    parts, caller = parts_of(request), caller_of(request).identifier
    wanted = read_code(code, "/path/code")

    def act(transaction: Transaction) -> views.Shown:
        case = seen(transaction, wanted, caller)
        receipts = journal.proofs(transaction, MerkleTree(), case_id=case.id)
        return {
            "tracking_code": case.code,
            "verifier_key": parts.vkey,
            "pending": journal.pending(transaction, case.id),
            "receipts": receipts,
        }

    return JsonReply(await parts.store.read(act))


@router.post(
    "/v1/cases/{code}/aliases",
    **described(
        "Note another agency's number for the case; 200 when it was noted before",
        body=Alias,
        status=201,
        problems=(*SEE, "request.invalid", "alias.taken"),
        also=(200,),
    ),
)
async def add_alias(request: Request, code: str) -> JsonReply:
    """Add an alias to a case the caller may see."""
    parts, caller = parts_of(request), caller_of(request).identifier
    wanted = read_code(code, "/path/code")
    body = await read(request, Alias)

    def act(transaction: Transaction) -> bool:
        case = seen(transaction, wanted, caller)
        return cases.add_alias(
            transaction, case_id=case.id, system=body.system, value=body.value, added_by=caller, now=parts.clock()
        )

    added = await parts.store.write(act)
    shown = {"tracking_code": wanted, "system": body.system, "value": body.value, "links": views.case_links(wanted)}
    return JsonReply(shown, 201 if added else 200)
