"""The message body that carries an inquiry to a worker: all that it needs, personal data only sealed."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import orjson

VERSION = 1


class UnknownMessage(Exception):
    """A body of another version or shape: parked with its reason, never executed."""


@dataclass(frozen=True, slots=True)
class InquiryMessage:
    """`payload` is sealed under `subject_key`, which is itself wrapped by the master key.

    `notify` is the lease of the process whose caller waits for the answer, empty when nobody waits.
    """

    inquiry_id: str
    tracking_code: str
    case_id: str
    service: str
    system: str
    operation: str
    effect: str
    owner: str
    channel: str
    payload: bytes
    subject_key: bytes
    trace_parent: str | None
    notify: str = ""

    def pack(self) -> bytes:
        """Write the body."""
        return orjson.dumps(
            {
                "v": VERSION,
                "inquiry_id": self.inquiry_id,
                "tracking_code": self.tracking_code,
                "case_id": self.case_id,
                "service": self.service,
                "system": self.system,
                "operation": self.operation,
                "effect": self.effect,
                "owner": self.owner,
                "channel": self.channel,
                "payload": b64encode(self.payload).decode(),
                "subject_key": b64encode(self.subject_key).decode(),
                "trace_parent": self.trace_parent,
                "notify": self.notify,
            }
        )

    @classmethod
    def unpack(cls, body: bytes) -> "InquiryMessage":
        """Read a body. Raises UnknownMessage."""
        try:
            found: dict[str, Any] = orjson.loads(body)
            if found.pop("v") != VERSION:
                raise UnknownMessage("message of another version")
            return cls(
                **{
                    **found,
                    "payload": b64decode(found["payload"], validate=True),
                    "subject_key": b64decode(found["subject_key"], validate=True),
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise UnknownMessage(f"message cannot be read: {fault}") from fault
