"""The connection for reads that the event loop makes itself."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")


class AtHand:
    """One read-only SQLite connection, opened when it is first wanted, used by one caller at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._free = threading.Lock()
        self._closed = False

    def taken(self) -> bool:
        """Take the connection if nobody has it: then `look` must follow. False also after `close`."""
        if not self._free.acquire(blocking=False):
            return False
        if self._closed:
            self._free.release()
            return False
        return True

    def look(self, act: Callable[[Connection], T]) -> T:
        """Run the act on one consistent state of the database, and give the connection back."""
        try:
            connection = self._connection
            if connection is None:
                connection = self._connection = self._engine.connect()
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute("BEGIN")
                return act(connection)
            finally:
                driver.rollback()
                if connection.in_transaction():  # SQLAlchemy's own notion only.
                    connection.rollback()
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the connection. Waits for whoever looks just now."""
        with self._free:
            self._closed = True
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
