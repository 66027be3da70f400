"""May this be asked: service, right, purpose, payload, in that order. Nothing is stored before all of it is settled."""

from typing import Any

from broker.orders import Idempotency, InquiryOrder
from gateway.assurance import assured
from gateway.bodies import CaseRequest, InquiryRequest
from gateway.json_rules import beyond_storage
from gateway.parts import Caller, OperationSchema, Parts
from gateway.problems import PROBLEMS, FieldProblem, Problem
from gateway.reading import read_code
from mappings.canonical import CanonicalError, validate
from registry.rights import decide
from registry.services import Service

USUAL_CHANNEL = "G2G"  # Systems call systems, unless the caller or its case says otherwise.


def offered(parts: Parts, identifier: str, *, below: str = "") -> Service:
    """The approved service of that name. Raises `service.unknown`, `service.not_approved`."""
    service = parts.current.value.services.get(identifier)
    pointer = f"{below}/service"
    if service is None:
        kind = PROBLEMS["service.unknown"]
        raise Problem("service.unknown", errors=[FieldProblem(pointer, "service.unknown", kind.fa, kind.en)])
    if not service.approved:
        raise Problem("service.not_approved")
    return service


def schema_of(parts: Parts, service: Service) -> OperationSchema:
    """The models of the service's operation. Raises `service.not_callable` for a service of the catalogue only."""
    found = parts.operations(service.system, service.operation) if service.system and service.operation else None
    if found is None:
        raise Problem("service.not_callable")
    return found


def check_channel(service: Service, channel: str, *, below: str = "") -> None:
    """Refuse a channel on which the service is not offered; an empty list means none."""
    if channel not in service.channels:
        kind = PROBLEMS["service.channel"]
        raise Problem("service.channel", errors=[FieldProblem(f"{below}/channel", "service.channel", kind.fa, kind.en)])


def check_opening(parts: Parts, caller: Caller, service: Service, body: CaseRequest) -> None:
    """May the caller open a case of this service: its provider and the provider's own systems, or who has a right."""
    own = caller.identifier == service.provider or caller.identifier.startswith(f"{service.provider}/")
    if not own:
        right = parts.current.value.rights.get((caller.identifier, service.id))
        if right is None:
            raise Problem("right.missing")
        if right.expires_at is not None and right.expires_at <= parts.clock():
            raise Problem("right.expired")
    check_channel(service, body.channel)
    if body.lead_agency is not None and body.lead_agency not in parts.current.value.participants:
        kind = PROBLEMS["participant.unknown"]
        found = FieldProblem("/lead_agency", "participant.unknown", kind.fa, kind.en)
        raise Problem("participant.unknown", errors=[found])


def admit(
    parts: Parts,
    caller: Caller,
    body: InquiryRequest,
    *,
    case_channel: str | None = None,
    trace_parent: str,
    idempotency: Idempotency | None,
    below: str = "",
) -> InquiryOrder:
    """Turn a well-formed request into an order, or raise its `Problem`. `below` is its place in a batch."""
    service = offered(parts, body.service, below=below)
    schema = schema_of(parts, service)
    right = parts.current.value.rights.get((caller.identifier, service.id))
    denial = decide(
        right,
        purpose=body.purpose,
        legal_basis=body.legal_basis,
        now=parts.clock(),
    )
    if denial is not None:
        raise Problem(denial.code, (denial.message_fa, denial.message_en))
    level = assured(caller, service, body.assurance)
    channel = body.channel or case_channel or USUAL_CHANNEL
    check_channel(service, channel, below=below)
    case_code = read_code(body.case, f"{below}/case") if body.case is not None else None
    payload = canonical(schema.request, body.payload, below=f"{below}/payload")
    return InquiryOrder(
        caller=caller.identifier,
        service=service,
        payload=payload,
        purpose=body.purpose,
        legal_basis=body.legal_basis,
        channel=channel,
        case_code=case_code,
        subject=body.subject or _person_in(payload),
        trace_parent=trace_parent,
        idempotency=idempotency,
        quota=right.quota_per_day if right else None,
        assurance=level,
    )


def canonical(name: str, payload: dict[str, Any], *, below: str) -> dict[str, Any]:
    """Check a payload against a canonical model and write it in its normal form.

    Raises `payload.invalid` with a pointer below `below` for each wrong field.
    """
    try:
        beyond_storage(payload)
        return validate(name, payload).model_dump(mode="json", exclude_none=True)
    except Problem as problem:
        raise Problem("payload.invalid", errors=[error.below(below) for error in problem.errors]) from problem
    except CanonicalError as error:
        found = [
            FieldProblem(below + item.pointer, item.code, item.message_fa, item.message_en, item.position)
            for item in error.errors
        ]
        raise Problem("payload.invalid", errors=found) from error


def _person_in(payload: dict[str, Any]) -> str | None:
    """The person a payload asks about, where it names one itself."""
    found = payload.get("national_id") or payload.get("legal_id")
    return found if isinstance(found, str) else None
