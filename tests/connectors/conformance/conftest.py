"""The stage: one uvicorn in a thread for the whole run; each test puts a fresh simulator on it under its own path."""

import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.misbehaviour import UnfinishedReplies


@dataclass
class Stage:
    """Serves whatever was put on it."""

    address: str = ""
    _apps: dict[str, ASGIApp] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def put(self, app: Starlette) -> str:
        """Serve `app`; the address it is reached at."""
        key = f"/{next(self._numbers)}"
        self._apps[key] = app
        return self.address + key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        key = "/" + scope["path"].split("/")[1]
        await self._apps[key]({**scope, "root_path": scope.get("root_path", "") + key}, receive, send)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    stage = Stage()
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(stage, log_config=None, lifespan="off", timeout_graceful_shutdown=1, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    logger, quiet = logging.getLogger("uvicorn.error"), UnfinishedReplies()
    logger.addFilter(quiet)
    thread.start()
    while not server.started:
        time.sleep(0.01)  # Until the listening socket is served; nothing else to wait on.
    stage.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield stage
    server.should_exit = True
    server.force_exit = True
    thread.join(10)
    logger.removeFilter(quiet)
    listening.close()
