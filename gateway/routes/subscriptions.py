"""Webhook subscriptions: where a participant wants which events sent, signed by Standard Webhooks."""

from dataclasses import replace

from fastapi import APIRouter, Request

from broker import stages
from gateway import views
from gateway.bodies import SubscriptionRequest
from gateway.documentation import described
from gateway.parts import caller_of, parts_of
from gateway.problems import FieldProblem, Problem
from gateway.reading import read, read_nothing
from gateway.replies import JsonReply
from gateway.targets import check_target
from pki.webhook import new_secret
from registry import subscriptions
from registry.ids import new_id
from registry.store import Transaction
from registry.subscriptions import Subscription, SubscriptionState

router = APIRouter(tags=["subscriptions"])

MOST = 100  # For one participant.
TYPES = frozenset(
    {
        "*",
        stages.STATUS,
        *(text.type for text in vars(stages).values() if isinstance(text, stages.StageText)),
    }
)
"""Event types one can subscribe to; `*` is every one of them."""


def _own(transaction: Transaction, subscription_id: str, participant: str) -> Subscription:
    found = subscriptions.get(transaction, subscription_id)
    if found is None or found.participant != participant:
        raise Problem("subscription.unknown")
    return found


def _check_types(types: list[str]) -> tuple[str, ...]:
    errors = [
        FieldProblem(f"/types/{index}", "subscription.type", "این نوع رویداد نیست.", "There is no such event type.")
        for index, name in enumerate(types)
        if name not in TYPES
    ]
    if errors:
        raise Problem("request.invalid", errors=errors)
    return tuple(dict.fromkeys(types))


@router.post(
    "/v1/subscriptions",
    **described(
        "Subscribe; the answer shows the secret, this once only",
        body=SubscriptionRequest,
        status=201,
        problems=("subscription.too_many",),
    ),
)
async def subscribe(request: Request) -> JsonReply:
    """Add a subscription of the caller's."""
    parts, caller = parts_of(request), caller_of(request).identifier
    body = await read(request, SubscriptionRequest)
    now, secret = parts.clock(), new_secret(random=parts.random)
    identifier = new_id(now, parts.random)
    fresh = Subscription(
        id=identifier,
        participant=caller,
        url=check_target(body.url),
        types=_check_types(body.types),
        secret_sealed=parts.secrets.seal(identifier, [secret]),
        state="active",
        reason=None,
        created_at=now,
    )

    def act(transaction: Transaction) -> None:
        if len(subscriptions.every(transaction, caller)) >= MOST:
            raise Problem("subscription.too_many")
        subscriptions.put(transaction, fresh)

    await parts.store.write(act)
    await parts.current.refresh()
    location = {"Location": f"/v1/subscriptions/{identifier}"}
    return JsonReply(views.subscription_view(fresh) | {"secret": secret}, 201, location)


@router.get("/v1/subscriptions", **described("The caller's subscriptions"))
async def list_subscriptions(request: Request) -> JsonReply:
    """List the caller's subscriptions, oldest first, without secrets."""
    caller = caller_of(request).identifier
    found = await parts_of(request).store.read(lambda t: subscriptions.every(t, caller))
    return JsonReply({"subscriptions": [views.subscription_view(one) for one in found]})


@router.get("/v1/subscriptions/{subscription_id}", **described("One subscription", problems=("subscription.unknown",)))
async def see_subscription(request: Request, subscription_id: str) -> JsonReply:
    """Show a subscription of the caller's, without its secret."""
    caller = caller_of(request).identifier
    found = await parts_of(request).store.read(lambda t: _own(t, subscription_id, caller))
    return JsonReply(views.subscription_view(found))


_CHANGE = ("subscription.unknown", "subscription.disabled", "body.unexpected")


@router.post("/v1/subscriptions/{subscription_id}/pause", **described("Stop deliveries for now", problems=_CHANGE))
async def pause(request: Request, subscription_id: str) -> JsonReply:
    """Pause a subscription; doing it twice is fine."""
    return await _set(request, subscription_id, "paused")


@router.post("/v1/subscriptions/{subscription_id}/resume", **described("Deliver again", problems=_CHANGE))
async def resume(request: Request, subscription_id: str) -> JsonReply:
    """Resume a paused subscription, or one that was disabled because its subscriber was gone."""
    return await _set(request, subscription_id, "active")


async def _set(request: Request, subscription_id: str, state: SubscriptionState) -> JsonReply:
    parts, caller = parts_of(request), caller_of(request).identifier
    await read_nothing(request)

    def act(transaction: Transaction) -> Subscription:
        found = _own(transaction, subscription_id, caller)
        if found.state == "disabled" and state == "paused":
            raise Problem("subscription.disabled")
        subscriptions.set_state(transaction, subscription_id, state)
        return replace(found, state=state, reason=None)

    changed = await parts.store.write(act)
    await parts.current.refresh()
    return JsonReply(views.subscription_view(changed))


@router.post(
    "/v1/subscriptions/{subscription_id}/rotate",
    **described("A new secret, shown this once; the one before it signs beside it until the next", problems=_CHANGE),
)
async def rotate(request: Request, subscription_id: str) -> JsonReply:
    """Give the subscription a new secret; messages carry two signatures until the next rotation."""
    parts, caller = parts_of(request), caller_of(request).identifier
    await read_nothing(request)
    secret = new_secret(random=parts.random)

    def act(transaction: Transaction) -> Subscription:
        found = _own(transaction, subscription_id, caller)
        previous = parts.secrets.open(subscription_id, found.secret_sealed)[:1]
        changed = replace(found, secret_sealed=parts.secrets.seal(subscription_id, [secret, *previous]))
        subscriptions.put(transaction, changed)
        return changed

    changed = await parts.store.write(act)
    await parts.current.refresh()
    return JsonReply(views.subscription_view(changed) | {"secret": secret})
