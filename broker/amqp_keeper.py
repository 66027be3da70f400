"""Keeps one connection alive: connects, prepares it, waits until it is lost, and begins again."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import structlog

from broker.amqp_address import Address
from broker.port import BrokerError, BrokerUnavailable
from broker.rabbitmq import Link

log = structlog.get_logger(__name__)

FIRST_WAIT, LONGEST_WAIT = 0.1, 10.0
STEADY = 10.0
"""Seconds a connection must have held before the next loss counts as the first again."""


class Keeper:
    """`prepare` sets a fresh link up and `release` clears up after a lost one; the link counts only in between."""

    def __init__(
        self,
        address: Address,
        name: str,
        *,
        prepare: Callable[[Link], Awaitable[None]],
        release: Callable[[str], None],
        random: Random,
    ) -> None:
        self._address = address
        self._name = name
        self._prepare = prepare
        self._release = release
        self._random = random
        self._link: Link | None = None
        self._settled = asyncio.Event()
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.trouble: str | None = "not connected yet"
        self.times = 0

    @property
    def link(self) -> Link:
        """The link that is up. Raises BrokerUnavailable, with the reason why there is none."""
        if self._link is None:
            raise BrokerUnavailable(f"no connection to the broker: {self.trouble}")
        return self._link

    async def start(self) -> None:
        """Begin, and return when the first try has succeeded or failed."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"broker {self._name}")
        await self._settled.wait()

    async def wait_up(self) -> None:
        """Wait until there is a link."""
        await self._up.wait()

    async def close(self) -> None:
        """End, closing the connection in good order."""
        link = self._link
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        if link is not None:
            await link.close()

    async def _run(self) -> None:
        loop, fails = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            try:
                reason = await self._hold()
            except BrokerError as fault:
                reason = str(fault)
            except Exception as fault:
                log.exception("broker.fault", connection=self._name)
                reason = f"a fault of our own: {type(fault).__name__}"
            fails = 1 if loop.time() - began >= STEADY else fails + 1
            self._settled.set()
            wait = min(FIRST_WAIT * 2 ** min(fails - 1, 10), LONGEST_WAIT) * (0.5 + self._random.random() / 2)
            log.warning("broker.lost", connection=self._name, place=self._address.place, reason=reason, times=fails)
            await asyncio.sleep(wait)

    async def _hold(self) -> str:
        link, reason = await Link().open(self._address, self._name), "closed"
        try:
            await self._prepare(link)
            self._link, self.trouble = link, None
            self.times += 1
            self._settled.set()
            self._up.set()
            log.info("broker.connected", connection=self._name, place=self._address.place)
            reason = await link.lost
        except BrokerError as fault:
            reason = str(fault)
        finally:
            self._link, self.trouble = None, reason
            self._up.clear()
            link.drop(reason)
            self._release(reason)
        return reason
