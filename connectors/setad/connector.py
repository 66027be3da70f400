"""How Setad is reached: the public board over REST, the agency side over signed SOAP."""

from collections.abc import Mapping
from dataclasses import replace

from connectors.port import Call, Connector, Json
from connectors.reach import Reach
from connectors.rest import RestConnector
from connectors.soap_connector import SoapConnector

from .grid import GridConnector
from .signing import EnrolledWithSimulator, signing_for

#: The fault of a far side that does not know the certificate (SOAP Message Security 1.1 §12). Nothing was done.
_UNKNOWN_CERTIFICATE = "InvalidSecurityToken"


class SetadConnector:
    """The faces of Setad behind one port."""

    def __init__(self, reach: Reach) -> None:
        self._operations = reach.manifest.operations
        self._signing = signing_for(reach)
        self._board = RestConnector(reach)
        self._grid = GridConnector(reach)
        self._needs = SoapConnector(replace(reach, sign=self._signing.sign))

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Ask the board or its second list, or send a signed message."""
        if operation == "list_grid":
            return await self._grid.exchange(operation, native, call=call, timeout=timeout)
        if self._operations[operation].soap is None:
            return await self._board.exchange(operation, native, call=call, timeout=timeout)
        await self._signing.ready(timeout)
        reply = await self._needs.exchange(operation, native, call=call, timeout=timeout)
        if _certificate_unknown(reply) and self._signing.distrusted():
            await self._signing.ready(timeout)
            reply = await self._needs.exchange(operation, native, call=call, timeout=timeout)
        return reply

    async def close(self) -> None:
        """Give back connections."""
        await self._board.close()
        await self._grid.close()
        await self._needs.close()
        if isinstance(self._signing, EnrolledWithSimulator):
            await self._signing.close()


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return SetadConnector(reach)


def _certificate_unknown(reply: Json) -> bool:
    fault = reply.get("$fault") if isinstance(reply, dict) else None
    return isinstance(fault, dict) and str(fault.get("code", "")).endswith(_UNKNOWN_CERTIFICATE)
