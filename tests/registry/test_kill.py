import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from registry.schema import idempotency
from registry.store import Store

HERE = Path(__file__).parent

CHILD = """
import sys
sys.path.insert(0, sys.argv[2])
from datetime import UTC, datetime
from registry.schema import idempotency
from registry.store import Store
store = Store.open(sys.argv[1], clock=lambda: datetime.now(UTC))
number = 0
while True:
    key = f"{number:06d}"
    row = {"participant": "p", "key": key, "body_hash": "h", "status": 200, "response": b"", "at": datetime.now(UTC)}
    store.write_now(lambda t: t.execute(idempotency.insert(), row).rowcount)
    sys.stdout.write(key + "\\n")
    sys.stdout.flush()
    number += 1
"""


@pytest.mark.parametrize("acknowledged", [1, 57, 400])
def test_what_was_acknowledged_survives_kill_9(url: str, clock: Any, acknowledged: int) -> None:
    root = str(HERE.parents[1])
    command = [sys.executable, "-c", CHILD, url, root]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        heard = [child.stdout.readline().strip() for _ in range(acknowledged)]
        child.send_signal(signal.SIGKILL)
        heard += child.stdout.read().split()
    store = Store.open(url, clock=clock)  # The kernel gave the dead process's lock back.
    kept = store.read_now(lambda t: t.execute(select(idempotency.c.key).order_by(idempotency.c.key)).scalars().all())
    store.close_now()
    assert kept[: len(heard)] == heard
    assert len(kept) <= len(heard) + 1  # At most the one committed but not yet acknowledged.
    if url.startswith("postgresql"):
        return
    whole = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert whole.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    whole.close()
