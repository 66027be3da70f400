"""The callable services of the catalogue: one for each operation of each connector."""

from collections.abc import Mapping

from connectors.catalogue import Connected
from registry.services import Service

HIGHER_LAW = "T 3-1; E 5; E 11"
"""Connection to the national systems is mandated (council resolution 3166 3-1; by-law 206/93/7740 articles 5 and 11), and
a service mandated by higher law counts as approved (T 6 note 1)."""


def offered(catalogue: Mapping[str, Connected]) -> list[Service]:
    """Describe every operation as a service of its system's owner, with the grade of evidence on its card."""
    return [
        Service(
            id=f"{name}.{operation}",
            version=1,
            provider=connected.manifest.owner,
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
        for name, connected in catalogue.items()
        for operation, item in connected.manifest.operations.items()
    ]
