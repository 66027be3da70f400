"""Two real connector folders, and what a hub's process makes of them: for tests of the configuration."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from connectors.catalogue import PACKAGE, Connected, read_folder
from connectors.instances.running import Ground, Instances
from connectors.reach import ConnectorSettings
from connectors.runtime import build_systems
from gateway.configuration.desk import ConfigurationDesk
from registry.configuration import revisions
from registry.store import Store


@cache
def two_folders() -> Mapping[str, Connected]:
    return {name: read_folder(PACKAGE / name) for name in ("post", "civil_registry")}


def ground(vault: Any, clock: Callable[[], datetime], shipped: Mapping[str, ConnectorSettings] | None = None) -> Ground:
    known = {} if shipped is None else shipped
    return Ground(
        catalogue=two_folders,
        shipped=lambda name: known.get(name, ConnectorSettings()),
        vault=lambda: vault,
        build=lambda catalogue, chosen: build_systems(catalogue, chosen, clock=clock, random=Random(1)),
    )


def desk_and_instances(
    store: Store, vault: Any, clock: Callable[[], datetime], random: Callable[[int], bytes], refresh: Any
) -> dict[str, Any]:
    """The two parts of a gateway; what the desk applies is in force here when it answers."""
    made = ground(vault, clock)
    instances = Instances(made)
    instances.start(store.read_now(revisions.in_force))

    async def take_over() -> None:
        prepared = instances.prepare((await refresh()).configuration)
        if prepared is not None:
            await instances.take(prepared)

    desk = ConfigurationDesk(store=store, ground=made, clock=clock, random=random, tell=take_over)
    return {"desk": desk, "instances": instances}
