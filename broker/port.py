"""The port every broker fills: in-process (`memory.py`) today's default, RabbitMQ for many machines.

The ledger is the truth; a broker only moves messages. It may deliver one twice, and it may lose one:
the outbox row stays until the result is recorded.

    BrokerError
    ├── BrokerUnavailable   nothing was accepted; the relay tries again
    └── Unroutable          no queue takes it; a deployment fault, named
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


class BrokerError(Exception):
    """A message was not accepted."""


class BrokerUnavailable(BrokerError):
    """The broker cannot be reached now."""


class Unroutable(BrokerError):
    """No queue is bound for this message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One outbox row on its way. `row` is the outbox id, `tries` counts earlier attempts, `body` is JSON."""

    row: int
    kind: str
    system: str
    ref: str
    tries: int
    body: bytes

    @property
    def queue(self) -> str:
        """The work queue it belongs to: one for each system, so that a slow one never delays another."""
        return work_queue(self.kind, self.system)


Handler = Callable[[Message], Awaitable[None]]


def work_queue(kind: str, system: str) -> str:
    """Name the queue of a message: `hub.work.<system>` for calls to a system, `hub.<kind>` for the hub's own work."""
    return f"hub.work.{system}" if kind in {"inquiry", "resolve"} else f"hub.{kind}"


class Broker(Protocol):
    """Publish with confirmation, consume with acknowledgement."""

    async def publish(self, message: Message) -> None:
        """Return once the broker has taken the message. Raises `BrokerUnavailable` or `Unroutable`."""
        ...

    async def consume(self, queue: str, handler: Handler, *, prefetch: int) -> None:
        """Feed `handler` from `queue`, at most `prefetch` at once.

        A handler that returns has recorded its result and acknowledges the message; one that raises gives it back.
        """
        ...

    def idle(self, queue: str) -> bool:
        """Tell whether nothing is ready and nothing is unacknowledged in `queue`."""
        ...

    async def close(self) -> None:
        """Stop feeding handlers; what is unacknowledged stays owed in the ledger."""
        ...
