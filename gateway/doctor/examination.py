"""The whole examination: every check once, a failing one beside the others."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from broker.roles import EVERY, Role
from gateway.doctor import ledger, own, queues
from gateway.doctor.findings import Finding, Severity, found
from gateway.settings import SettingsDamaged
from gateway.site import Site
from registry.store import Store, StoreUnavailable

GOOD, WRONG, UNTOLD = 0, 1, 2


@dataclass
class Report:
    """What was found, and figures beside it."""

    findings: list[Finding] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Exit status: 0 nothing is wrong, 1 something is, 2 that cannot be told."""
        severities = {finding.severity for finding in self.findings}
        if Severity.FAULT in severities:
            return WRONG
        return UNTOLD if Severity.UNKNOWN in severities else GOOD


def damaged(settings: SettingsDamaged) -> Report:
    """Report settings that cannot be read; nothing else can be looked at."""
    return Report([found("settings.damaged", what=line) for line in str(settings).splitlines()])


async def examine(
    site: Site, *, roles: Collection[Role] = EVERY, stopped: bool = False, free: own.Free = own.free_bytes
) -> Report:
    """Look at the deployment and change nothing. `stopped`: the hub is not meant to run now."""
    chosen = site.settings
    report = Report(list(own.settings(chosen)))
    sealed, vault = own.master_key(chosen)
    signed, verifier_key = own.signing_key(chosen)
    report.findings += [*sealed, *signed]
    try:
        store = await asyncio.to_thread(site.reader)
    except (StoreUnavailable, ValueError) as fault:
        report.findings.append(found("database.away", why=fault))
    else:
        try:
            await asyncio.to_thread(_read, site, store, report, stopped, vault, verifier_key)
        except StoreUnavailable as fault:
            report.findings.append(found("database.away", why=fault))
        finally:
            await store.close()
    if not chosen.embedded_broker:
        report.findings += await queues.queues(chosen.broker, site.catalogue.keys(), roles)
    report.findings += own.connectors(site)
    try:
        report.findings += own.disks(chosen, free)
    except OSError as fault:
        report.findings.append(found("check.impossible", check="disk", why=fault))
    return report


def _read(site: Site, store: Store, report: Report, stopped: bool, vault: Any, verifier_key: str | None) -> None:  # noqa: FBT001 - called by position through a thread.
    findings = ledger.schema(store)
    report.findings += findings
    if findings:
        return
    report.findings += ledger.wal(store)
    report.findings += ledger.clocks(store, site.clock)
    seen = store.read_now(ledger.look)
    now = site.clock()
    report.figures = ledger.figures(seen, now)
    report.findings += ledger.keys(seen, vault, verifier_key)
    if not stopped:
        report.findings += ledger.roles(seen, now)
    report.findings += ledger.work(seen, now, stopped=stopped)
