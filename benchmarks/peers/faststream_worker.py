"""FastAPI + FastStream: the worker. A quorum queue, prefetch, acknowledgement after the work is done.

As documented: a client of httpx. Tuned: one aiohttp session.
"""

from typing import Any

import aiohttp
import httpx
import store
from faststream import AckPolicy, FastStream
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

QUEUE = RabbitQueue("inquiries", durable=True, queue_type=QueueType.QUORUM)
broker = RabbitBroker(store.AMQP, default_channel=Channel(prefetch_count=store.AT_ONCE), logger=None)
app = FastStream(broker, logger=None)
pool = store.async_pool()
_clients: dict[str, Any] = {}


@app.on_startup
async def begin() -> None:
    await pool.open(wait=True)
    if store.TUNED:
        _clients["it"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=store.AT_ONCE))
    else:
        _clients["it"] = httpx.AsyncClient(limits=httpx.Limits(max_connections=store.AT_ONCE), timeout=30)


@broker.subscriber(QUEUE, ack_policy=AckPolicy.NACK_ON_ERROR)
async def deliver(message: dict[str, Any]) -> None:
    if store.TUNED:
        async with _clients["it"].post(store.FAR_SIDE, json=message) as reply:
            answer = await reply.json()
    else:
        answer = (await _clients["it"].post(store.FAR_SIDE, json=message)).json()
    async with pool.connection() as connection:
        await connection.execute(store.ANSWERED, (store.dumped(answer), message["reference"]))
