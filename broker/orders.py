"""What a caller asks of the exchange, after the gateway has authenticated and validated it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from registry.services import Service


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key and the SHA-256 of the body it came with."""

    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class CaseOrder:
    """Open a case. `applicant` has `national_id` or `legal_id`, perhaps `mobile`; `aliases` are (system, value).

    `assurance` is how surely the person behind the call is known, 1 to 4.
    """

    caller: str
    service: Service
    applicant: dict[str, Any] | None
    channel: str
    lead_agency: str | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    idempotency: Idempotency | None = None
    assurance: int = 1


@dataclass(frozen=True, slots=True)
class InquiryOrder:
    """Ask one question. `payload` is canonical JSON; `subject` is the national or legal ID it is about.

    `awaited` says that the caller waits for the answer. `quota` is how many of these it may ask in a day.
    `assurance` is how surely the person behind the call is known, 1 to 4.
    """

    caller: str
    service: Service
    payload: dict[str, Any]
    purpose: str
    legal_basis: str
    channel: str
    case_code: str | None = None
    subject: str | None = None
    trace_parent: str | None = None
    idempotency: Idempotency | None = None
    awaited: bool = False
    quota: int | None = None
    assurance: int = 1


@dataclass(frozen=True, slots=True)
class Accepted:
    """The promise given to the caller: it is committed. `replayed` says an earlier identical request made it."""

    inquiry_id: str
    tracking_code: str
    state: str
    accepted_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class StatusPush:
    """A portal's word about a case. `reference` is a tracking code or that system's own number.

    `update` is the canonical `StatusUpdate` where the word came in the portal's own message, named by `status`.
    """

    caller: str
    system: str
    reference: str
    status: str
    occurred_at: datetime
    sequence: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    decision: dict[str, Any] | None = None
    update: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push. `sequence` is the event's number in its case; `receipt` is a compact JWS."""

    tracking_code: str
    sequence: int | None
    duplicate: bool
    out_of_order: bool
    receipt: str
