"""The desk of a site's configuration, opened for one command; what a running hub gives its own desk besides."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from broker.topology import declare
from connectors.instances.settings import State
from gateway.configuration.acts import COMMAND_LINE
from gateway.configuration.desk import ConfigurationDesk, Declare, declare_nothing, tell_nobody
from gateway.settings import Settings
from registry.store import Store

T = TypeVar("T")


def declaring(settings: Settings) -> Declare:
    """What makes the queues of new systems on this site's broker; raises BrokerError."""
    if settings.embedded_broker:
        return declare_nothing

    async def make(names: Iterable[str]) -> None:
        await declare(settings.broker, names)

    return make


def open_desk(site: Any, store: Store, tell: Callable[[], Awaitable[None]] = tell_nobody) -> ConfigurationDesk:
    """The desk over an open store; `tell` lets a running hub take over what was applied."""
    return ConfigurationDesk(
        store=store,
        ground=site.ground,
        clock=site.clock,
        random=os.urandom,
        declare=declaring(site.settings),
        tell=tell,
    )


def at_the_desk(site: Any, act: Callable[[ConfigurationDesk], Awaitable[T]], *, writes: bool = False) -> T:
    """Open the database, do one thing at the desk, and close it. Raises Problem, StoreBusy, StoreUnavailable."""
    store = site.store() if writes else site.reader()
    try:
        return asyncio.run(_awaited(act, open_desk(site, store)))
    finally:
        store.close_now()


async def _awaited(act: Callable[[ConfigurationDesk], Awaitable[T]], desk: ConfigurationDesk) -> T:
    return await act(desk)


def author() -> str:
    """Who the revisions of a command name: the user of this machine."""
    return COMMAND_LINE + getpass.getuser()


def switch(site: Any, name: str, state: State, reason: str) -> int:
    """Pause, resume, disable or enable a connector; the number of the revision that says so."""
    return at_the_desk(site, lambda desk: desk.switch(name, state, by=author(), reason=reason), writes=True).number
