"""Hearing PostgreSQL's notices in a thread of its own."""

import os
import select
import threading
from collections.abc import Callable

from registry import postgresql
from registry.faults import StoreUnavailable

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class Listener:
    """Calls back in its thread at every notice, and whenever notices may have been missed."""

    def __init__(self, url: str, callback: Callable[[], None]) -> None:
        self._url = url
        self._callback = callback
        self._ear, self._mouth = os.pipe()  # A byte, or its end, wakes the thread to stop.
        self._gate = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="registry-listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and its connection. Stopping twice is fine."""
        with self._gate:
            first, self._stopped = not self._stopped, True
            if first:
                os.close(self._mouth)
        self._thread.join()
        if first:
            os.close(self._ear)

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopped:
            try:
                connection = postgresql.listening(self._url)
            except StoreUnavailable:
                # Whoever writes hears of the fault from the store; here there is only waiting.
                select.select([self._ear], [], [], pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            try:
                self._callback()
                self._hear(connection.connection.driver_connection)
            except StoreUnavailable:
                continue
            finally:
                connection.invalidate()
                connection.close()

    def _hear(self, driver: postgresql.Driver) -> None:
        """Call back at every bunch of notices, until stopped. Raises StoreUnavailable."""
        while True:
            ready, _, _ = select.select([driver.fileno(), self._ear], [], [])
            if self._ear in ready:
                return
            if postgresql.hear(driver):
                self._callback()
