"""FastAPI in front of a task queue that speaks only blocking calls: plain functions, run in FastAPI's threads.

PEER_QUEUE names the module of the worker whose task `deliver` is sent: celery_worker or dramatiq_worker.
"""

import importlib
import os
import uuid
from typing import Any

import store
from fastapi import FastAPI, HTTPException

_kind = os.environ["PEER_QUEUE"]
_deliver = importlib.import_module(_kind).deliver
_send = _deliver.delay if _kind == "celery_worker" else _deliver.send
pool = store.sync_pool()
with pool.connection() as _connection:
    _connection.execute(store.TABLE)

app = FastAPI()


@app.post("/v1/inquiries", status_code=202)
def ask(asked: store.Asked) -> dict[str, str]:
    inquiry_id = str(uuid.uuid4())
    payload = asked.payload.model_dump()
    with pool.connection() as connection:
        connection.execute(store.INSERT, (inquiry_id, store.dumped(payload)))
    _send({"reference": inquiry_id, **payload})
    return {"inquiry_id": inquiry_id}


@app.get("/v1/inquiries/{inquiry_id}")
def show(inquiry_id: str) -> dict[str, Any]:
    with pool.connection() as connection:
        found = connection.execute(store.SELECT, (inquiry_id,)).fetchone()
    if found is None:
        raise HTTPException(404)
    return {"inquiry_id": inquiry_id, "state": found[0], "answer": found[1]}
