"""What a caller was answered under an idempotency key, kept in the transaction that accepts."""

from datetime import datetime
from typing import Any

import orjson

from broker.orders import Idempotency
from registry import idempotency
from registry.store import Transaction


def recall(transaction: Transaction, caller: str, idem: Idempotency | None) -> dict[str, Any] | None:
    """Return what was answered under this key. Raises IdempotencyClash where another body came with it."""
    if idem is None:
        return None
    saved = idempotency.recall(transaction, caller, idem.key)
    if saved is None:
        return None
    if saved.body_hash != idem.body_hash:
        raise idempotency.IdempotencyClash(idem.key)
    answer: dict[str, Any] = orjson.loads(saved.response)
    return answer


def remember(
    transaction: Transaction, caller: str, idem: Idempotency | None, answer: dict[str, Any], status: int, now: datetime
) -> None:
    """Keep an answer for the next time."""
    if idem is not None:
        idempotency.remember(
            transaction,
            participant=caller,
            key=idem.key,
            body_hash=idem.body_hash,
            status=status,
            response=orjson.dumps(answer),
            now=now,
        )
