"""The broker room put together: one object that starts and stops everything between a request and its last effect."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from broker.chronicle import Chronicle
from broker.delivery import Delivery
from broker.exchange import Exchange
from broker.intake import Intake
from broker.ledger import Ledger
from broker.meters import Meters
from broker.outcomes import Outcomes
from broker.points import Reach, pass_by
from broker.port import Broker
from broker.relay import Relay
from broker.sealer import Sealer
from broker.status import StatusDesk
from broker.waiters import Waiters
from broker.webhook_secrets import WebhookSecrets
from broker.worker import Live, Worker
from connectors.http import HttpClient
from connectors.runtime import Systems
from pki.vault import Vault
from registry.codes import TrackingCode
from registry.journal import CheckpointSigner, MerkleTree
from registry.outbox import OutboxRow
from registry.snapshot import Current
from registry.store import Store


@dataclass(frozen=True, kw_only=True)
class FlowParts:
    """What the flow is made of. `clock` and the two sources of randomness are the site's own."""

    store: Store
    current: Current
    systems: Systems
    broker: Broker
    http: HttpClient
    vault: Vault
    secrets: WebhookSecrets
    tree: MerkleTree
    signer: CheckpointSigner
    sign: Callable[[Mapping[str, Any]], str]
    issue: Callable[[], TrackingCode]
    source: str
    lease: str
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    random: Random
    live: Live | None = None
    meters: Meters = field(default_factory=Meters)
    reach: Reach = pass_by


class Flow:
    """Relay, worker, delivery and sealer as tasks of one loop, and the exchange that the gateway calls."""

    def __init__(self, parts: FlowParts) -> None:
        self._parts = parts
        self.secrets = parts.secrets
        self._tasks: list[asyncio.Task[None]] = []
        self.relay = Relay(
            parts.store, parts.broker, lease=parts.lease, clock=parts.clock, meters=parts.meters, reach=parts.reach
        )
        ledger = Ledger(parts.store, lease=parts.lease, hand_over=self._hand_over)
        chronicle = Chronicle(parts.current, system_name="hub", lease=parts.lease, random=parts.random_bytes)
        waiters = Waiters()
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
            live=parts.live or (lambda _: (parts.lease,)),
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
        self.sealer = Sealer(parts.store, parts.tree, parts.signer, clock=parts.clock, meters=parts.meters)

    async def start(self) -> None:
        """Consume first, then relay: nothing is published that nobody takes."""
        await self._worker.start(self._parts.broker)
        await self._delivery.start(self._parts.broker)
        self._tasks = [
            asyncio.create_task(self.relay.run(), name="relay"),
            asyncio.create_task(self.sealer.run(), name="sealer"),
        ]

    async def stop(self) -> None:
        """Stop moving. What is unfinished stays owed in the ledger and goes on at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._parts.broker.close()

    def ready(self) -> dict[str, str]:
        """Say why the flow does not move; empty when it does."""
        return {task.get_name(): "stopped" for task in self._tasks if task.done()}

    def _hand_over(self, rows: Sequence[OutboxRow]) -> None:
        self.relay.hand_over(rows)
