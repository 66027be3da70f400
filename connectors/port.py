"""What the broker hands to a connector and what comes back.

Every error is named by what the caller does next:

    ConnectorError
    ├── Retryable       nothing happened at the far side; ask again, not before `after`
    ├── Refused         the far side's business answer is no; final
    ├── InDoubt         the call may have had an effect; ask the far side before anything else
    ├── ContractBroken  what came back is not what the contract says; a person must look
    └── Delivered       the far side has the question and answers in its own time; nothing is to be done
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

Json = Any


class Drift(NamedTuple):
    """Something in a reply that the contract does not know: a JSON pointer (`*` for any item of a list), `field` or
    `value`, and how often it was seen since it was last told.
    """

    pointer: str
    kind: str
    times: int = 1


class Effect(StrEnum):
    """What a repeated call does at the far side."""

    READ = "read"
    IDEMPOTENT = "idempotent"  # Safe to repeat with the same reference.
    ONCE = "once"  # Never repeated blindly.


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one operation of one system.

    `reference` is what the far side knows the call by; it is the same over every attempt.
    `payload` is canonical JSON, already validated. `deadline` bounds all attempts inside this call.
    """

    inquiry_id: str
    tracking_code: str
    reference: str
    operation: str
    payload: Mapping[str, Json]
    deadline: datetime
    attempt: int = 1
    trace_parent: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which bytes translated an exchange, so that it can be proved later."""

    mapping_id: str
    mapping_hash: str
    contract_version: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The far side's answer in canonical form.

    `aliases` are numbers under which the far side knows the case, found in the answer. `drift` is what the reply holds
    that the contract does not know. `reply` is the native reply as JSON, for sealed storage only; empty where it is not
    to be kept or too large.
    """

    data: Mapping[str, Json]
    provenance: Provenance
    aliases: Mapping[str, str] = field(default_factory=dict)
    drift: tuple[Drift, ...] = ()
    reply: bytes = b""


class ConnectorError(Exception):
    """An exchange that ended without an answer. `code` is stable, `text` is for people.

    `drift` is what the reply holds that the contract does not know; `sample` is that reply, where there was one: for
    sealed storage only.
    """

    sample: bytes = b""

    def __init__(self, code: str, text: str, *, provenance: Provenance | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.provenance = provenance
        self.drift: tuple[Drift, ...] = ()


class Retryable(ConnectorError):
    """Surely without effect. `after` is the least wait; `not_before` the instant a closed system opens."""

    def __init__(
        self,
        code: str,
        text: str,
        *,
        after: timedelta | None = None,
        not_before: datetime | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        super().__init__(code, text, provenance=provenance)
        self.after = after
        self.not_before = not_before


class Refused(ConnectorError):
    """A business answer of the far side: no."""


class InDoubt(ConnectorError):
    """The request left, its outcome is unknown."""


class ContractBroken(ConnectorError):
    """The reply does not fit the contract. `sample` may be cut short."""

    def __init__(self, code: str, text: str, *, sample: bytes = b"", provenance: Provenance | None = None) -> None:
        super().__init__(code, text, provenance=provenance)
        self.sample = sample


class Delivered(ConnectorError):
    """The question lies where somebody will answer it; the answer comes by another way than this call."""


class Connector(Protocol):
    """How one system is reached: native request in, native reply out. Mapping and resilience stand around it.

    Raises the errors above; `exchange` for a `once` operation raises `InDoubt` as soon as the request may have left.
    """

    async def exchange(self, operation: str, native: Mapping[str, Json], *, call: Call, timeout: float) -> Json:
        """Carry one native request to the system and return its native reply. `timeout` is in seconds."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
