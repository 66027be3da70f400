"""The broker room put together: one object that starts and stops everything between a request and its last effect."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import structlog

from broker.chronicle import Chronicle
from broker.dead_letters import DeadLetters
from broker.deadlines import DeadlineClock
from broker.delivery import Delivery
from broker.dispatcher import Dispatcher
from broker.exchange import Exchange
from broker.following import Declare, Following
from broker.inbox import InboxDesk
from broker.intake import Intake
from broker.ledger import Ledger
from broker.meters import Meters
from broker.outcomes import Outcomes
from broker.points import Reach, pass_by
from broker.port import Broker
from broker.pulse import Pulse
from broker.relay import Relay
from broker.rescue import Rescue
from broker.retention import KEPT, Retention
from broker.roles import EVERY, Role
from broker.sealer import Sealer
from broker.site_secrets import SiteSecrets
from broker.status import StatusDesk
from broker.tidying import Tidying
from broker.waiters import Waiters
from broker.worker import Worker
from connectors.http import HttpClient
from connectors.instances.running import Instances
from connectors.runtime import Systems
from pki.vault import Vault
from registry import processes
from registry.codes import TrackingCode
from registry.journal import CheckpointSigner, MerkleTree
from registry.outbox import OutboxRow
from registry.snapshot import Current
from registry.store import Store, StoreUnavailable

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class FlowParts:
    """What the flow is made of. `clock` and the two sources of randomness are the site's own.

    `instances` follow the configuration, and `declare` makes the queues of new ones; without them the systems stay.
    `keep_replies` is how long recorded replies are kept. `only` limits a worker to systems. `durable` says that the
    broker outlives this process, `alone` that no other process works on this database.
    """

    store: Store
    current: Current
    systems: Systems
    broker: Broker
    http: HttpClient
    vault: Vault
    secrets: SiteSecrets
    tree: MerkleTree
    signer: CheckpointSigner
    sign: Callable[[Mapping[str, Any]], str]
    issue: Callable[[], TrackingCode]
    source: str
    lease: str
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    random: Random
    roles: frozenset[Role] = EVERY
    only: tuple[str, ...] = ()
    keep_replies: timedelta = KEPT
    durable: bool = False
    alone: bool = True
    meters: Meters = field(default_factory=Meters)
    reach: Reach = pass_by
    instances: Instances | None = None
    declare: Declare | None = None


class Flow:
    """Relay, worker, delivery and sealer as tasks of one loop, and the exchange that the gateway calls."""

    def __init__(self, parts: FlowParts) -> None:
        self._parts = parts
        self.secrets = parts.secrets
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._following = Following(
            parts.current, parts.systems, parts.instances, declare=parts.declare, serve=self._take_up
        )
        self.relay = Relay(
            parts.store,
            parts.broker,
            lease=parts.lease,
            clock=parts.clock,
            meters=parts.meters,
            scans=Role.RELAY in parts.roles,
            durable=parts.durable,
            reach=parts.reach,
        )
        self._pulse = Pulse(
            parts.store, lease=parts.lease, roles=parts.roles, clock=parts.clock, systems=parts.systems, only=parts.only
        )
        self._rescue = Rescue(
            parts.store, parts.broker, self._pulse, lease=parts.lease, look=self.relay.look, clock=parts.clock
        )
        ledger = Ledger(parts.store, lease=parts.lease, hand_over=self._hand_over, written=self._written)
        chronicle = Chronicle(parts.current, system_name="hub", random=parts.random_bytes)
        self._waiters = waiters = Waiters()
        self.retention = Retention(ledger, keep=parts.keep_replies, clock=parts.clock)
        self.deadlines = DeadlineClock(ledger, chronicle, parts.current, clock=parts.clock)
        self._dead_letters = DeadLetters(ledger=ledger, chronicle=chronicle, clock=parts.clock)
        self.exchange = Exchange(
            ledger=ledger,
            intake=Intake(
                vault=parts.vault,
                chronicle=chronicle,
                issue=parts.issue,
                effect_of=lambda system, operation: parts.systems.get(system).effect(operation),
                lease=parts.lease,
                clock=parts.clock,
                random=parts.random_bytes,
                reach=parts.reach,
            ),
            desk=StatusDesk(
                ledger=ledger,
                systems=parts.systems,
                chronicle=chronicle,
                vault=parts.vault,
                sign=parts.sign,
                clock=parts.clock,
            ),
            chronicle=chronicle,
            vault=parts.vault,
            waiters=waiters,
            clock=parts.clock,
            meters=parts.meters,
            reach=parts.reach,
        )
        self.inbox = InboxDesk(
            ledger=ledger,
            chronicle=chronicle,
            vault=parts.vault,
            waiters=waiters,
            broker=parts.broker,
            clock=parts.clock,
        )
        self._worker = Worker(
            ledger=ledger,
            systems=parts.systems,
            outcomes=Outcomes(
                vault=parts.vault,
                chronicle=chronicle,
                lease=parts.lease,
                clock=parts.clock,
                random=parts.random,
                reach=parts.reach,
            ),
            vault=parts.vault,
            waiters=waiters,
            clock=parts.clock,
            live=self._pulse.live,
            meters=parts.meters,
            reach=parts.reach,
        )
        self._delivery = Delivery(
            ledger=ledger,
            current=parts.current,
            http=parts.http,
            secrets=parts.secrets,
            source=parts.source,
            clock=parts.clock,
            random=parts.random,
            meters=parts.meters,
            reach=parts.reach,
        )
        self.dispatcher = Dispatcher(
            ledger=ledger,
            broker=parts.broker,
            current=parts.current,
            source=parts.source,
            clock=parts.clock,
            emits=parts.durable,
            alone=parts.alone,
        )
        self.sealer = Sealer(
            parts.store,
            parts.tree,
            parts.signer,
            clock=parts.clock,
            meters=parts.meters,
            lease=parts.lease,
        )

    async def start(self) -> None:
        """Consume first, then relay: nothing is published that nobody takes."""
        parts, roles = self._parts, self._parts.roles
        if parts.alone:
            # Whoever wrote to this database before is gone, however lately it was heard of.
            await parts.store.write(lambda t: processes.forget(t, parts.clock()))
        await self._pulse.beat()
        await parts.broker.notices(parts.lease, self._waiters.wake)
        if Role.WORKER in roles:
            await self._worker.start(parts.broker, parts.only)
            await self._dead_letters.start(parts.broker)
        if Role.DELIVERY in roles:
            await self._delivery.start(parts.broker)
        running = {"pulse": self._pulse.run(), "relay": self.relay.run()}
        if not parts.alone:
            running["snapshot"] = self._following.run()
        if Role.RELAY in roles:
            await self._rescue.adopt()
            loop = asyncio.get_running_loop()

            def look() -> None:
                loop.call_soon_threadsafe(self.relay.look)  # Notices are heard in a thread.

            parts.store.listen(look)
            running["rescue"] = self._rescue.run()
            running["deadlines"] = self.deadlines.run()
            running["tidying"] = Tidying(parts.store, self.retention, lease=parts.lease, clock=parts.clock).run()
            running["replays"] = self.exchange.replays.run()
        if Role.DELIVERY in roles:
            running["dispatcher"] = self.dispatcher.run()
        if Role.SEALER in roles:
            running["sealer"] = self.sealer.run()
        self._tasks = [asyncio.create_task(work, name=name) for name, work in running.items()]

    async def stop(self, drain: float = DRAIN_SECONDS) -> None:
        """Let calls under way end within `drain` seconds, then stop moving. What is unfinished stays owed in the ledger
        and goes on at the next start.
        """
        self._stopping = True
        self._parts.broker.quiesce()
        left = await self._worker.drain(drain)
        if left:
            log.warning("flow.calls_left", calls=left)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(StoreUnavailable):  # Then they are published again, and dropped as repetitions.
            await self.relay.mark()
        await self._parts.broker.close()
        await self._pulse.leave()

    def leave(self) -> None:
        """Be no longer ready, while everything still works: whoever sends callers here sends them elsewhere."""
        self._stopping = True

    def ready(self) -> dict[str, str]:
        """Say why the flow does not move; empty when it does."""
        if self._stopping:
            return {"flow": "stopping"}
        stopped = {task.get_name(): "stopped" for task in self._tasks if task.done()}
        trouble = self._parts.broker.trouble()
        return stopped if trouble is None else {**stopped, "broker": trouble}

    async def refresh(self) -> None:
        """Take over the newest configuration now. Raises StoreUnavailable, BrokerError."""
        await self._following.refresh()

    async def _take_up(self) -> None:
        if Role.WORKER in self._parts.roles:
            await self._worker.serve(self._parts.only)

    def _hand_over(self, rows: Sequence[OutboxRow]) -> None:
        self.relay.hand_over(rows)

    def _written(self) -> None:
        self.dispatcher.look()
