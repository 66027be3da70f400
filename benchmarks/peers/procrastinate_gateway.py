"""FastAPI + Procrastinate: the gateway. Row and job are two commits, as its documentation shows it."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import store
from fastapi import FastAPI, HTTPException
from procrastinate_worker import app as jobs
from procrastinate_worker import deliver, pool


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await pool.open(wait=True)
    async with pool.connection() as connection:
        await connection.execute(store.TABLE)
    async with jobs.open_async():
        if not await jobs.check_connection_async():  # The schema is there when the gateway was only started again.
            await jobs.schema_manager.apply_schema_async()
        yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.post("/v1/inquiries", status_code=202)
async def ask(asked: store.Asked) -> dict[str, str]:
    inquiry_id = str(uuid.uuid4())
    payload = asked.payload.model_dump()
    async with pool.connection() as connection:
        await connection.execute(store.INSERT, (inquiry_id, store.dumped(payload)))
    await deliver.defer_async(message={"reference": inquiry_id, **payload})
    return {"inquiry_id": inquiry_id}


@app.get("/v1/inquiries/{inquiry_id}")
async def show(inquiry_id: str) -> dict[str, Any]:
    async with pool.connection() as connection:
        found = await (await connection.execute(store.SELECT, (inquiry_id,))).fetchone()
    if found is None:
        raise HTTPException(404)
    return {"inquiry_id": inquiry_id, "state": found[0], "answer": found[1]}
