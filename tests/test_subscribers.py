"""The two subscribers of `docs/how-to/subscribe-to-events.md`, as they stand there, against the hub's own events."""

import asyncio
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from broker.amqp_broker import RabbitMqBroker
from broker.cloudevents import cloud_event, pack
from broker.topology import declare
from pki import webhook
from registry.events import StatusEvent

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "how-to" / "subscribe-to-events.md").read_text(encoding="utf-8")
PROGRAM = re.compile(r"^`(\w+\.py)`\n\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
LINE = "05100012345678901282 0000000003 ir.peyvand.case.status Permit issued"

Program = Callable[..., "subprocess.Popen[str]"]


def event(identifier: str, *, title: str = "Permit issued") -> StatusEvent:
    return StatusEvent(
        identifier, "c", "05100012345678901282", 3, "ir.peyvand.case.status", "permit_portal", "issued",
        "پروانه صادر شد", title, {}, AT, AT, None, None, "portal",
    )  # fmt: skip


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Start a program of the page and wait until it listens."""
    started = []
    texts = dict(PROGRAM.findall(PAGE))

    def start(name: str, **settings: str) -> "subprocess.Popen[str]":
        (tmp_path / name).write_text(texts[name], encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, tmp_path / name], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def test_the_listener_of_the_page_hears_each_event_once(rabbit, program: Program) -> None:
    rabbit.ctl("import_definitions", str(ROOT / "deploy" / "rabbitmq" / "definitions.json"))
    rabbit.ctl("change_password", "hub-subscriber", "synthetic")
    rabbit.ctl("set_permissions", "-p", "hub", "guest", ".*", ".*", ".*")
    url = f"{rabbit.url}hub"
    asyncio.run(declare(url, []))
    listener = program("listen.py", BROKER=url.replace("guest:guest", "hub-subscriber:synthetic"))

    async def emit(*events: StatusEvent) -> None:
        broker = RabbitMqBroker(url, lease="teller", random=Random(1))
        await broker.start()
        for one in events:
            told = cloud_event(one, source="https://hub.test")
            await broker.emit(told, f"C2G.{one.system}.{one.type}")
        await broker.close()

    asyncio.run(emit(event("e-1"), event("e-1"), event("e-2", title="Last")))
    assert [said(listener), said(listener)] == [LINE, LINE.replace("Permit issued", "Last")]


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def test_the_receiver_of_the_page_believes_the_hub_only(program: Program) -> None:
    secret, port = webhook.new_secret(), free_port()
    receiver = program("receive.py", SECRET=secret, PORT=str(port))

    def post(body: bytes, *secrets: str, sent: int | None = None, signed: bytes | None = None) -> int:
        stamp = int(time.time()) if sent is None else sent
        headers = webhook.sign(secrets, "e-1", stamp, body if signed is None else signed)
        request = urllib.request.Request(f"http://127.0.0.1:{port}/events", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback.
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    body = pack(event("e-1"), source="https://hub.test")
    assert post(body, webhook.new_secret()) == 401
    assert post(body + b" ", secret, signed=body) == 401
    assert post(body, secret, sent=int(time.time()) - 3600) == 401
    assert post(body, secret) == 204
    assert post(body, secret) == 204
    assert post(pack(event("e-2", title="Last"), source="s"), webhook.new_secret(), secret) == 204
    assert [said(receiver), said(receiver)] == [LINE, LINE.replace("Permit issued", "Last")]
