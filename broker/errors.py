"""What the exchange refuses, named for the caller.

ExchangeError (code)
├── UnknownCase        no such case, or none that this caller may see: the two look alike on purpose
├── UnknownInquiry     the same for an inquiry
├── UnknownReference   a push quotes a number that belongs to no case
├── UnknownSystem      a push names a system without an inbound contract
├── UnknownStatus      the system's contract does not know this status
├── NotCancellable     the call has left or is finished
├── InboxClaimed       another clerk has taken the inquiry
└── InboxClosed        the inquiry has its answer already
"""

from typing import ClassVar


class ExchangeError(Exception):
    """A request the exchange cannot take. `code` is stable."""

    code: ClassVar[str] = "exchange.refused"


class UnknownCase(ExchangeError):
    """No case this caller may see."""

    code = "case.unknown"


class UnknownInquiry(ExchangeError):
    """No inquiry this caller may see."""

    code = "inquiry.unknown"


class UnknownReference(ExchangeError):
    """The pushed reference is neither a tracking code nor an alias of that system."""

    code = "status.reference_unknown"


class UnknownSystem(ExchangeError):
    """The system pushes nothing by contract."""

    code = "status.system_unknown"


class UnknownStatus(ExchangeError):
    """The contract does not know this status; nothing was guessed."""

    code = "status.unknown"


class NotCancellable(ExchangeError):
    """Too late: the call has left, or the inquiry is finished."""

    code = "inquiry.not_cancellable"


class InboxClaimed(ExchangeError):
    """Another clerk has taken it."""

    code = "inbox.claimed"


class InboxClosed(ExchangeError):
    """It has been answered or refused."""

    code = "inbox.closed"
