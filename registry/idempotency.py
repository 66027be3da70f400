"""Saved answers: a request repeated under the same key gets the answer it got before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from registry.portable import insert_new
from registry.schema import Transaction, idempotency


class IdempotencyClash(Exception):  # noqa: N818 - named by what is the case.
    """The key was used before with another body."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} was used before with another body")
        self.key = key


@dataclass(frozen=True, slots=True)
class Saved:
    """What was answered. `body_hash` is of the request."""

    body_hash: str
    response: bytes
    status: int


_RECALL = select(idempotency.c.body_hash, idempotency.c.response, idempotency.c.status).where(
    idempotency.c.participant == bindparam("participant"), idempotency.c.key == bindparam("key")
)
_REMEMBER = insert_new(idempotency, ["participant", "key", "body_hash", "status", "response", "at"])


def recall(t: Transaction, participant: str, key: str) -> Saved | None:
    """Return the answer saved under the participant's key, or None."""
    row = t.execute(_RECALL, {"participant": participant, "key": key}).one_or_none()
    return None if row is None else Saved(*row)


def remember(
    t: Transaction, *, participant: str, key: str, body_hash: str, status: int, response: bytes, now: datetime
) -> None:
    """Save an answer. The first one stays; raises IdempotencyClash when it belongs to another body."""
    row = {
        "participant": participant,
        "key": key,
        "body_hash": body_hash,
        "status": status,
        "response": response,
        "at": now,
    }
    if t.execute(_REMEMBER, row).rowcount == 0:
        saved = recall(t, participant, key)
        if saved is not None and saved.body_hash != body_hash:
            raise IdempotencyClash(key)


def forget(t: Transaction, before: datetime) -> int:
    """Remove answers saved before that time; return how many."""
    return t.execute(delete(idempotency).where(idempotency.c.at < before)).rowcount
