"""What can be wrong between the hub and RabbitMQ, beyond the port's own errors.

BrokerError
├── BrokerUnavailable   no connection, or it was lost
│   └── BrokerRefusesUs it answers, but not to us: user, password, certificate, virtual host
└── LaneClosed          the broker closed a channel over something we asked
"""

from broker.port import BrokerError, BrokerUnavailable


class BrokerRefusesUs(BrokerUnavailable):
    """The broker is there and does not let us in: a deployment fault, named."""


class LaneClosed(BrokerError):
    """The broker closed the channel. `code` as in AMQP 0-9-1: 403 refused, 404 missing, 405 locked, 406 conflict."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def words(fault: BaseException) -> str:
    """Say in a line what went wrong, at most 300 characters."""
    return str(getattr(fault, "reply_text", None) or str(fault) or repr(fault))[:300]
