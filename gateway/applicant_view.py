"""A case as its applicant reads it: every stage with its agency and date, what is awaited from whom, what is proved.

Only what is named here is shown: no payload, no answer, no name, no reason that a system gives for its own troubles.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from broker.deadlines import DECIDED, WAITS_FOR_APPLICANT
from broker.stages import STATUS
from gateway.parts import Parts
from gateway.times import both
from pki.merkle import MerkleTree
from pki.receipt import Receipt, verify_receipt
from registry import cases, deadlines, events, inbox, inquiries, journal
from registry.cases import Case
from registry.codes import group
from registry.events import StatusEvent
from registry.inquiries import Inquiry
from registry.snapshot import Snapshot
from registry.states import TERMINAL, State
from registry.store import Transaction

Shown = dict[str, Any]
Title = dict[str, str]

TOLD = ("message", "reason", "condition_number", "permit_number")
"""Of what a portal says beside a state, the words that are for the applicant."""


def story(t: Transaction, parts: Parts, case: Case) -> Shown:
    """Put the case together for its applicant."""
    known, now = parts.current.value, parts.clock()
    asked = inquiries.of_case(t, case.id)
    told = events.timeline(t, case.id)
    stages = [_stage(known, case, event) for event in told if event.inquiry_id is None]
    stages += [_question(known, inquiry) for inquiry in asked]
    stages.sort(key=lambda stage: str(stage["began_at"]))
    last = _last(case, told)
    service = known.services.get(case.service)
    return {
        "tracking_code": case.code,
        "tracking_code_grouped": group(case.code),
        "service": _title(service, case.service),
        "lead_agency": _agency(known, case.lead_agency),
        **both("opened_at", case.opened_at),
        "status": {
            "stage": case.last_stage,
            "decided": case.last_stage in DECIDED,
            "title": {"fa": last.title_fa, "en": last.title_en} if last else None,
            "note": _note(last) if last else {},
            **both("at", last.occurred_at if last else None),
        },
        "awaited": _awaited(t, known, case, asked, last),
        "deadlines": _deadlines(t, known, case),
        "stages": stages,
        "numbers": [
            {"agency": _system(known, case, alias.system), "value": alias.value} for alias in cases.aliases(t, case.id)
        ],
        "proof": _proof(t, parts, case),
        **both("seen_at", now),
    }


def _last(case: Case, told: Sequence[StatusEvent]) -> StatusEvent | None:
    staged = (event for event in told if event.stage is not None and event.stage == case.last_stage)
    return max(staged, key=lambda event: (event.occurred_at, event.sequence), default=None)


def _stage(known: Snapshot, case: Case, event: StatusEvent) -> Shown:
    return {
        "kind": "stage" if event.type == STATUS else "notice",
        "state": event.stage,
        "agency": _system(known, case, event.system),
        "title": {"fa": event.title_fa, "en": event.title_en},
        "note": _note(event),
        **both("began_at", event.occurred_at),
        **both("at", event.occurred_at),
    }


def _question(known: Snapshot, inquiry: Inquiry) -> Shown:
    """One agency was asked something: when, and where it stands."""
    service = known.services.get(inquiry.service)
    return {
        "kind": "question",
        "state": inquiry.state.value,
        "agency": _asked(known, inquiry),
        "title": _title(service, inquiry.service),
        "note": {},
        **both("began_at", inquiry.accepted_at),
        **both("at", inquiry.finished_at or inquiry.changed_at),
    }


def _awaited(
    t: Transaction, known: Snapshot, case: Case, asked: Sequence[Inquiry], last: StatusEvent | None
) -> list[Shown]:
    """What is open, from whom, since when, and until when where that is known: the applicant's own part first."""
    found = [
        {
            "from": "agency",
            "agency": _asked(known, inquiry),
            "title": _title(known.services.get(inquiry.service), inquiry.service),
            "state": inquiry.state.value,
            "note": {},
            **both("since", inquiry.accepted_at),
            **both("until", _until(t, inquiry)),
        }
        for inquiry in asked
        if inquiry.state not in TERMINAL
    ]
    if last is None or last.stage != WAITS_FOR_APPLICANT:
        return found
    own = {
        "from": "applicant",
        "agency": _system(known, case, last.system),
        "title": {"fa": last.title_fa, "en": last.title_en},
        "state": WAITS_FOR_APPLICANT,
        "note": _note(last),
        **both("since", last.occurred_at),
        **both("until", None),
    }
    return [own, *found]


def _deadlines(t: Transaction, known: Snapshot, case: Case) -> list[Shown]:
    """Until when the law wants a decision; silence past it may count as one."""
    return [
        {"agency": _system(known, case, one.system), "paused": one.state == "paused", **both("ends_at", one.ends_at)}
        for one in deadlines.of_case(t, case.id)
        if one.state in {"running", "paused"}
    ]


def _until(t: Transaction, inquiry: Inquiry) -> datetime | None:
    if inquiry.state is State.WAITING:
        return inquiry.due_at
    item = inbox.get(t, inquiry.id) if inquiry.state is State.SENT else None
    return item.deadline_at if item else None


def _proof(t: Transaction, parts: Parts, case: Case) -> Shown:
    """Check every receipt of the case as anybody could, with nothing but the journal's key."""
    found = journal.proofs(t, MerkleTree(), case_id=case.id)
    verdicts = [verify_receipt(Receipt.model_validate(one), [parts.vkey]) for one in found]
    head = verdicts[-1].details if verdicts else {}
    return {
        "entries": len(verdicts),
        "proved": sum(one.valid for one in verdicts),
        "pending": journal.pending(t, case.id),
        "journal_size": head.get("size"),
        "root": head.get("root"),
        "verifier_key": parts.vkey,
    }


def _note(event: StatusEvent) -> dict[str, str]:
    return {name: str(event.detail[name]) for name in TOLD if event.detail.get(name) not in {None, ""}}


def _asked(known: Snapshot, inquiry: Inquiry) -> Title:
    """Who answers an inquiry: the provider of its service."""
    service = known.services.get(inquiry.service)
    return _agency(known, service.provider if service else inquiry.system)


def _system(known: Snapshot, case: Case, system: str) -> Title:
    """The agency behind a system's name; what the hub itself says is said for the lead agency."""
    found = next((one.identifier for one in known.participants.values() if one.system == system), None)
    return _agency(known, found or case.lead_agency)


def _agency(known: Snapshot, identifier: str) -> Title:
    return _title(known.participants.get(identifier), identifier)


def _title(thing: Any, otherwise: str) -> Title:
    return {"fa": thing.title_fa, "en": thing.title_en} if thing else {"fa": otherwise, "en": otherwise}
