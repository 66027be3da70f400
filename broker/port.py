"""The port every broker fills: in-process (`memory.py`) on one machine, RabbitMQ (`amqp_broker.py`) for many.

The ledger is the truth; a broker only moves messages. It may deliver one twice, and it may lose one:
the outbox row stays until the result is recorded.

    BrokerError
    ├── BrokerUnavailable   nothing was accepted, or nobody knows; the relay tries again
    └── Unroutable          no queue takes it; a deployment fault, named
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class BrokerError(Exception):
    """A message was not accepted."""


class BrokerUnavailable(BrokerError):
    """The broker cannot be reached now, or was lost before it had confirmed."""


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


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What will not be tried again by itself, so that a person must look.

    `reason` is stable: `delivery_limit` (it was given back too often, or its handlers died), `message.…` (refused
    unread: foreign, forged, of another version, too large, misrouted), `rejected`, `unknown`. `message` is None when it
    cannot be read as one of ours; `body` is cut after `DEAD_BODY` bytes, `size` tells the whole.
    """

    reason: str
    text: str
    queue: str
    message: Message | None
    size: int
    body: bytes


HELD_BY_BROKER = "broker"
"""The lease of a queued row whose message a durable broker keeps: it outlives the process that published it."""
KINDS = frozenset({"inquiry", "resolve", "delivery"})
DELIVERY_LIMIT = 8
"""How often a message is given back – by its handler, or by the death of the process – before it is a dead letter."""
DEAD_BODY = 4096
LONGEST_BREATH = 5.0
"""Seconds at most between two tries of a message that its handler gives back (the database is away, say)."""

Handler = Callable[[Message], Awaitable[None]]
DeadHandler = Callable[[DeadLetter], Awaitable[None]]
EventHandler = Callable[[Mapping[str, Any]], None]
NoticeHandler = Callable[[str], None]


def work_queue(kind: str, system: str) -> str:
    """Name the queue of a message: `hub.work.<system>` for calls to a system, `hub.<kind>` for the hub's own work."""
    return f"hub.work.{system}" if kind in {"inquiry", "resolve"} else f"hub.{kind}"


def breath(given_back: int) -> float:
    """Give the seconds to wait before the next try of a message that was given back so often."""
    seconds: float = 0.05 * 2 ** min(given_back, 10)
    return min(seconds, LONGEST_BREATH)


class Broker(Protocol):
    """Publish with confirmation, consume with acknowledgement, wake and tell others."""

    async def publish(self, message: Message) -> None:
        """Return once the broker has taken the message. Raises `BrokerUnavailable` or `Unroutable`."""
        ...

    async def consume(self, queue: str, handler: Handler, *, prefetch: int) -> None:
        """Feed `handler` from `queue`, at most `prefetch` at once.

        A handler that returns has recorded its result and acknowledges the message; one that raises gives it back.
        One that raises `StoreUnavailable` is tried again for as long as it takes; any other error counts, and after
        `DELIVERY_LIMIT` times the message is a dead letter.
        """
        ...

    async def dead(self, handler: DeadHandler) -> None:
        """Feed `handler` with dead letters, one at a time; it returns when it has recorded the letter."""
        ...

    async def notice(self, lease: str, inquiry_id: str) -> None:
        """Wake the process that holds `lease`: the inquiry rests. Never fails; one that is lost costs time only."""
        ...

    async def notices(self, lease: str, handler: NoticeHandler) -> None:
        """Feed `handler` with the inquiry ids of notices to this process."""
        ...

    async def emit(self, event: Mapping[str, Any], routing_key: str) -> None:
        """Tell a CloudEvent to whoever listens. Raises `BrokerUnavailable`; nobody listening is fine."""
        ...

    async def listen(self, pattern: str, handler: EventHandler) -> None:
        """Feed `handler` with the events whose routing key fits (`*` one word, `#` any number), from now on."""
        ...

    async def depth(self, queue: str) -> int | None:
        """Count the messages that wait in `queue`; None when that cannot be told now."""
        ...

    async def idle(self, queue: str) -> bool:
        """Tell whether surely nothing is ready and nothing is unacknowledged in `queue`, in any process."""
        ...

    def trouble(self) -> str | None:
        """Say in words why the broker cannot be used now; None when it can."""
        ...

    def quiesce(self) -> None:
        """Take no more messages. Those that are being handled go on, and can still be acknowledged."""
        ...

    async def close(self) -> None:
        """Stop feeding handlers; what is unacknowledged stays owed in the ledger."""
        ...
