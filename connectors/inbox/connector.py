"""Where a question for a person goes: nowhere. The broker writes it into the unit's inbox, and it is answered there."""

from collections.abc import Mapping

from connectors.port import Call, Connector, Delivered, Json
from connectors.reach import Reach


def create(reach: Reach) -> Connector:
    """The connector of one folder of this kind."""
    return Inbox(reach.manifest.name)


class Inbox:
    """Says of every question that it lies where somebody will answer it."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:  # noqa: ARG002 - the port's shape.
        """Raises Delivered, always."""
        raise Delivered(f"{self._name}.delivered", "the question lies in the unit's inbox")

    async def close(self) -> None:
        """Nothing is open."""
