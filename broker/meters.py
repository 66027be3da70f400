"""What is counted at every stage of the flow, under the same names whatever database and broker are used.

Labels are names of the catalogue only: never a code, a person or a text from outside.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest

from connectors.resilience import BreakerState
from connectors.runtime import Status
from registry import backlog
from registry.store import Store

CONTENT_TYPE = CONTENT_TYPE_LATEST

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)
"""Bucket bounds: from a look-up on the same machine to the slowest portal known."""

COUNTED = 10_000
"""Outbox rows that are counted at most, so that looking costs the same in the worst hour."""


class Meters:
    """The counters of one process. Each process has a registry of its own, so that tests do not meet."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self.accepted = Counter(
            "hub_inquiries_accepted", "Inquiries accepted", ["service", "channel"], registry=self.registry
        )
        self.ended = Counter(
            "hub_calls_ended", "Calls to systems by outcome", ["system", "outcome"], registry=self.registry
        )
        self.call_seconds = Histogram(
            "hub_call_seconds", "Duration of calls to systems", ["system"], buckets=SECONDS, registry=self.registry
        )
        self.drift = Counter(
            "hub_contract_drift",
            "Fields and values in replies that the contract does not know",
            ["system", "operation", "kind"],
            registry=self.registry,
        )
        self.pushes = Counter(
            "hub_status_pushes", "Status pushes by result", ["system", "result"], registry=self.registry
        )
        self.published = Counter(
            "hub_outbox_published", "Outbox rows the broker has taken", ["kind"], registry=self.registry
        )
        self.deliveries = Counter("hub_deliveries", "Webhook deliveries by result", ["result"], registry=self.registry)
        self.sealed = Counter("hub_journal_sealed_leaves", "Journal leaves sealed", registry=self.registry)
        self.outbox = Gauge(
            "hub_outbox_rows",
            f"Outbox rows now, of the oldest {COUNTED:,} where hub_outbox_counted_whole is 0",
            ["system", "state"],
            registry=self.registry,
        )
        self.outbox_whole = Gauge(
            "hub_outbox_counted_whole", "1 while hub_outbox_rows counts every row", registry=self.registry
        )
        self.outbox_at_most = Gauge(
            "hub_outbox_rows_at_most", "There are no more outbox rows than this", registry=self.registry
        )
        self.systems = Gauge(
            "hub_system_state", "1 for what is so of a system now", ["system", "state"], registry=self.registry
        )
        self.calls = Gauge("hub_system_calls", "Calls to a system under way", ["system"], registry=self.registry)
        self.commits = Gauge("hub_store_commits", "Transactions committed by this process", registry=self.registry)
        self.acts = Gauge("hub_store_acts", "Writing acts kept in them", registry=self.registry)

    def see(self, statuses: Mapping[str, Status]) -> None:
        """Take over how the systems fare, as this process sees them."""
        for name, status in statuses.items():
            self.calls.labels(name).set(status.calls)
            states = {
                "breaker_open": status.breaker is not BreakerState.CLOSED,
                "closed": status.opens_at is not None,
                "disabled": not status.enabled,
                "paused": status.paused,
            }
            for state, so in states.items():
                self.systems.labels(name, state).set(so)

    async def exposition(self, store: Store) -> bytes:
        """Write everything as OpenMetrics text, the ledger's own figures read now. Raises StoreUnavailable."""
        found = await store.read(lambda t: backlog.count(t, COUNTED))
        self.outbox_whole.set(found.whole)
        self.outbox_at_most.set(found.at_most)
        self.outbox.clear()
        for system, states in found.rows.items():
            for state, rows in states.items():
                self.outbox.labels(system, state).set(rows)
        self.commits.set(store.commits)
        self.acts.set(store.acts)
        text: bytes = generate_latest(self.registry)
        return text
