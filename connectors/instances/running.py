"""The instances a process works with: built from the newest configuration, taken over while calls go on.

Every folder of the catalogue is an instance under its own name, as ever; the configuration changes these and adds more.
What cannot be built is refused whole: the instances there are go on as they are.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import structlog
from pydantic import ValidationError

from connectors.catalogue import CatalogueError, Connected
from connectors.instances.settings import InstanceSettings, model_for, named, settled
from connectors.reach import ConnectorSettings
from connectors.runtime import Systems
from connectors.secrets import Opener, SecretUnusable
from connectors.system import System
from pki.errors import PkiError
from registry.configuration.revisions import InForce

log = structlog.get_logger(__name__)


class InstancesUnusable(ValueError):
    """A configuration with which no process can work. `problems` say why, by instance; they hold no secret."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance ready to be built: the folder under its name, and its settings with secrets in clear."""

    connected: Connected
    settings: ConnectorSettings

    @property
    def name(self) -> str:
        """The name of its queue, its services, its limiter."""
        return self.connected.name


Build = Callable[[Mapping[str, Connected], Mapping[str, ConnectorSettings]], Systems]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What instances are made of. `shipped` says what `hub.toml` sets for a system, its secrets in clear."""

    catalogue: Callable[[], Mapping[str, Connected]]
    shipped: Callable[[str], ConnectorSettings]
    vault: Callable[[], Opener]
    build: Build


def lay_out(ground: Ground, configuration: InForce, *, only: str | None = None) -> dict[str, Instance]:
    """Every instance of a configuration, by name, or the one of that name if there is one. Raises InstancesUnusable."""
    catalogue = ground.catalogue()
    written: Mapping[str, Any] = configuration.document.get("connectors", {})
    found: dict[str, Instance] = {}
    wrong: dict[str, str] = {}
    for name in sorted(catalogue.keys() | written.keys()):
        if only not in {None, name}:
            continue
        try:
            found[name] = _instance(ground, catalogue, name, written.get(name), configuration.secrets)
        except (SecretUnusable, PkiError, ValidationError, LookupError) as unusable:
            wrong[name] = _said(unusable)
    if wrong:
        raise InstancesUnusable(wrong)
    return found


def _instance(
    ground: Ground,
    catalogue: Mapping[str, Connected],
    name: str,
    written: Mapping[str, Any] | None,
    secrets: Mapping[str, str],
) -> Instance:
    folder = str(written["connector"]) if written else name
    connected = catalogue.get(folder)
    if connected is None:
        raise LookupError(f"there is no connector folder {folder!r} here")
    shipped = ground.shipped(name)
    if written is None:
        return Instance(connected, shipped)
    own = read_own(connected, written)
    instance = named(connected, name, own)
    return Instance(instance, settled(instance, own, shipped, secrets=secrets, vault=ground.vault))


def read_own(connected: Connected, written: Mapping[str, Any]) -> InstanceSettings:
    """Read what a configuration says of an instance of this folder. Raises pydantic's ValidationError."""
    return model_for(connected).model_validate_json(orjson.dumps(written), strict=True)


def _said(problem: Exception) -> str:
    if isinstance(problem, ValidationError):
        found = problem.errors(include_url=False, include_input=False, include_context=False)
        return ", ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
    return str(problem.args[0]) if isinstance(problem, LookupError) else str(problem)


class Instances:
    """What this process has in force, and how it takes over what is newer."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._laid_out: dict[str, Instance] = {}
        self.systems = Systems({})
        self.number = 0
        self.trouble = ""

    def __iter__(self) -> Iterator[Instance]:
        return iter(self._laid_out.values())

    def find(self, name: str) -> Instance | None:
        """The instance of this name as it is in force here."""
        return self._laid_out.get(name)

    @property
    def connected(self) -> dict[str, Connected]:
        """Every instance as a connector: for offering its services."""
        return {name: one.connected for name, one in self._laid_out.items()}

    def start(self, configuration: InForce) -> Systems:
        """Build every instance. Raises InstancesUnusable: a process does not start with half of them."""
        self._laid_out = lay_out(self._ground, configuration)
        self.systems.put(self._built(self._laid_out))
        self.number = configuration.number
        return self.systems

    def prepare(self, configuration: InForce) -> "Prepared | None":
        """Build what a newer configuration changes, and change nothing yet; None where it cannot be used or is known.

        Why it cannot be used stands in `trouble` until a usable one comes, and is logged once.
        """
        if configuration.number == self.number and not self.trouble:
            return None
        try:
            wanted = lay_out(self._ground, configuration)
            fresh = {name: one for name, one in wanted.items() if not _alike(one, self._laid_out.get(name))}
            built = self._built(fresh)
        except (InstancesUnusable, CatalogueError, PkiError, OSError, ValueError) as unusable:
            if self.trouble != str(unusable):
                log.error("configuration.unusable", revision=configuration.number, problems=str(unusable))  # noqa: TRY400 - the problems say it all.
            self.trouble = str(unusable)
            return None
        return Prepared(configuration.number, wanted, built)

    async def take(self, prepared: "Prepared") -> None:
        """Put what was prepared in force. Calls under way end with the settings they began with."""
        gone = self._laid_out.keys() - prepared.wanted.keys()
        self._laid_out, self.number, self.trouble = prepared.wanted, prepared.number, ""
        for name, instance in prepared.wanted.items():
            if name not in prepared.built and (system := self.systems.find(name)) is not None:
                system.switch(enabled=instance.settings.enabled)
                system.pause(paused=instance.settings.paused)
        await self.systems.replace(prepared.built, gone)
        log.info("configuration.taken", revision=prepared.number, built=sorted(prepared.built), gone=sorted(gone))

    def _built(self, instances: Mapping[str, Instance]) -> dict[str, System]:
        connected = {name: one.connected for name, one in instances.items()}
        settings = {name: one.settings for name, one in instances.items()}
        return {system.name: system for system in self._ground.build(connected, settings)}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configuration of which everything new is built."""

    number: int
    wanted: dict[str, Instance]
    built: dict[str, System]

    @property
    def names(self) -> list[str]:
        """Every instance there will be."""
        return sorted(self.wanted)


def _alike(one: Instance, other: Instance | None) -> bool:
    """Whether nothing but the switches differs, so that limiter, breaker and connections may stay."""
    if other is None or one.connected.folder != other.connected.folder:
        return False
    if one.connected.manifest != other.connected.manifest:
        return False
    unswitched = {"enabled": True, "paused": False}
    return one.settings.model_copy(update=unswitched) == other.settings.model_copy(update=unswitched)
