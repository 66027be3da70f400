"""The story on PostgreSQL and RabbitMQ, with nothing changed but two settings."""

import os
import subprocess
import sys
from pathlib import Path

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
    assert answered == [(12,)]
    queues = rabbit.ctl("list_queues", "-p", "story", "name", "type", "messages")
    kept = {line.split()[0]: line.split()[1:] for line in queues.splitlines() if line.startswith("hub.work.")}
    assert kept["hub.work.land_window"] == ["quorum", "0"]
    assert set(kept) == {f"hub.work.{system}" for system in discover()}
