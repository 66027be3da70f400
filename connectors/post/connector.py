"""How the post is reached: JSON behind the exchange centre's newer bus, with a token and the provider's credential."""

from connectors.hops import ExchangeRestConnector
from connectors.port import Connector
from connectors.reach import Reach


def create(reach: Reach) -> Connector:
    """The connector of this folder."""
    return ExchangeRestConnector(reach)
