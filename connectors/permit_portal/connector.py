"""How the permit portal is reached: GraphQL without credentials to read, REST with credentials to decide."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from connectors.port import Call, Connector, Json, Refused
from connectors.reach import Reach
from connectors.rest import RestConnector

_QUERIES = Path(__file__).parent / "contract" / "queries"
_READING = frozenset({"search", "details"})


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return PermitPortal(reach)


class PermitPortal:
    """Reading asks a query of the folder, deciding is plain REST. By the manifest only deciding carries credentials."""

    def __init__(self, reach: Reach) -> None:
        self._portal = RestConnector(reach)

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Ask the portal. `native` is the query's variables for the read side, path and body for the issuer side."""
        if operation in _READING:
            asked = {"query": _query(operation), "variables": dict(native)}
            return await self._portal.exchange(operation, asked, call=call, timeout=timeout)
        if operation == "report_decision":
            _refuse_unfounded(native)
        return await self._portal.exchange(operation, native, call=call, timeout=timeout)

    async def close(self) -> None:
        """Close every connection."""
        await self._portal.close()


@lru_cache
def _query(operation: str) -> str:
    return (_QUERIES / f"{operation}.graphql").read_text(encoding="utf-8")


def _refuse_unfounded(native: Mapping[str, Json]) -> None:
    """Stop a rejection that quotes no condition, before it leaves: the law gives it no effect.

    The canonical model asks for the number too; this holds for whatever mapping an administrator puts in between.
    """
    if native.get("decision") == "REJECT" and not str(native.get("conditionNumber") or "").strip():
        raise Refused(
            "permit_portal.condition_required",
            "رد درخواست باید شماره یک شرط مصوب را بیاورد · A rejection must quote an approved condition",
        )
