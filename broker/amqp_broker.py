"""The broker port on RabbitMQ: two connections, one that publishes and one that consumes."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import structlog

from broker.amqp_address import read_address
from broker.amqp_consumption import Consumption, Refused
from broker.amqp_dead import DeadDesk
from broker.amqp_envelope import Properties, Refusal, wrap
from broker.amqp_errors import LaneClosed
from broker.amqp_events import Listening, pack_event
from broker.amqp_keeper import Keeper
from broker.amqp_office import Office
from broker.amqp_publisher import WINDOW, Publisher
from broker.port import (
    DELIVERY_LIMIT,
    BrokerError,
    BrokerUnavailable,
    DeadHandler,
    EventHandler,
    Handler,
    Message,
    NoticeHandler,
)
from broker.rabbitmq import Link
from broker.topology import DEAD, EVENTS, NOTICE, WORK

log = structlog.get_logger(__name__)

PAUSE = 1.5
"""Seconds between the two looks of `idle`: counts lag behind after a node's restart."""
PATIENCE = 10.0
"""Seconds between two tries of a queue that is missing."""
ROLL_SECONDS = 2.0
LOOK_SECONDS = 5.0


class RabbitMqBroker:
    """Filled structurally to `broker.port.Broker`. Needs the topology that `broker.topology.declare` made.

    `lease` names this process on the broker. `refused` hears of every message that was not ours to execute, after it
    went to the dead letters. A broker that is away is waited for in the background; `trouble()` says so meanwhile.
    """

    def __init__(
        self,
        url: str,
        *,
        lease: str,
        random: Random,
        refused: Refused | None = None,
        window: int = WINDOW,
        pause: float = PAUSE,
        patience: float = PATIENCE,
        limit: int = DELIVERY_LIMIT,
    ) -> None:
        address = read_address(url)
        self._pause = pause
        self._patience = patience
        self._limit = limit
        self._missing: dict[str, str] = {}
        self._again: asyncio.Task[None] | None = None
        self._lease = lease
        self._heard = refused
        self._closed = False
        self._quiescent = False
        self._publisher = Publisher(address, f"{lease} publishes", random=random, window=window)
        self._keeper = Keeper(address, f"{lease} consumes", prepare=self._prepare, release=self._release, random=random)
        self._office = Office(lease, send=self._send_notice, held=self._held)
        self._consumed: dict[str, Consumption] = {}
        self._desk: DeadDesk | None = None
        self._listening: list[Listening] = []

    async def start(self) -> None:
        """Connect. Returns after the first try, whatever its end: a broker that is away comes later."""
        await asyncio.gather(self._publisher.keeper.start(), self._keeper.start())

    async def ready(self) -> None:
        """Wait until both connections are up."""
        await asyncio.gather(self._publisher.keeper.wait_up(), self._keeper.wait_up())

    def trouble(self) -> str | None:
        """Say in words why the broker cannot be used now; None when it can."""
        alarm = "the broker has an alarm (memory or disk) and takes nothing" if self._publisher.blocked else None
        missing = "; ".join(self._missing.values()) or None
        return self._publisher.keeper.trouble or self._keeper.trouble or alarm or missing

    async def publish(self, message: Message) -> None:
        """Publish persistently; return with the confirm."""
        if self._closed:
            raise BrokerUnavailable("the broker's connection is closed")
        await self._publisher.publish(WORK, message.queue, message.body, wrap(message), mandatory=True)

    async def consume(self, queue: str, handler: Handler, *, prefetch: int) -> None:
        """Consume a queue that `declare` made, through every reconnect.

        One that is missing or may not be read is trouble, named, and tried again; the other queues go on meanwhile.
        """
        if queue in self._consumed:
            raise ValueError(f"{queue} is consumed already")
        taken = self._consumed[queue] = Consumption(
            queue, handler, prefetch=prefetch, refused=self._refuse, limit=self._limit
        )
        if self._keeper.trouble is None:
            await self._office.enrol(queue)
            await self._subscribe(queue, taken, self._keeper.link)

    async def dead(self, handler: DeadHandler) -> None:
        """Consume the dead letters, one at a time."""
        if self._desk is not None:
            raise ValueError("the dead letters are consumed already")
        self._desk = DeadDesk(handler)
        if self._keeper.trouble is None:
            await self._subscribe(DEAD, self._desk, self._keeper.link)

    async def notice(self, lease: str, inquiry_id: str) -> None:
        """Wake another process; without confirm, and forgotten when the broker is away."""
        try:
            self._office.tell(lease, inquiry_id)
        except BrokerUnavailable as away:
            log.info("notice.lost", lease=lease, inquiry=inquiry_id, reason=str(away))

    async def notices(self, lease: str, handler: NoticeHandler) -> None:
        """Attend to this process's notices."""
        await self._office.attend(lease, handler)

    async def emit(self, event: Mapping[str, Any], routing_key: str) -> None:
        """Publish a CloudEvent in binary mode; return with the confirm."""
        properties, body = pack_event(event)
        await self._publisher.publish(EVENTS, routing_key, body, properties)

    async def listen(self, pattern: str, handler: EventHandler) -> None:
        """Listen on a private queue. Events of a time without connection are missed."""
        listening = Listening(pattern, handler)
        self._listening.append(listening)
        if self._keeper.trouble is None:
            await listening.subscribe(self._keeper.link, self._private(len(self._listening)))

    async def depth(self, queue: str) -> int | None:
        """Count what is ready; None when there is no such queue or no broker."""
        look = await self._look(queue)
        return None if look is None else look[0]

    async def idle(self, queue: str) -> bool:
        """Look twice, with a pause; each time nothing may be ready and no consumer anywhere may hold anything."""
        if not await self._rests(queue):
            return False
        await asyncio.sleep(self._pause)
        return await self._rests(queue)

    def quiesce(self) -> None:
        """Take no more messages, so that other processes get them; those that are being handled go on."""
        self._quiescent = True
        for taken in self._consumed.values():
            taken.quiesce()

    async def close(self) -> None:
        """Stop at once. What is unacknowledged goes back to its queue, what is unconfirmed stays owed."""
        self._closed = True
        await asyncio.gather(*(taken.close() for taken in self._consumed.values()))
        if self._desk is not None:
            await self._desk.close()
        await asyncio.gather(self._keeper.close(), self._publisher.keeper.close())

    async def _prepare(self, link: Link) -> None:
        self._missing.clear()
        try:
            await self._office.open(link, self._keeper.times)
            for queue, taken in self._consumed.items():
                await self._office.enrol(queue)
                await self._subscribe(queue, taken, link)
            if self._desk is not None:
                await self._subscribe(DEAD, self._desk, link)
            for number, listening in enumerate(self._listening, 1):
                await listening.subscribe(link, self._private(number))
        except BrokerUnavailable:
            raise
        except BrokerError as fault:
            raise BrokerUnavailable(f"its queues cannot be used: {fault}; `hub init` makes them") from fault

        self._again = asyncio.get_running_loop().create_task(self._retry(link), name=f"{self._lease} missing queues")

    def _release(self, _reason: str) -> None:
        self._office.closed()
        if self._again is not None:
            self._again.cancel()

    async def _subscribe(self, queue: str, taken: Consumption | DeadDesk, link: Link) -> None:
        if self._quiescent:
            return
        try:
            await taken.subscribe(link)
        except LaneClosed as closed:
            self._missing[queue] = f"{queue} cannot be consumed: {closed}"
            log.error("queue.missing", queue=queue, reason=str(closed), advice="hub init makes it")  # noqa: TRY400 - the reason says all.
        else:
            self._missing.pop(queue, None)

    async def _retry(self, link: Link) -> None:
        """Look from time to time whether somebody has made the queues that were missing."""
        while True:
            await asyncio.sleep(self._patience)
            for queue in list(self._missing):
                taken = self._desk if queue == DEAD else self._consumed[queue]
                if taken is not None:
                    with suppress(BrokerUnavailable):  # The keeper hears of it as well.
                        await self._subscribe(queue, taken, link)

    def _private(self, number: int) -> str:
        return f"hub.notice.{self._lease}.{self._keeper.times}.events.{number}"

    def _refuse(self, queue: str, refusal: Refusal) -> None:
        log.warning("message.refused", queue=queue, code=refusal.code, reason=refusal.text)
        if self._heard is not None:
            asyncio.get_running_loop().call_soon(self._heard, queue, refusal)

    def _held(self, queue: str) -> int:
        taken = self._consumed.get(queue)
        return taken.unacknowledged if taken else 0

    def _send_notice(self, key: str, body: bytes, properties: Properties) -> None:
        self._publisher.send(NOTICE, key, body, properties)

    async def _rests(self, queue: str) -> bool:
        look = await self._look(queue)
        if look is None or look[0]:
            return False
        if not look[1]:
            return True
        try:
            return await self._office.call_roll(queue, look[1], ROLL_SECONDS) == 0
        except BrokerUnavailable:
            return False

    async def _look(self, queue: str) -> tuple[int, int] | None:
        """Give (messages ready, consumers) of a queue. On the consuming link: an alarm does not stop it."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                lane = await self._keeper.link.lane(expendable=True)
                found = await lane.declare_queue(queue, passive=True)
        except (BrokerError, TimeoutError):
            return None
        lane.close()
        return found
