"""A case and its exchanges as officers see them; what an exchange said is opened with a reason, and only then."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from broker.disclosure import Disclosed
from gateway import views
from gateway.admin.acts import write_down
from gateway.admin.bodies import DisclosureRequest
from gateway.admin.guard import GuardedRoute, officer_of
from gateway.admin.roles import BASE
from gateway.admin.stuck import stuck_view
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from gateway.reading import read, read_code
from gateway.replies import JsonReply
from gateway.times import both
from pki.merkle import MerkleTree
from registry import cases, events, inquiries, journal
from registry.inquiries import Attempt, Inquiry
from registry.store import Transaction

router = APIRouter(tags=["admin"], route_class=GuardedRoute)
_PROBLEMS = ("session.missing", "session.ended", "role.missing")
SHOWN = 50
"""Inquiries and events on one page of a case."""


@router.get(
    f"{BASE}/cases/{{code}}", **described("A case whole, without payloads", problems=(*_PROBLEMS, "case.unknown"))
)
async def see_case(
    request: Request,
    code: str,
    inquiries_before: Annotated[str | None, Query(max_length=64)] = None,
    events_before: Annotated[int | None, Query(ge=1)] = None,
) -> JsonReply:
    """Show a case with aliases, timeline, and inquiries with what explains their state: the latest of many.

    Both lists are oldest first; earlier ones come with `inquiries_before` and `events_before` set to what
    `earlier` says. `names` holds the titles of every participant, service and system that is mentioned.
    """
    parts, wanted = parts_of(request), read_code(code, "/path/code")

    def act(t: Transaction) -> dict[str, Any]:
        case = cases.by_code(t, wanted)
        if case is None:
            raise Problem("case.unknown")
        asked = inquiries.page(t, code=case.code, before=inquiries_before, limit=SHOWN + 1)
        told = events.latest_of(t, case.id, SHOWN + 1, events_before)
        shown = asked[SHOWN - 1 :: -1] if len(asked) > SHOWN else asked[::-1]
        timeline = sorted(told[:SHOWN], key=lambda event: (event.occurred_at, event.sequence))
        known = cases.aliases(t, case.id)
        mentioned = {case.owner, case.lead_agency, case.service, *(one.system for one in known)}
        mentioned |= {name for one in shown for name in (one.owner, one.system, one.service)}
        mentioned |= {event.system for event in timeline}
        return views.case_view(case, known, (), None) | {
            "owner": case.owner,
            "inquiries": [stuck_view(one) for one in shown],
            "timeline": [views.event_view(event) for event in timeline],
            "earlier": {
                "inquiries_before": shown[0].id if len(asked) > SHOWN else None,
                "events_before": told[SHOWN - 1].sequence if len(told) > SHOWN else None,
            },
            "names": names_of(parts, mentioned),
            "unproved": journal.pending(t, case.id),
        }

    return JsonReply(await parts.store.read(act))


def names_of(parts: Parts, mentioned: Iterable[str]) -> dict[str, dict[str, str]]:
    """Titles in both languages of participants, services and systems; what has none is left out."""
    current = parts.current.value
    by_system = {one.system: one for one in current.participants.values() if one.system}
    found: dict[str, dict[str, str]] = {}
    for name in mentioned:
        titled = current.participants.get(name) or current.services.get(name) or by_system.get(name)
        if titled is not None:
            found[name] = {"fa": titled.title_fa, "en": titled.title_en}
    return found


@router.get(
    f"{BASE}/inquiries/{{inquiry_id}}",
    **described("An inquiry with its attempts, without payloads", problems=(*_PROBLEMS, "inquiry.unknown")),
)
async def see_inquiry(request: Request, inquiry_id: str) -> JsonReply:
    """Show why an inquiry stands where it stands, on which basis it was asked, and its receipts."""
    parts = parts_of(request)

    def act(t: Transaction) -> dict[str, Any]:
        found = inquiries.get(t, inquiry_id)
        if found is None:
            raise Problem("inquiry.unknown")
        return _whole(found) | {
            "tries": [_attempt_view(one) for one in inquiries.attempts(t, inquiry_id)],
            "receipts": journal.proofs(t, MerkleTree(), inquiry_id=inquiry_id),
            "verifier_key": parts.vkey,
            "names": names_of(parts, (found.owner, found.system, found.service)),
        }

    return JsonReply(await parts.store.read(act))


def _whole(inquiry: Inquiry) -> dict[str, Any]:
    return stuck_view(inquiry) | {
        "purpose": inquiry.purpose,
        "legal_basis": inquiry.legal_basis,
        "channel": inquiry.channel,
        "contract_version": inquiry.contract_version,
        "trace_id": inquiry.trace_parent.split("-")[1] if inquiry.trace_parent else None,
        **both("finished_at", inquiry.finished_at),
    }


def _attempt_view(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "outcome": attempt.outcome,
        "code": attempt.code,
        "text": attempt.text,
        "mapping_hash": attempt.mapping_hash,
        "reply_kept": attempt.sample_sealed is not None,
        **both("started_at", attempt.started_at),
        **both("ended_at", attempt.ended_at),
    }


@router.post(
    f"{BASE}/inquiries/{{inquiry_id}}/payload",
    **described(
        "Open what was asked and answered; the reason is written into the journal first",
        body=DisclosureRequest,
        problems=(*_PROBLEMS, "session.forged", "inquiry.unknown"),
    ),
)
async def open_payload(request: Request, inquiry_id: str) -> JsonReply:
    """Show question and answer in canonical form, and the far side's replies as they came, where they were kept."""
    parts, by = parts_of(request), officer_of(request)
    body = await read(request, DisclosureRequest)

    def note(t: Transaction, inquiry: Inquiry) -> None:
        write_down(
            t, "payload.opened", by=by.id, now=parts.clock(), random=parts.random, inquiry=inquiry.id,
            case=inquiry.code, reason=body.reason,
        )  # fmt: skip

    found: Disclosed = await parts.exchange.disclose(inquiry_id, note)
    replies = [{"number": number, "body": reply} for number, reply in sorted(found.replies.items())]
    return JsonReply({"question": found.question, "answer": found.answer, "replies": replies})
