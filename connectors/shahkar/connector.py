"""How Shahkar is reached: JSON behind the exchange centre's bus, each request under an identifier of its own."""

import secrets
from collections.abc import Mapping

from connectors.hops import ExchangeRestConnector
from connectors.port import Call, Connector, Json, Refused
from connectors.reach import Reach
from connectors.transport import HttpCall

from .requests import Draw, RequestIds

#: The provider code of a site that has none yet; the sandbox takes it.
NO_PROVIDER = "0000"
_DIGITS = 4


class ShahkarConnector(ExchangeRestConnector):
    """Adds `requestId` to every call. The credential `provider_code` holds its first four digits."""

    def __init__(self, reach: Reach, draw: Draw = secrets.randbelow) -> None:
        super().__init__(reach)
        self._provider = reach.settings.credential("provider_code") or NO_PROVIDER
        self._ids = RequestIds(self._provider, reach.clock, draw)

    def call_for(self, operation: str, native: Mapping[str, Json], call: Call) -> HttpCall:
        """The call under a new identifier: an attempt that is made again must not look like the one before."""
        if len(self._provider) != _DIGITS or not (self._provider.isascii() and self._provider.isdigit()):
            raise Refused("shahkar.provider_code", "the credential provider_code must be four digits")
        return super().call_for(operation, {"requestId": self._ids.new(), **native}, call)


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return ShahkarConnector(reach)
