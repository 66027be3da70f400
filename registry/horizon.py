"""How far the events are complete, where several transactions write at once (PostgreSQL).

Positions are drawn before the commit, so a smaller one may become visible after a larger. Every transaction has its
number before it draws a position. So: all positions up to the largest visible one were drawn by transactions whose
numbers the server had given out by then; once all of those have ended, everything up to it is visible or never will be.
"""

import time

from sqlalchemy import func, select

from registry.prepared import Prepared
from registry.schema import Transaction, status_events

_LONGEST_WAIT = 0.5
_PAUSE = 0.001

_position = func.coalesce(func.max(status_events.c.position), 0)
_snapshot = func.pg_current_snapshot()
_NUMBER = status_events.c.position
_LOOK = Prepared(
    select(
        func.int8(func.text(func.pg_snapshot_xmin(_snapshot))),
        func.int8(func.text(func.pg_snapshot_xmax(_snapshot))),
        select(_position).scalar_subquery(),
    ),
    [_NUMBER, _NUMBER, _NUMBER],
)


def settled_position(t: Transaction) -> int | None:
    """Return the position up to which the transaction sees every event there will ever be; None where it sees all.

    Looks again, at a newer state, until the transactions that were under way have ended: some milliseconds. After half
    a second it gives up and returns 0: nothing is sure, ask again later.
    """
    if t.dialect.name != "postgresql":
        return None
    driver = t.connection.driver_connection
    if driver is None or not driver.read_only:
        return None  # An act that writes sees what it sees; it gives no cursor away.
    oldest, following, position = _look(t)
    if oldest == following:
        return position
    end = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < end:
        time.sleep(_PAUSE)
        driver.rollback()  # The next statement begins a transaction that sees the newest state.
        if _look(t)[0] >= following:
            return position
    return 0


class Horizon:
    """The same for whoever looks again and again, without waiting: what one look finds newest a later one settles."""

    def __init__(self) -> None:
        self._settled = 0
        self._awaited: tuple[int, int] | None = None

    def settled_position(self, t: Transaction) -> int | None:
        """Return the position up to which every event there will ever be is visible; None where all are."""
        if t.dialect.name != "postgresql":
            return None
        oldest, following, position = _look(t)
        if oldest == following:
            self._settled, self._awaited = position, None
            return position
        if self._awaited is not None and oldest < self._awaited[1]:
            return self._settled
        if self._awaited is not None:
            self._settled = self._awaited[0]
        self._awaited = (position, following)
        return self._settled


def _look(t: Transaction) -> tuple[int, int, int]:
    """Return the oldest transaction under way, the number the next one will get, and the largest position."""
    ((oldest, following, position),) = _LOOK.rows(t, {})
    return oldest, following, position
