"""The bare prototype on SQLite: aiohttp, one writer thread with group commit, an in-process queue; nothing else.

No authentication, right, validation, mapping, journal, event or recovery: what is left is the flow's own cost.
"""

import asyncio
import queue
import sqlite3
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop
from aiohttp import web

Write = tuple[str, tuple[Any, ...], "asyncio.Future[None]"]
AT_ONCE = 64


class Database:
    """One writer that commits whatever waits, one reader."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._path = path
        self._loop = loop
        self._queue: queue.SimpleQueue[Write] = queue.SimpleQueue()
        writer = self._connect()
        writer.execute(
            "CREATE TABLE IF NOT EXISTS inquiry"
            " (row INTEGER PRIMARY KEY, id TEXT UNIQUE, state TEXT, body BLOB, answer BLOB)"
        )
        writer.close()
        self._reader = self._connect()
        threading.Thread(target=self._run, daemon=True).start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def read(self, inquiry_id: str) -> tuple[str, bytes | None] | None:
        found: tuple[str, bytes | None] | None = self._reader.execute(
            "SELECT state, answer FROM inquiry WHERE id = ?", (inquiry_id,)
        ).fetchone()
        return found

    def write(self, sql: str, values: tuple[Any, ...]) -> "asyncio.Future[None]":
        """Queue one statement; the future resolves after its commit."""
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((sql, values, future))
        return future

    def _run(self) -> None:
        writer = self._connect()
        while True:
            batch = [self._queue.get()]
            while len(batch) < 512:
                try:
                    batch.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            writer.execute("BEGIN IMMEDIATE")
            for sql, values, _ in batch:
                writer.execute(sql, values)
            writer.execute("COMMIT")
            self._loop.call_soon_threadsafe(_tell, batch)


def _tell(batch: list[Write]) -> None:
    for _, _, future in batch:
        if not future.done():
            future.set_result(None)


async def main(path: Path, port: int, far_side: int) -> None:
    """Serve until killed."""
    database = Database(path, asyncio.get_running_loop())
    work: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE))
    url = f"http://127.0.0.1:{far_side}/deliver"

    async def accept(request: web.Request) -> web.Response:
        body = await request.read()
        asked = orjson.loads(body)
        inquiry_id = str(uuid.uuid4())
        await database.write(
            "INSERT INTO inquiry (id, state, body) VALUES (?, 'accepted', ?)",
            (inquiry_id, body),
        )
        work.put_nowait((inquiry_id, asked["payload"]))
        return web.Response(
            body=orjson.dumps({"inquiry_id": inquiry_id}),
            status=202,
            content_type="application/json",
        )

    async def show(request: web.Request) -> web.Response:
        found = database.read(request.match_info["id"])
        if found is None:
            return web.Response(status=404)
        answer = orjson.loads(found[1]) if found[1] else None
        return web.Response(
            body=orjson.dumps({"state": found[0], "answer": answer}),
            content_type="application/json",
        )

    async def worker() -> None:
        while True:
            inquiry_id, payload = await work.get()
            async with session.post(url, data=orjson.dumps({"reference": inquiry_id, **payload})) as reply:
                answer = await reply.read()
            await database.write(
                "UPDATE inquiry SET state = 'answered', answer = ? WHERE id = ?",
                (answer, inquiry_id),
            )

    app = web.Application()
    app.router.add_post("/v1/inquiries", accept)
    app.router.add_get("/v1/inquiries/{id}", show)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=2048).start()
    await asyncio.gather(*(worker() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
