"""All configured connectors: what the broker asks. Wiring of catalogue, settings and guards."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from random import Random

from connectors.auth_body import Encrypting
from connectors.auth_envelope import envelope_signer
from connectors.catalogue import Connected
from connectors.drift import DriftWatch, shapes_of
from connectors.faults import Clock
from connectors.guarded import Guarded, OnState
from connectors.port import Connector
from connectors.quota import DailyQuota, Untold
from connectors.reach import ConnectorSettings, Reach, Sign
from connectors.resilience import Sleep
from connectors.status import Status
from connectors.system import System

__all__ = ["ConnectorSettings", "OnState", "Status", "System", "Systems", "UnknownSystem", "build_systems"]


class UnknownSystem(LookupError):
    """No connector has this name."""


class Systems:
    """All configured systems by name."""

    def __init__(self, systems: Mapping[str, System]) -> None:
        self._systems = dict(systems)
        self._retiring: set[asyncio.Task[None]] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """The names, sorted."""
        return tuple(sorted(self._systems))

    def get(self, name: str) -> System:
        """The system of this name. Raises UnknownSystem."""
        try:
            return self._systems[name]
        except KeyError as missing:
            raise UnknownSystem(f"there is no connector {name!r}") from missing

    def find(self, name: str) -> System | None:
        """The system of this name, or None."""
        return self._systems.get(name)

    def statuses(self) -> dict[str, Status]:
        """How every system fares at this instant."""
        return {name: system.status for name, system in self._systems.items()}

    def untold(self, now: datetime) -> dict[str, tuple[DailyQuota, Untold]]:
        """Calls of today that other processes have not been told of, by system, with whoever counts them."""
        return {name: (system.quota, system.quota.untold(now)) for name, system in self._systems.items()}

    def put(self, systems: Mapping[str, System]) -> None:
        """Add these, or put them in the place of those of their names."""
        self._systems |= systems

    async def replace(self, systems: Mapping[str, System], gone: Iterable[str]) -> None:
        """Put these in force and take others away. The former ones are closed when their last call must have ended."""
        former = [old for name in (*systems, *gone) if (old := self._systems.get(name)) is not None]
        self._systems = {name: one for name, one in self._systems.items() if name not in set(gone)} | dict(systems)
        for old in former:
            task = asyncio.create_task(_retire(old))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    def __iter__(self) -> Iterator[System]:
        return iter(self._systems.values())

    def translate_with(self, catalogue: Mapping[str, Connected]) -> None:
        """Take the mapping documents of this catalogue for every system of its folders, from the next call on."""
        folders = {connected.folder: connected for connected in catalogue.values()}
        for system in self._systems.values():
            if (connected := folders.get(system.folder)) is not None:
                system.translate_with(connected)

    async def close(self) -> None:
        """Give back all connections."""
        for task in list(self._retiring):
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        for system in self._systems.values():
            await system.close()


async def _retire(system: System) -> None:
    """Close it when its last call has surely ended, or now if this is cancelled."""
    try:
        await asyncio.sleep(max(system.seconds_for(operation) for operation in system.manifest.operations))
    finally:
        await system.close()


def _no_listener(_system: str, _state: str, _reason: str) -> None:
    """Nobody wants to hear of breakers."""


def _with_signers(reach: Reach) -> Reach:
    """The reach with what signs envelopes by profile; a signer handed in stands over it."""
    if reach.sign is not None:
        return reach
    usual = reach.auth("")
    own = {
        name: envelope_signer(reach, reach.auth(name), name)
        for name in reach.manifest.operations
        if reach.auth(name) != usual
    }
    return replace(reach, sign=envelope_signer(reach, usual, ""), signs=own)


def _guarding(reach: Reach, connector: Connector) -> Connector:
    """The connector behind what changes its messages; most have nothing of the kind."""
    if any(operation.encrypted for operation in reach.manifest.operations.values()):
        return Encrypting(reach, connector)
    return connector


def build_systems(
    catalogue: Mapping[str, Connected],
    settings: Mapping[str, ConnectorSettings],
    *,
    clock: Clock,
    random: Random,
    on_state: OnState = _no_listener,
    sign: Mapping[str, Sign] | None = None,
    sleep: Sleep = asyncio.sleep,
) -> Systems:
    """Configure every folder of the catalogue. `sign` holds, by system, what signs its SOAP envelopes."""
    systems = {}
    for name, connected in catalogue.items():
        own = settings.get(name, ConnectorSettings())
        reach = Reach(
            manifest=connected.manifest,
            folder=connected.folder,
            address=own.address_of(connected.folder),
            settings=own,
            clock=clock,
            sign=(sign or {}).get(name),
        )
        reach = _with_signers(reach)
        guarded = Guarded(
            connected.manifest,
            own,
            _guarding(reach, connected.create_connector(reach)),
            clock=clock,
            on_state=on_state,
            sleep=sleep,
        )
        drifts = DriftWatch(shapes_of(connected.manifest, connected.folder), clock)
        systems[name] = System(connected, own, guarded, clock=clock, random=random, sleep=sleep, drifts=drifts)
    return Systems(systems)
