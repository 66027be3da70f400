"""Saved answers: a request repeated under the same key gets the answer it got before."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from registry.portable import insert_new
from registry.prepared import Prepared
from registry.schema import Transaction, idempotency


class IdempotencyClash(Exception):
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


_SAVED = [idempotency.c.body_hash, idempotency.c.response, idempotency.c.status]
_RECALL = Prepared(
    select(*_SAVED).where(idempotency.c.participant == bindparam("participant"), idempotency.c.key == bindparam("key")),
    _SAVED,
)
_REMEMBER = Prepared(insert_new(idempotency, ["participant", "key", "body_hash", "status", "response", "at"]))


def recall(t: Transaction, participant: str, key: str) -> Saved | None:
    """Return the answer saved under the participant's key, or None."""
    row = _RECALL.one(t, {"participant": participant, "key": key})
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
    if _REMEMBER.count(t, row) == 0:
        saved = recall(t, participant, key)
        if saved is not None and saved.body_hash != body_hash:
            raise IdempotencyClash(key)


def forget(t: Transaction, before: datetime) -> int:
    """Remove answers saved before that time; return how many."""
    return t.execute(delete(idempotency).where(idempotency.c.at < before)).rowcount
