"""Puts the connectors found into the registry: each system as a participant, each operation as a callable service."""

from collections.abc import Mapping

from connectors.catalogue import Connected
from registry import participants, services
from registry.participants import Participant
from registry.services import Service
from registry.store import Transaction

HIGHER_LAW = "T 3-1; E 5; E 11"
"""Connection to the national systems is mandated (council resolution 3166 3-1; by-law 206/93/7740 articles 5 and 11),
and a service mandated by higher law counts as approved (T 6 note 1)."""


def enrol(transaction: Transaction, catalogue: Mapping[str, Connected]) -> int:
    """Add what the registry does not know yet and change nothing that it knows; return how many services are new."""
    known = {service.id for service in services.every(transaction)}
    added = 0
    for name, connected in catalogue.items():
        provider = _provider(transaction, name, connected)
        for service in _offered(name, connected, provider):
            if service.id not in known:
                services.put(transaction, service)
                added += 1
    return added


def _provider(transaction: Transaction, name: str, connected: Connected) -> str:
    """The participant that is this system, made from the manifest when nobody is."""
    found = participants.every_where(transaction, system=name)
    if found:
        return found[0].identifier
    manifest = connected.manifest
    owner = participants.get(transaction, manifest.owner)
    identifier = manifest.owner if owner is None else f"IR/ORG/{name.replace('_', '-')}"
    participants.put(
        transaction,
        Participant(
            identifier=identifier,
            kind="system",
            title_fa=manifest.title.fa,
            title_en=manifest.title.en,
            parent=owner.identifier if owner else None,
            roles=(f"portal:{name}",),
            system=name,
        ),
    )
    return identifier


def _offered(name: str, connected: Connected, provider: str) -> list[Service]:
    return [
        Service(
            id=f"{name}.{operation}",
            version=1,
            provider=provider,
            title_fa=item.title.fa,
            title_en=item.title.en,
            kind="sovereign",
            electronic="electronic",
            approved=True,
            approval_reference=HIGHER_LAW,
            system=name,
            operation=operation,
            channels=("C2G", "B2G", "G2G", "E2G"),
            card={"evidence": item.grade.value, "effect": item.effect.value},
        )
        for operation, item in connected.manifest.operations.items()
    ]
