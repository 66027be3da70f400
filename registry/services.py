"""Services and their cards: what a participant offers, versioned."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import func, select

from registry.portable import upsert
from registry.schema import Transaction, services

Kind = Literal["sovereign", "supportive", "delegable"]
Electronic = Literal["electronic", "semi", "in_person"]


@dataclass(frozen=True, slots=True)
class Service:
    """One version of a service. `card` is its identity card (شناسنامه خدمت); what is unknown is absent from it.

    `approved` is what the process council decided, or a higher law; `system` and `operation` name what answers it, None
    while nothing does. `deadline_days` is the time an answer may take.
    """

    id: str
    version: int
    provider: str
    title_fa: str
    title_en: str
    kind: Kind
    electronic: Electronic
    approved: bool
    approval_reference: str | None = None
    system: str | None = None
    operation: str | None = None
    channels: tuple[str, ...] = ()
    minimum_assurance: int = 1
    deadline_days: int | None = None
    card: dict[str, Any] = field(default_factory=dict)


_COLUMNS = [services.c[name] for name in Service.__dataclass_fields__]
_PUT = upsert(services)


def put(t: Transaction, service: Service) -> None:
    """Add this version of the service, or replace it. Raises ValueError for a version below 1."""
    if service.version < 1:
        raise ValueError(f"versions of a service start at 1, not {service.version}")
    t.execute(_PUT, {name: getattr(service, name) for name in Service.__dataclass_fields__})


def get(t: Transaction, service_id: str, version: int | None = None) -> Service | None:
    """Return the newest version of the service, or the one asked for; None where there is none."""
    query = select(*_COLUMNS).where(services.c.id == service_id).order_by(services.c.version.desc()).limit(1)
    if version is not None:
        query = query.where(services.c.version == version)
    row = t.execute(query).one_or_none()
    return None if row is None else _service(tuple(row))


def every(t: Transaction) -> list[Service]:
    """Return the newest version of every service, by id."""
    newest = select(services.c.id, func.max(services.c.version).label("version")).group_by(services.c.id).subquery()
    query = (
        select(*_COLUMNS)
        .join(newest, (services.c.id == newest.c.id) & (services.c.version == newest.c.version))
        .order_by(services.c.id)
    )
    return [_service(tuple(row)) for row in t.execute(query)]


def versions(t: Transaction, service_id: str) -> list[Service]:
    """Return every version of one service, oldest first."""
    query = select(*_COLUMNS).where(services.c.id == service_id).order_by(services.c.version)
    return [_service(tuple(row)) for row in t.execute(query)]


_CHANNELS = list(Service.__dataclass_fields__).index("channels")


def _service(row: tuple[Any, ...]) -> Service:
    values = list(row)
    values[_CHANNELS] = tuple(values[_CHANNELS])
    return Service(*values)
