"""How the civil registry is reached: SOAP 1.1, credentials inside the body."""

from connectors.port import Connector
from connectors.reach import Reach
from connectors.soap_connector import SoapConnector


def create(reach: Reach) -> Connector:
    """The connector of one configured civil registry."""
    return SoapConnector(reach)
