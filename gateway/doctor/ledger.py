"""What the database tells: its schema, whose it is, who lives, what waits and for how long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from broker.port import HELD_BY_BROKER
from broker.pulse import calling
from broker.roles import EVERY
from gateway.doctor.findings import Finding, found
from pki.checkpoint import open_checkpoint
from pki.errors import PkiError, SignatureInvalid
from pki.vault import Vault
from registry import inquiries, inspection, journal, outbox, processes, sqlite
from registry.processes import ALIVE_WITHIN, Process
from registry.states import State
from registry.store import Store, Transaction

CLOCK_LIMIT = timedelta(seconds=3)
"""Processes tell by time who lives; a small part of `ALIVE_WITHIN` may be lost to clocks that differ."""
OVERDUE = timedelta(seconds=60)
UNSEALED = timedelta(seconds=60)
HOLDS = 3
"""So many spans after its last beat a process is dead beyond doubt, and worth a word."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was read from the database, at one moment."""

    depth: dict[str, dict[str, int]]
    next_due: datetime | None
    held: dict[str, int]
    parked: int
    unsealed: int
    oldest_unsealed: datetime | None
    checkpoint: str | None
    site_key: bytes | None
    processes: list[Process]


def schema(store: Store) -> list[Finding]:
    """Look at the schema; anything found here leaves nothing more to be read."""
    state = store.read_now(inspection.schema_state)
    return [] if state == "current" else [found(f"database.{state}")]


def look(transaction: Transaction) -> Ledger:
    """Read everything in one transaction."""
    head = journal.latest(transaction)
    return Ledger(
        depth=outbox.depth(transaction),
        next_due=outbox.next_due(transaction),
        held=inspection.holders(transaction),
        parked=sum(number for (_, state), number in inquiries.counts(transaction).items() if state is State.PARKED),
        unsealed=journal.unsealed(transaction),
        oldest_unsealed=inspection.oldest_unsealed(transaction),
        checkpoint=head.text if head else None,
        site_key=inspection.site_key(transaction),
        processes=processes.every(transaction),
    )


def clocks(store: Store, clock: Callable[[], datetime]) -> Iterator[Finding]:
    """Compare this machine's clock with the database's; on SQLite they are one."""
    before = clock()
    theirs = store.read_now(inspection.clock)
    if theirs is None:
        return
    after = clock()
    apart = max(before - theirs, theirs - after, timedelta())
    if apart > CLOCK_LIMIT:
        yield found("database.clock", seconds=apart.total_seconds())


def wal(store: Store) -> Iterator[Finding]:
    """Repeat the registry's warning of an old SQLite."""
    why = sqlite.caution() if store.dialect == "sqlite" else None
    if why is not None:
        yield found("database.wal", why=why)


def keys(seen: Ledger, vault: Vault | None, verifier_key: str | None) -> Iterator[Finding]:
    """See whether this machine's keys are those the database was written with."""
    if vault is not None and seen.site_key is not None:
        try:
            vault.seal(seen.site_key, b"", b"doctor")
        except PkiError:
            yield found("master_key.other")
    if verifier_key is not None and seen.checkpoint is not None:
        try:
            open_checkpoint(seen.checkpoint, [verifier_key])
        except SignatureInvalid as fault:
            yield found("signing_key.other", why=fault)


def roles(seen: Ledger, now: datetime) -> Iterator[Finding]:
    """See who lives and what nobody does."""
    live = [one for one in seen.processes if now - one.beat_at < ALIVE_WITHIN]
    if not live:
        yield found("processes.none")
    else:
        missing = {role.value for role in EVERY}.difference(*(one.role.split(",") for one in live))
        if missing:
            yield found("processes.role_missing", roles=", ".join(sorted(missing)))
    for one in seen.processes:
        if now - one.beat_at > HOLDS * ALIVE_WITHIN:
            seen_at = one.beat_at.isoformat(timespec="seconds")
            yield found("processes.dead", lease=one.lease, role=one.role, seen=seen_at)


def work(seen: Ledger, now: datetime, *, stopped: bool) -> Iterator[Finding]:
    """See what waits although it need not."""
    leases = {one.lease for one in seen.processes if now - one.beat_at < ALIVE_WITHIN}
    live = leases | {calling(lease) for lease in leases} | {HELD_BY_BROKER}
    dead = {lease: rows for lease, rows in seen.held.items() if lease not in live}
    if dead and not stopped:
        yield found("outbox.dead_leases", rows=sum(dead.values()), leases=", ".join(sorted(dead)))
    if seen.next_due is not None and now - seen.next_due > OVERDUE and not stopped:
        yield found("outbox.overdue", seconds=(now - seen.next_due).total_seconds())
    if seen.oldest_unsealed is not None and now - seen.oldest_unsealed > UNSEALED and not stopped:
        seconds = (now - seen.oldest_unsealed).total_seconds()
        yield found("journal.unsealed", leaves=seen.unsealed, seconds=seconds)
    if seen.parked:
        yield found("inquiries.parked", number=seen.parked)


def figures(seen: Ledger, now: datetime) -> dict[str, Any]:
    """Give what a person or a program wants to read beside the findings."""
    due = seen.next_due
    return {
        "processes": [
            {
                "lease": one.lease,
                "roles": one.role.split(","),
                "since": one.since.isoformat(timespec="seconds"),
                "heard_seconds_ago": round((now - one.beat_at).total_seconds(), 1),
            }
            for one in seen.processes
        ],
        "outbox": seen.depth,
        "outbox_next_due": due.isoformat(timespec="seconds") if due else None,
        "outbox_overdue_seconds": max(0.0, round((now - due).total_seconds(), 1)) if due else 0.0,
        "journal_unsealed": seen.unsealed,
        "parked": seen.parked,
    }
