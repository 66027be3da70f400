"""How the treasury is reached: JSON with HTTP Basic, each request signed with the key shared with the treasury."""

from collections.abc import Mapping

from connectors.port import Call, Connector, Json
from connectors.reach import Reach
from connectors.rest import RestConnector
from connectors.transport import HttpCall

from .signatures import signature


class TreasuryConnector(RestConnector):
    """Adds `sign` to every call, made with the credential `key`."""

    def call_for(self, operation: str, native: Mapping[str, Json], call: Call) -> HttpCall:
        """The signed call."""
        signed = {**native, "sign": signature(native, self.reach.settings.credential("key"))}
        return super().call_for(operation, signed, call)


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return TreasuryConnector(reach)
