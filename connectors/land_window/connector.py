"""How the land window is reached: plain JSON, credentials put into the body by the mappings."""

from connectors.port import Connector
from connectors.reach import Reach
from connectors.rest import RestConnector


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return RestConnector(reach)
