"""The table that every Python peer keeps its inquiries in, as psycopg's documentation does it: a pool, autocommit."""

import os
from typing import Any

import orjson
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from pydantic import BaseModel

TABLE = """
CREATE TABLE IF NOT EXISTS inquiry (
    id text PRIMARY KEY, state text NOT NULL, body jsonb NOT NULL, answer jsonb,
    accepted_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz
)
"""
INSERT = "INSERT INTO inquiry (id, state, body) VALUES (%s, 'accepted', %s)"
ANSWERED = "UPDATE inquiry SET state = 'answered', answer = %s, finished_at = now() WHERE id = %s"
SELECT = "SELECT state, answer FROM inquiry WHERE id = %s"

AMQP = os.environ.get("PEER_AMQP", "")
POSTGRES = os.environ.get("PEER_POSTGRES", "")
FAR_SIDE = os.environ.get("PEER_FAR_SIDE", "") + "/deliver"
TUNED = os.environ.get("PEER_TUNED") == "1"
AT_ONCE = 64


class Payload(BaseModel):
    """What is asked."""

    national_id: str
    tracking_code: str
    title: str
    body: str
    stage: str
    occurred_at: str


class Asked(BaseModel):
    """The same body that the hub is sent."""

    service: str
    payload: Payload
    purpose: str
    legal_basis: str
    channel: str


def async_pool() -> AsyncConnectionPool[Any]:
    return AsyncConnectionPool(POSTGRES, min_size=4, max_size=16, kwargs={"autocommit": True}, open=False)


def sync_pool(size: int = 16) -> ConnectionPool[Any]:
    return ConnectionPool(POSTGRES, min_size=1, max_size=size, kwargs={"autocommit": True}, open=True)


def dumped(value: object) -> str:
    return orjson.dumps(value).decode()
