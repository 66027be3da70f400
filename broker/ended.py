"""A call that ended, before anything is written about it."""

from dataclasses import dataclass
from datetime import datetime

from broker.port import Message
from broker.wire import InquiryMessage
from connectors.port import Answer, ConnectorError, ContractBroken, Delivered, Drift, InDoubt, Refused, Retryable


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that ended: what was asked, when, how. Exactly one of `answer` and `fault` is set, or neither (absent)."""

    message: Message
    inquiry: InquiryMessage
    started_at: datetime
    answer: Answer | None = None
    fault: ConnectorError | None = None

    @property
    def asked_after(self) -> bool:
        """The call was a question about an earlier one in doubt."""
        return self.message.kind == "resolve"

    @property
    def drift(self) -> tuple[Drift, ...]:
        """What the reply holds that the contract does not know."""
        told = self.answer or self.fault
        return told.drift if told else ()

    @property
    def outcome(self) -> str:
        """Name the end: `answered`, `refused`, `retryable`, `in_doubt`, `contract_broken` or `delivered`.

        What a question about a call in doubt found is named `asked_after.answered`, `asked_after.absent` and so on.
        """
        names = {
            Refused: "refused",
            Retryable: "retryable",
            InDoubt: "in_doubt",
            ContractBroken: "contract_broken",
            Delivered: "delivered",
        }
        plain = "answered" if self.answer else "absent" if self.fault is None else names[type(self.fault)]
        return f"asked_after.{plain}" if self.asked_after else plain
