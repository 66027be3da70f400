"""Opens the broker that the settings name."""

from random import Random

from broker.amqp_broker import RabbitMqBroker
from broker.memory import MemoryBroker
from broker.port import Broker


async def open_broker(address: str, *, lease: str, random: Random) -> Broker:
    """Open `memory:` or `amqp(s)://…`. A RabbitMQ that is away is waited for in the background.

    Raises ValueError for an address that cannot be read.
    """
    if address == "memory:":
        return MemoryBroker()
    broker = RabbitMqBroker(address, lease=lease, random=random)
    await broker.start()
    return broker
