"""The story on PostgreSQL and RabbitMQ, with nothing changed but two settings."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pika
import pytest

from connectors.catalogue import discover
from tests.postgres_server import postgres_server

pytestmark = pytest.mark.flow

ROOT = Path(__file__).parents[2]


def test_the_story_runs_unchanged_on_postgresql_and_rabbitmq_and_twice_on_one_database(rabbit, tmp_path):
    broker = rabbit.virtual_host("story")
    with postgres_server() as postgres:
        name = postgres.database()
        settings = {"HUB_DATABASE": postgres.url(name), "HUB_BROKER": broker, "HUB_STATE": str(tmp_path)}
        for _ in range(2):
            told = subprocess.run(
                [sys.executable, str(ROOT / "hub.py"), "demo"],
                env={**os.environ, **settings}, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
        answered = postgres.execute("SELECT count(*) FROM inquiries WHERE state = 'answered'", name)
        owed = postgres.execute("SELECT id, kind, system, state FROM outbox WHERE kind <> 'delivery'", name)
    assert answered == [(12,)]
    queues = rabbit.ctl("list_queues", "-p", "story", "name", "type")
    kept = dict(line.split() for line in queues.splitlines() if line.startswith("hub.work."))
    assert kept == {f"hub.work.{system}": "quorum" for system in discover()}
    # A message may come twice and then outlive its row, so a queue that is not empty is no debt; a row is one. Events
    # are owed to the first story's subscriber, which is gone.
    assert owed == [], left_in(broker, kept)


def left_in(broker: str, queues: Iterable[str]) -> list[tuple[str, dict[str, Any]]]:
    """The headers of what the queues still hold: tells which row it was when something is owed."""
    connection = pika.BlockingConnection(pika.URLParameters(broker))
    channel, found = connection.channel(), []
    for queue in queues:
        while (got := channel.basic_get(queue))[0]:
            found.append((queue, got[1].headers))
    connection.close()
    return found
