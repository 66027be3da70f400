"""Group commit: one thread, one connection, every waiting act in one transaction.

Nothing sleeps to gather a batch: while one commits, the next gathers by itself.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine

from registry.faults import StoreUnavailable, is_fault, unavailable

_LARGEST_BATCH = 512

Act = Callable[[Connection], Any]


class Job:
    """An act, who waits for it, and what came of it."""

    __slots__ = ("act", "error", "future", "loop", "result", "tries")

    def __init__(
        self, act: Act, future: "asyncio.Future[Any] | Future[Any]", loop: asyncio.AbstractEventLoop | None
    ) -> None:
        self.act = act
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None
        self.tries = 0

    def tell(self) -> None:
        """Wake the caller, unless it has gone away. For a future of a loop: on that loop."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Owns the one connection that writes. Raises StoreUnavailable when it cannot be opened."""

    def __init__(self, engine: Engine) -> None:
        self.commits = 0
        self.acts = 0
        self._engine = engine
        try:
            self._connection = engine.connect()
        except Exception as error:
            raise unavailable(error) from error
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._gate = threading.Lock()  # Orders the last job before the end mark.
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="registry-writer", daemon=True)
        self._thread.start()

    def hand_over(self, job: Job) -> None:
        """Queue a job. Raises StoreUnavailable after `close`."""
        with self._gate:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._queue.put(job)

    def close(self) -> None:
        """Finish what is queued, then close the connection. Closing twice is fine."""
        with self._gate:
            first, self._closed = not self._closed, True
            if first:
                self._queue.put(None)
        self._thread.join()
        if first:
            self._connection.close()
            self._engine.dispose()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch: list[Job] = []
            job = self._queue.get()
            while job is not None:
                batch.append(job)
                if len(batch) == _LARGEST_BATCH:
                    break
                try:
                    job = self._queue.get_nowait()
                except Empty:
                    break
            going_on = job is not None
            if batch:
                self._commit(batch)
                tell(batch)

    def _commit(self, batch: Sequence[Job]) -> None:
        """Run the batch in one transaction; leave in every job what its caller will hear."""
        connection = self._connection
        try:
            with connection.begin() as transaction:
                if len(batch) == 1:
                    _attempt(batch[0], connection)
                    if batch[0].error is not None:
                        transaction.rollback()
                        return
                else:
                    self._attempt_each(batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller of the batch must hear of it.
            fault = unavailable(error)
            for job in batch:
                job.error = job.error or fault
            return
        self.commits += 1
        self.acts += sum(job.error is None for job in batch)

    def _attempt_each(self, batch: Sequence[Job]) -> None:
        connection = self._connection
        driver: Any = connection.connection.driver_connection  # Savepoints frame every act: the short way down.
        for job in batch:
            driver.execute("SAVEPOINT act")
            _attempt(job, connection)
            if job.error is not None:
                # On a fault such as a full disk SQLite may have undone the whole transaction: then this raises too.
                driver.execute("ROLLBACK TO act")
            driver.execute("RELEASE act")


def _attempt(job: Job, connection: Connection) -> None:
    try:
        job.result = job.act(connection)
    except BaseException as error:  # noqa: BLE001 - it belongs to the caller, and must not end the writer.
        job.error = unavailable(error) if is_fault(error) else error
        if job.error is not error:
            job.error.__cause__ = error


def tell(batch: Sequence[Job]) -> None:
    """Wake every caller, with one call per event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        if job.loop is None:
            job.tell()
        else:
            loops.setdefault(job.loop, []).append(job)
    for loop, jobs in loops.items():
        try:
            loop.call_soon_threadsafe(_tell_all, jobs)
        except RuntimeError:
            # The loop was closed while its callers waited: there is nobody left to tell.
            continue


def _tell_all(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.tell()
