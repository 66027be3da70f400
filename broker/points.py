"""The named points of the flow at which a process may die, and the switch that makes it die there.

The crash test (`tests/flow`) sets `HUB_KILL_AT=<point>`; nothing else ever does.
"""

import os
import signal
from collections.abc import Callable
from enum import StrEnum


class FlowPoint(StrEnum):
    """Ten moments between a caller's request and the last effect."""

    INTAKE_WRITTEN = "intake.written"  # Rows are in the transaction, nothing is committed.
    INTAKE_COMMITTED = "intake.committed"  # Committed, the caller has no answer yet.
    RELAY_TAKEN = "relay.taken"  # The relay holds the row, the broker does not.
    RELAY_PUBLISHED = "relay.published"  # The broker holds it, the ledger still says owed.
    WORKER_RECEIVED = "worker.received"  # A worker holds the message, nothing is recorded.
    WORKER_INTENDED = "worker.intended"  # The intent is recorded, the call is not made.
    WORKER_CALLED = "worker.called"  # The far side has answered, the answer is in memory only.
    WORKER_WRITTEN = "worker.written"  # The result is in the transaction, nothing is committed.
    WORKER_RECORDED = "worker.recorded"  # Committed, the message is not acknowledged.
    DELIVERY_POSTED = "delivery.posted"  # The subscriber has the event, the attempt is not recorded.


Reach = Callable[[FlowPoint], None]


def pass_by(_point: FlowPoint) -> None:
    """Do nothing: what every point does outside the crash test."""


def die_at(setting: str) -> Reach:
    """Make a switch that kills this process without warning at the named point.

    `setting` is a point's name, or `name:n` for the n-th time it is reached. Raises ValueError for another name.
    """
    name, _, count = setting.partition(":")
    fatal = FlowPoint(name)
    left = int(count or 1)

    def reach(point: FlowPoint) -> None:
        nonlocal left
        if point is fatal:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return reach
