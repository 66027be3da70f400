"""FastAPI + Procrastinate: the job is a row of PostgreSQL, so there is no broker and no second durable write."""

import asyncio
from typing import Any

import aiohttp
import httpx
import procrastinate
import store

app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=store.POSTGRES, min_size=4, max_size=16))
pool = store.async_pool()
_clients: dict[str, Any] = {}


@app.task(name="deliver", queue="inquiries", pass_context=False)
async def deliver(message: dict[str, Any]) -> None:
    if store.TUNED:
        async with _clients["it"].post(store.FAR_SIDE, json=message) as reply:
            answer = await reply.json()
    else:
        answer = (await _clients["it"].post(store.FAR_SIDE, json=message)).json()
    async with pool.connection() as connection:
        await connection.execute(store.ANSWERED, (store.dumped(answer), message["reference"]))


async def main() -> None:
    await pool.open(wait=True)
    if store.TUNED:
        _clients["it"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=store.AT_ONCE))
    else:
        _clients["it"] = httpx.AsyncClient(limits=httpx.Limits(max_connections=store.AT_ONCE), timeout=30)
    async with app.open_async():
        await app.run_worker_async(queues=["inquiries"], concurrency=32, delete_jobs="successful")


if __name__ == "__main__":
    asyncio.run(main())
