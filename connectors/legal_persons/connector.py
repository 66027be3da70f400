"""How the register of legal persons is reached: an old SOAP service and a newer JSON one, both behind the bus."""

from collections.abc import Mapping

from connectors.hops import ExchangeRestConnector
from connectors.port import Call, Connector, Json
from connectors.reach import Reach
from connectors.soap_connector import SoapConnector


class LegalPersonsConnector:
    """The two faces of the register behind one port."""

    def __init__(self, reach: Reach) -> None:
        self._operations = reach.manifest.operations
        self._old = SoapConnector(reach)
        self._new = ExchangeRestConnector(reach)

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Ask by the transport that the operation declares."""
        face = self._old if self._operations[operation].soap else self._new
        return await face.exchange(operation, native, call=call, timeout=timeout)

    async def close(self) -> None:
        """Give back connections."""
        await self._old.close()
        await self._new.close()


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return LegalPersonsConnector(reach)
