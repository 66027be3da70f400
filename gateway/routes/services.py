"""The service cards, open to everybody, and the schemas an integrator needs to call a service."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from gateway import views
from gateway.admission import schema_of
from gateway.documentation import described
from gateway.parts import Parts, parts_of
from gateway.problems import Problem
from gateway.replies import JsonReply, PublicReply
from mappings.canonical import json_schema
from registry.services import Service

router = APIRouter(tags=["services"])

Kind = Annotated[Literal["sovereign", "supportive", "delegable"] | None, Query()]
Electronic = Annotated[Literal["electronic", "semi", "in_person"] | None, Query()]


def _shown(parts: Parts, service: Service) -> views.Shown:
    found = parts.operations(service.system, service.operation) if service.system and service.operation else None
    return views.service_view(service, callable_now=found is not None and service.approved)


def _found(parts: Parts, identifier: str) -> Service:
    service: Service | None = parts.current.value.services.get(identifier)
    if service is None:
        raise Problem("service.not_found")
    return service


@router.get("/v1/services", **described("The catalogue of services", public=True))
async def list_services(request: Request, kind: Kind = None, electronic: Electronic = None) -> JsonReply:
    """List the cards, ordered by id; `kind` and `electronic` narrow the list."""
    parts = parts_of(request)
    shown = [
        _shown(parts, service)
        for _, service in sorted(parts.current.value.services.items())
        if kind in {None, service.kind} and electronic in {None, service.electronic}
    ]
    return PublicReply({"services": shown})


@router.get(
    "/v1/services/{service_id}/schema",
    **described(
        "JSON Schemas of payload and answer", problems=("service.not_found", "service.not_callable"), public=True
    ),
)
async def see_schema(request: Request, service_id: str) -> JsonReply:
    """Give the canonical schemas of a service that can be called."""
    parts = parts_of(request)
    schema = schema_of(parts, _found(parts, service_id))
    shown = {"service": service_id, "effect": schema.effect}
    return PublicReply(shown | {"payload": json_schema(schema.request), "answer": json_schema(schema.answer)})


@router.get(
    "/v1/services/{service_id}",
    **described("One service card", problems=("service.not_found",), public=True),
)
async def see_service(request: Request, service_id: str) -> JsonReply:
    """Show a service card."""
    parts = parts_of(request)
    return PublicReply(_shown(parts, _found(parts, service_id)))
