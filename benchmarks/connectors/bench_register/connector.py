"""How the measured system is reached: plain REST, as the manifest says."""

from connectors.port import Connector
from connectors.reach import Reach
from connectors.rest import RestConnector


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return RestConnector(reach)
