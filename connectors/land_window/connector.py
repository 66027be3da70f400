"""How the land window is reached: plain JSON, credentials put into the body by the mappings."""

from collections.abc import Mapping

from connectors.port import Call, Connector, Json
from connectors.reach import Reach
from connectors.rest import RestConnector

_SECRETS = frozenset({"Username", "UserName", "Password"})


class LandWindowConnector(RestConnector):
    """The window's replies do not say what they answer; the question stays beside them."""

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """The reply with the request as `$request`, without the credentials."""
        reply = await super().exchange(operation, native, call=call, timeout=timeout)
        if not isinstance(reply, dict):
            return reply
        return {**reply, "$request": {name: value for name, value in native.items() if name not in _SECRETS}}


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return LandWindowConnector(reach)
