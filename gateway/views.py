"""What callers are shown of cases, inquiries, events and services. Only what is named here leaves the hub."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from broker.inbox import InboxEntry
from broker.orders import Accepted
from gateway.parts import Parts
from gateway.times import both
from registry.cases import Alias, Case
from registry.codes import group
from registry.events import StatusEvent
from registry.inquiries import Attempt, Inquiry
from registry.rights import Right, apply_mask
from registry.services import Service
from registry.subscriptions import Subscription

Shown = dict[str, Any]


def case_links(code: str) -> dict[str, str]:
    """Where the parts of a case are found."""
    path = f"/v1/cases/{code}"
    return {"self": path, "timeline": f"{path}/timeline", "receipts": f"{path}/receipts"}


def inquiry_links(inquiry_id: str, code: str) -> dict[str, str]:
    """Where an inquiry and its case are found."""
    case = case_links(code)
    return {"self": f"/v1/inquiries/{inquiry_id}", "case": case["self"], "timeline": case["timeline"]}


def case_head(case: Case) -> Shown:
    """What a case is, without what happened to it."""
    return {
        "tracking_code": case.code,
        "tracking_code_grouped": group(case.code),
        "service": case.service,
        "channel": case.channel,
        "lead_agency": case.lead_agency,
        **both("opened_at", case.opened_at),
        "links": case_links(case.code),
    }


def case_view(case: Case, aliases: Sequence[Alias], inquiries: Sequence[Inquiry], last: StatusEvent | None) -> Shown:
    """Show a case with other agencies' numbers for it, the inquiries the caller may know of, and where it stands."""
    status = {"stage": case.last_stage, **both("at", case.last_event_at)}
    if last is not None:
        status |= {"title_fa": last.title_fa, "title_en": last.title_en, "system": last.system}
    return case_head(case) | {
        "last_status": status,
        "aliases": [
            {
                "system": alias.system,
                "value": alias.value,
                "added_by": alias.added_by,
                **both("added_at", alias.added_at),
            }
            for alias in aliases
        ],
        "inquiries": [
            {
                "inquiry_id": inquiry.id,
                "service": inquiry.service,
                "state": inquiry.state.value,
                "owner": inquiry.owner,
                **both("accepted_at", inquiry.accepted_at),
                "links": inquiry_links(inquiry.id, inquiry.code),
            }
            for inquiry in inquiries
        ],
    }


def event_view(event: StatusEvent) -> Shown:
    """Show one line of a timeline."""
    return {
        "sequence": event.sequence,
        "type": event.type,
        "system": event.system,
        "stage": event.stage,
        "title_fa": event.title_fa,
        "title_en": event.title_en,
        "detail": event.detail,
        **both("occurred_at", event.occurred_at),
        **both("recorded_at", event.recorded_at),
        "inquiry_id": event.inquiry_id,
    }


def accepted_view(accepted: Accepted) -> Shown:
    """Show the promise given for an inquiry."""
    return {
        "inquiry_id": accepted.inquiry_id,
        "tracking_code": accepted.tracking_code,
        "state": accepted.state,
        **both("accepted_at", accepted.accepted_at),
        "links": inquiry_links(accepted.inquiry_id, accepted.tracking_code),
    }


def mask_of(parts: Parts, inquiry: Inquiry) -> tuple[str, ...]:
    """Which fields of an answer its owner may see now: none once the right is withdrawn or has expired."""
    right: Right | None = parts.current.value.rights.get((inquiry.owner, inquiry.service))
    if right is None or (right.expires_at is not None and right.expires_at <= parts.clock()):
        return ()
    return right.field_mask


async def inquiry_view(parts: Parts, inquiry: Inquiry, attempts: Sequence[Attempt]) -> Shown:
    """Show an inquiry to its owner, the answer under the field mask of the owner's right."""
    answer = await parts.exchange.answer_of(inquiry)
    reason = None
    if inquiry.reason_code is not None:
        reason = {"code": inquiry.reason_code, "text": inquiry.reason_text}
    mapping = None
    if inquiry.mapping_id is not None:
        mapping = {"id": inquiry.mapping_id, "hash": inquiry.mapping_hash}
    return {
        "inquiry_id": inquiry.id,
        "tracking_code": inquiry.code,
        "service": inquiry.service,
        "system": inquiry.system,
        "operation": inquiry.operation,
        "state": inquiry.state.value,
        "purpose": inquiry.purpose,
        "legal_basis": inquiry.legal_basis,
        "channel": inquiry.channel,
        **both("accepted_at", inquiry.accepted_at),
        **both("finished_at", inquiry.finished_at),
        "due_at": inquiry.due_at.isoformat() if inquiry.due_at else None,
        "answer": None if answer is None else apply_mask(mask_of(parts, inquiry), answer),
        "reason": reason,
        "attempts": [
            {
                "number": attempt.number,
                "started_at": attempt.started_at.isoformat(),
                "ended_at": attempt.ended_at.isoformat(),
                "outcome": attempt.outcome,
                "code": attempt.code,
                "text": attempt.text,
            }
            for attempt in attempts
        ],
        "mapping": mapping,
        "contract_version": inquiry.contract_version,
        "links": inquiry_links(inquiry.id, inquiry.code),
    }


def inbox_view(entry: InboxEntry, now: datetime) -> Shown:
    """Show an inquiry to the unit that answers it by hand: what is asked for is in the payload, not here."""
    item, inquiry = entry.item, entry.inquiry
    claimed = None
    if item.claimed_by is not None:
        claimed = {"by": item.claimed_by, "clerk": item.clerk, **both("at", item.claimed_at)}
    path = f"/v1/inbox/{inquiry.id}"
    return {
        "inquiry_id": inquiry.id,
        "tracking_code": inquiry.code,
        "unit": item.unit,
        "service": inquiry.service,
        "state": inquiry.state.value,
        "asked_by": inquiry.owner,
        "purpose": inquiry.purpose,
        "legal_basis": inquiry.legal_basis,
        "channel": inquiry.channel,
        **both("accepted_at", inquiry.accepted_at),
        **both("deadline_at", item.deadline_at),
        "overdue": item.closed_at is None and item.deadline_at is not None and item.deadline_at < now,
        **both("closed_at", item.closed_at),
        "claim": claimed,
        "links": {
            "self": path,
            "claim": f"{path}/claim",
            "answer": f"{path}/answer",
            "refusal": f"{path}/refusal",
            "schema": f"/v1/services/{inquiry.service}/schema",
        },
    }


def service_view(service: Service, *, callable_now: bool) -> Shown:
    """Show a service card."""
    return {
        "id": service.id,
        "version": service.version,
        "provider": service.provider,
        "title_fa": service.title_fa,
        "title_en": service.title_en,
        "kind": service.kind,
        "electronic": service.electronic,
        "approved": service.approved,
        "approval_reference": service.approval_reference,
        "channels": list(service.channels),
        "minimum_assurance": service.minimum_assurance,
        "deadline_days": service.deadline_days,
        "callable": callable_now,
        "card": service.card,
        "links": {"self": f"/v1/services/{service.id}", "schema": f"/v1/services/{service.id}/schema"},
    }


def subscription_view(subscription: Subscription) -> Shown:
    """Show a subscription without its secret."""
    return {
        "id": subscription.id,
        "url": subscription.url,
        "types": list(subscription.types),
        "state": subscription.state,
        "reason": subscription.reason,
        **both("created_at", subscription.created_at),
    }
