"""The bare prototype on RabbitMQ and PostgreSQL: aiohttp, pika with pipelined confirms, group commit; nothing else.

Run as `gateway` or as `worker`: `rabbitmq.py ROLE AMQP POSTGRES PORT FAR_SIDE_PORT`.
"""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from typing import Any

import aiohttp
import orjson
import psycopg
import uvloop
from aiohttp import web
from bus import Publisher, consume, open_channel

TABLE = "CREATE TABLE IF NOT EXISTS inquiry (id text PRIMARY KEY, state text NOT NULL, body bytea, answer bytea)"
INSERT = (
    "INSERT INTO inquiry (id, state, body) SELECT i, 'accepted', b FROM unnest(%s::text[], %s::bytea[]) AS given (i, b)"
)
ANSWERED = (
    "UPDATE inquiry SET state = 'answered', answer = given.a FROM unnest(%s::text[], %s::bytea[]) AS given (i, a)"
    " WHERE inquiry.id = given.i"
)
SELECT = "SELECT state, answer FROM inquiry WHERE id = %s"
AT_ONCE = 64


class Group:
    """Whatever waits goes into the next statement, which is its own transaction."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], statement: str) -> None:
        self._connection = connection
        self._statement = statement
        self._waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, inquiry_id: str, content: bytes) -> None:
        """Return after the commit."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((inquiry_id, content, future))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())
        await future

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._connection.execute(self._statement, ([one[0] for one in batch], [one[1] for one in batch]))
            for _, _, future in batch:
                future.set_result(None)


async def gateway(amqp: str, postgres: str, port: int) -> None:
    """Accept, write, publish, then answer."""
    writing = await psycopg.AsyncConnection.connect(postgres, autocommit=True)
    reading = await psycopg.AsyncConnection.connect(postgres, autocommit=True)
    await writing.execute(TABLE)
    publisher, group = Publisher(await open_channel(amqp)), Group(writing, INSERT)

    async def accept(request: web.Request) -> web.Response:
        body = await request.read()
        inquiry_id = str(uuid.uuid4())
        message = orjson.dumps({"reference": inquiry_id, **orjson.loads(body)["payload"]})
        await group.write(inquiry_id, body)
        await publisher.publish(message)
        return web.Response(
            body=orjson.dumps({"inquiry_id": inquiry_id}), status=202, content_type="application/json"
        )  # fmt: skip

    async def show(request: web.Request) -> web.Response:
        found = await (await reading.execute(SELECT, (request.match_info["id"],))).fetchone()
        if found is None:
            return web.Response(status=404)
        answer = orjson.loads(found[1]) if found[1] else None
        return web.Response(body=orjson.dumps({"state": found[0], "answer": answer}), content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/inquiries", accept)
    app.router.add_get("/v1/inquiries/{id}", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=2048).start()
    await asyncio.Event().wait()


async def worker(amqp: str, postgres: str, far_side: int) -> None:
    """Call, write, acknowledge."""
    connection = await psycopg.AsyncConnection.connect(postgres, autocommit=True)
    group = Group(connection, ANSWERED)
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE))
    url = f"http://127.0.0.1:{far_side}/deliver"

    async def handle(body: bytes) -> None:
        async with session.post(url, data=body) as reply:
            answer = await reply.read()
        await group.write(orjson.loads(body)["reference"], answer)

    await consume(await open_channel(amqp), handle, prefetch=AT_ONCE)
    await asyncio.Event().wait()


async def main(arguments: Sequence[str]) -> None:
    """Serve one role until killed."""
    role, amqp, postgres, port, far_side = arguments
    await (gateway(amqp, postgres, int(port)) if role == "gateway" else worker(amqp, postgres, int(far_side)))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))
