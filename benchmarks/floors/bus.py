"""Bare pika on asyncio: publish with pipelined confirms, consume with batched acknowledgements. Nothing reconnects."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from pika import BasicProperties, URLParameters
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel

QUEUE = "inquiries"
PERSISTENT = BasicProperties(delivery_mode=2, content_type="application/json")


async def open_channel(url: str) -> Channel:
    """One connection, one channel, the quorum queue."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[Channel] = loop.create_future()

    def failed(_: Any, why: Any) -> None:
        if not ready.done():
            ready.set_exception(ConnectionError(str(why)))

    def opened(connection: Any) -> None:
        connection.channel(on_open_callback=ready.set_result)

    AsyncioConnection(URLParameters(url), opened, failed, custom_ioloop=loop)
    channel = await ready
    declared: asyncio.Future[Any] = loop.create_future()
    channel.queue_declare(
        QUEUE, durable=True, arguments={"x-queue-type": "quorum"}, callback=declared.set_result
    )  # fmt: skip
    await declared
    return channel


class Publisher:
    """Hundreds in flight; one confirm may speak for many."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._tag = 0
        self._waiting: OrderedDict[int, asyncio.Future[None]] = OrderedDict()
        channel.confirm_delivery(self._confirmed)

    def publish(self, body: bytes) -> "asyncio.Future[None]":
        """The future resolves when the broker has the message on disk."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tag += 1
        self._waiting[self._tag] = future
        self._channel.basic_publish("", QUEUE, body, PERSISTENT, mandatory=True)
        return future

    def _confirmed(self, frame: Any) -> None:
        method = frame.method
        done = [method.delivery_tag]
        if method.multiple:
            done = [tag for tag in self._waiting if tag <= method.delivery_tag]
        for tag in done:
            future = self._waiting.pop(tag, None)
            if future is not None and not future.done():
                future.set_result(None)


async def consume(channel: Channel, handle: Callable[[bytes], Awaitable[None]], *, prefetch: int) -> None:
    """Feed `handle`, `prefetch` at once; acknowledge each after it."""
    channel.basic_qos(prefetch_count=prefetch)
    tasks: set[asyncio.Task[None]] = set()

    async def one(tag: int, body: bytes) -> None:
        await handle(body)
        channel.basic_ack(tag)

    def arrived(_: Any, method: Any, __: Any, body: bytes) -> None:
        task = asyncio.ensure_future(one(method.delivery_tag, body))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    channel.basic_consume(QUEUE, arrived)
