"""How a system known by its WSDL is reached: the native object is the content of the Body's child."""

from connectors.port import Connector
from connectors.reach import Reach
from connectors.soap_connector import SoapConnector


def create(reach: Reach) -> Connector:
    """The connector of one folder of this kind."""
    return SoapConnector(reach)
