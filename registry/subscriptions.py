"""Subscriptions of participants to events, and every attempt to deliver one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select, update

from registry.portable import upsert
from registry.schema import Transaction, delivery_attempts, subscriptions

SubscriptionState = Literal["active", "paused", "disabled"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a participant wants which event types sent; `*` in `types` is every type. The secret is ciphertext."""

    id: str
    participant: str
    url: str
    types: tuple[str, ...]
    secret_sealed: bytes
    state: SubscriptionState
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt. `status` is the HTTP status, None when none came; `done` ends the delivery."""

    subscription_id: str
    event_id: str
    number: int
    at: datetime
    status: int | None
    error: str | None
    done: bool


_COLUMNS = [subscriptions.c[name] for name in Subscription.__dataclass_fields__]
_ATTEMPTS = [delivery_attempts.c[name] for name in DeliveryAttempt.__dataclass_fields__]
_PUT = upsert(subscriptions)


def put(t: Transaction, subscription: Subscription) -> None:
    """Add the subscription, or replace it."""
    t.execute(_PUT, {name: getattr(subscription, name) for name in Subscription.__dataclass_fields__})


def get(t: Transaction, subscription_id: str) -> Subscription | None:
    """Return the subscription, or None."""
    row = t.execute(select(*_COLUMNS).where(subscriptions.c.id == subscription_id)).one_or_none()
    return None if row is None else _subscription(tuple(row))


def every(t: Transaction, participant: str | None = None) -> list[Subscription]:
    """Return all subscriptions (of one participant), oldest first."""
    query = select(*_COLUMNS).order_by(subscriptions.c.id)
    if participant is not None:
        query = query.where(subscriptions.c.participant == participant)
    return [_subscription(tuple(row)) for row in t.execute(query)]


def set_state(t: Transaction, subscription_id: str, state: SubscriptionState, reason: str | None = None) -> bool:
    """Pause, resume or disable; False when there is no such subscription."""
    statement = update(subscriptions).where(subscriptions.c.id == subscription_id).values(state=state, reason=reason)
    return t.execute(statement).rowcount == 1


def record_attempt(
    t: Transaction,
    *,
    subscription_id: str,
    event_id: str,
    number: int,
    at: datetime,
    status: int | None,
    error: str | None,
    done: bool,
) -> None:
    """Write down one attempt to deliver an event."""
    attempt = DeliveryAttempt(subscription_id, event_id, number, at, status, error, done)
    row = {name: getattr(attempt, name) for name in DeliveryAttempt.__dataclass_fields__}
    t.execute(delivery_attempts.insert(), row)


def attempts(t: Transaction, subscription_id: str, event_id: str | None = None) -> list[DeliveryAttempt]:
    """Return the attempts of a subscription (for one event), oldest first."""
    query = select(*_ATTEMPTS).where(delivery_attempts.c.subscription_id == subscription_id)
    if event_id is not None:
        query = query.where(delivery_attempts.c.event_id == event_id)
    return [DeliveryAttempt(*row) for row in t.execute(query.order_by(delivery_attempts.c.id))]


def delivered(t: Transaction, subscription_id: str, event_id: str) -> bool:
    """Tell whether the event's delivery to the subscription is done."""
    query = select(func.count()).where(
        delivery_attempts.c.subscription_id == subscription_id,
        delivery_attempts.c.event_id == event_id,
        delivery_attempts.c.done,
    )
    return bool(t.execute(query).scalar_one())


_TYPES = list(Subscription.__dataclass_fields__).index("types")


def _subscription(row: tuple[Any, ...]) -> Subscription:
    values = list(row)
    values[_TYPES] = tuple(values[_TYPES])
    return Subscription(*values)
