"""Status events to subscribers: signed webhooks by Standard Webhooks, every attempt on record.

The dispatcher owes one delivery row to each subscription that may see the case; each is posted until the subscriber
answers 2xx. The events of a case are told in their order: a row whose elder is still there waits for its turn. A
subscriber that answers 410 is gone: its subscription is disabled, with the reason.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import orjson
import structlog

from broker import cloudevents
from broker.ledger import Ledger
from broker.meters import Meters
from broker.points import FlowPoint, Reach, pass_by
from broker.port import Broker, Message, work_queue
from broker.site_secrets import SiteSecrets
from connectors.http import HttpClient, TransportError
from pki import webhook
from registry import events, outbox, subscriptions
from registry.snapshot import Current
from registry.store import Transaction
from registry.subscriptions import Subscription

log = structlog.get_logger(__name__)

SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Waits between attempts, as Standard Webhooks recommends: about three days in all."""
TIMEOUT = 15.0
TURN = timedelta(seconds=10)
"""When a row that waits for its elder looks again by itself; usually the elder wakes it at once."""
TAKEN = 2  # The class of statuses by which a subscriber says that it has the event.
GONE = 410


class Delivery:
    """Consumes the queue `hub.delivery`."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        current: Current,
        http: HttpClient,
        secrets: SiteSecrets,
        source: str,
        clock: Callable[[], datetime],
        random: Random,
        meters: Meters,
        reach: Reach = pass_by,
    ) -> None:
        self._ledger = ledger
        self._current = current
        self._http = http
        self._secrets = secrets
        self._source = source
        self._clock = clock
        self._random = random
        self._meters = meters
        self._reach = reach

    async def start(self, broker: Broker) -> None:
        """Consume the queue."""
        await broker.consume(work_queue("delivery", ""), self.deliver, prefetch=32)

    async def deliver(self, message: Message) -> None:
        """Post one event to one subscriber and record the attempt."""
        if not await self._ledger.write(lambda t, _: self._is_its_turn(t, message)):
            return
        asked = orjson.loads(message.body)
        event, item = await self._ledger.look_up(
            lambda t: (events.get(t, asked["event"]), subscriptions.get(t, asked["subscription"]))
        )
        if event is None or item is None or item.state == "disabled":
            await self._ledger.write(lambda t, _: self._end(t, message))
        elif item.state == "paused":
            later = self._clock() + SCHEDULE[1]
            await self._ledger.write(lambda t, _: outbox.defer(t, message.row, later))
            return
        else:
            status, error = await self._post(item, event)
            self._reach(FlowPoint.DELIVERY_POSTED)
            await self._ledger.write(lambda t, _: self._record(t, message, item, event.id, status, error))
            self._meters.deliveries.labels("unreached" if status is None else f"{status // 100}xx").inc()
            if status == GONE:
                await self._current.refresh()
        self._ledger.wake()

    def _is_its_turn(self, transaction: Transaction, message: Message) -> bool:
        """Tell whether no older row is about the same case (and subscription); one that must wait is deferred."""
        elder = outbox.oldest(transaction, kind=message.kind, ref=message.ref)
        if elder is None or elder[0] >= message.row:
            return True
        outbox.defer(transaction, message.row, max(elder[1], self._clock()) + TURN)
        return False

    def _end(self, transaction: Transaction, message: Message) -> None:
        """Settle the row and let the next one about the same case fall due."""
        outbox.settle(transaction, message.row)
        outbox.release(transaction, kind="delivery", ref=message.ref, now=self._clock())

    async def _post(self, item: Subscription, event: events.StatusEvent) -> tuple[int | None, str | None]:
        body = cloudevents.pack(event, source=self._source)
        secrets = self._secrets.open(item.id, item.secret_sealed)
        headers = webhook.sign(secrets, event.id, int(self._clock().timestamp()), body)
        headers["content-type"] = "application/cloudevents+json; charset=utf-8"
        try:
            reply = await self._http.send("POST", item.url, headers=headers, content=body, timeout=TIMEOUT)
        except TransportError as fault:
            return None, f"{type(fault).__name__}: {fault}"
        return reply.status, None

    def _record(
        self,
        transaction: Transaction,
        message: Message,
        item: Subscription,
        event_id: str,
        status: int | None,
        error: str | None,
    ) -> None:
        now = self._clock()
        done = status is not None and status // 100 == TAKEN
        subscriptions.record_attempt(
            transaction,
            subscription_id=item.id,
            event_id=event_id,
            number=message.tries + 1,
            at=now,
            status=status,
            error=error,
            done=done,
        )
        if done:
            self._end(transaction, message)
        elif status == GONE:
            self._end(transaction, message)
            subscriptions.set_state(transaction, item.id, "disabled", reason="the subscriber answered 410 Gone")
        elif message.tries >= len(SCHEDULE):
            self._end(transaction, message)
            log.warning("delivery.given_up", subscription=item.id, event_id=event_id, status=status)
        else:
            wait = SCHEDULE[message.tries] * (1 + self._random.random() / 5)
            outbox.postpone(transaction, message.row, due_at=now + wait)
