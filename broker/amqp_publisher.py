"""Publishing over one connection: every publication is a future that ends with the broker's confirm."""

import asyncio
from random import Random

from broker.amqp_address import Address
from broker.amqp_confirms import Confirms
from broker.amqp_envelope import Properties
from broker.amqp_errors import LaneClosed
from broker.amqp_keeper import Keeper
from broker.port import BrokerUnavailable
from broker.rabbitmq import Lane, Link
from broker.topology import EVENTS, NOTICE, WORK

WINDOW = 2_000
"""Publications in flight at most; later ones wait their turn."""
PATIENCE = 60.0
"""Seconds without any confirm while some are owed, before the connection is given up (an alarm's time not counted)."""


class Publisher:
    """Has a connection of its own: RabbitMQ stops reading a publisher's connection during an alarm, acks included."""

    def __init__(self, address: Address, name: str, *, random: Random, window: int = WINDOW) -> None:
        self._room = asyncio.Semaphore(window)
        self._lane: Lane | None = None
        self._loose: Lane | None = None
        self._confirms = Confirms()
        self._watch: asyncio.TimerHandle | None = None
        self.keeper = Keeper(address, name, prepare=self._prepare, release=self._release, random=random)

    @property
    def blocked(self) -> bool:
        """An alarm of the broker (memory, disk) holds publications back."""
        return self._lane is not None and not self.keeper.link.flowing.is_set()

    async def publish(
        self, exchange: str, key: str, body: bytes, properties: Properties, *, mandatory: bool = False
    ) -> None:
        """Return with the confirm. Raises BrokerUnavailable, and with `mandatory` Unroutable.

        While the broker has an alarm this waits: the relay becomes slow and does not break.
        """
        async with self._room:
            link = self.keeper.link
            if not link.flowing.is_set():
                await link.flowing.wait()
            lane = self._lane
            if lane is None:
                raise BrokerUnavailable(f"no connection to the broker: {self.keeper.trouble}")
            lane.publish(exchange, key, body, properties, number=self._confirms.upcoming, mandatory=mandatory)
            await self._confirms.expect()

    def send(self, exchange: str, key: str, body: bytes, properties: Properties) -> None:
        """Send without confirm and without waiting. Raises BrokerUnavailable."""
        if self._loose is None or self.blocked:
            raise BrokerUnavailable(f"no connection to the broker: {self.keeper.trouble or 'an alarm holds it back'}")
        self._loose.publish(exchange, key, body, properties)

    async def _prepare(self, link: Link) -> None:
        lane = await link.lane()
        for exchange in (WORK, EVENTS, NOTICE):
            try:
                await lane.declare_exchange(exchange, "direct", passive=True)
            except LaneClosed as closed:
                raise BrokerUnavailable(
                    f"exchange {exchange} cannot be used: {closed}; `hub init` makes it"
                ) from closed
        self._loose = await link.lane()
        confirms = Confirms()
        await lane.confirm(
            lambda number, multiple, taken: confirms.settle(number, multiple=multiple, taken=taken),
            confirms.returned,
        )
        self._lane, self._confirms = lane, confirms
        self._look(link)

    def _release(self, reason: str) -> None:
        self._lane = self._loose = None
        if self._watch is not None:
            self._watch.cancel()
        self._confirms.fail(f"the connection to the broker was lost: {reason}")

    def _look(self, link: Link) -> None:
        """Give up a connection that confirms nothing any more."""
        loop = asyncio.get_running_loop()
        if not link.flowing.is_set():
            self._confirms.touch()
        since = self._confirms.oldest_since
        if since is not None and loop.time() - since > PATIENCE:
            link.drop(f"no confirm for {PATIENCE:.0f} s")
            return
        self._watch = loop.call_later(PATIENCE / 10, self._look, link)
