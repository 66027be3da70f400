"""How the smart-government portal is reached: plain REST with a client-credentials token, as the manifest says."""

from connectors.port import Connector
from connectors.reach import Reach
from connectors.rest import RestConnector


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return RestConnector(reach)
