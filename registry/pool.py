"""Writing to PostgreSQL: a few connections, each in its thread, each committing what waits when it comes free.

What waits shares one transaction, without savepoints as long as nothing fails, and the rows of all acts are sent
together; when anything fails the same acts run again, each in a frame of its own. An act runs again as well when
another transaction was in its way or the connection was lost before the commit; so it must be a function of its
transaction alone.
"""

import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine

from registry import postgresql
from registry.faults import OutcomeUnknown, StoreUnavailable, crossed, is_fault, met_a_twin, unavailable
from registry.gathered import Gathered
from registry.writer import Job, tell

CONNECTIONS = 1
SMALLEST_SHARE = 8
LARGEST_BATCH = 256
WARY = 32
"""For so many batches acts are framed one by one after one of them had failed."""
_TRIES = 20
_PATIENCE = 3
"""How often an act is overtaken before it queues up with others in the same trouble (all want the same row, mostly)."""
_RESOLVE_SECONDS = 10.0
_RESOLVE_PAUSE = 0.1


class WriterPool:
    """Owns the connections that write. Raises StoreUnavailable when the server does not answer or will not do."""

    def __init__(self, url: str, connections: int | None = None) -> None:
        number = connections or CONNECTIONS
        engine = postgresql.writer_engine(url)
        try:
            with engine.connect() as connection:
                postgresql.require_version(connection)
        except Exception as error:
            if is_fault(error):
                raise unavailable(error) from error
            raise
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._gate = threading.Lock()  # Orders the last job before the end marks.
        self._closed = False
        self._writers = [_PoolWriter(url, engine, self._queue, place, number) for place in range(number)]

    @property
    def commits(self) -> int:
        """How many transactions were committed."""
        return sum(writer.commits for writer in self._writers)

    @property
    def acts(self) -> int:
        """How many acts were kept in them."""
        return sum(writer.acts for writer in self._writers)

    def hand_over(self, job: Job) -> None:
        """Queue a job. Raises StoreUnavailable after `close`."""
        with self._gate:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._queue.put(job)

    def close(self) -> None:
        """Finish what is queued, then close the connections. Closing twice is fine."""
        with self._gate:
            first, self._closed = not self._closed, True
            if first:
                for _ in self._writers:
                    self._queue.put(None)
        for writer in self._writers:
            writer.thread.join()


class _PoolWriter:
    """One connection and its thread."""

    def __init__(self, url: str, engine: Engine, queue: "SimpleQueue[Job | None]", number: int, sharers: int) -> None:
        self.commits = 0
        self.acts = 0
        self._url = url
        self._engine = engine
        self._queue = queue
        self._sharers = sharers
        self._connection: Connection | None = None
        self._gathered: Gathered | None = None
        self._wary = 0
        self.thread = threading.Thread(target=self._run, name=f"registry-writer-{number}", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch: list[Job] = []
            job = self._queue.get()
            # One share of what waits: the other connections work on theirs meanwhile.
            share = min(max(SMALLEST_SHARE, 1 + self._queue.qsize() // self._sharers), LARGEST_BATCH)
            while job is not None:
                batch.append(job)
                if len(batch) >= share:
                    break
                try:
                    job = self._queue.get_nowait()
                except Empty:
                    break
            going_on = job is not None
            if batch:
                self._commit(batch)
        self._drop()

    def _commit(self, batch: Sequence[Job]) -> None:
        """Bring every job to its end, and tell its caller as soon as that is known."""
        lost = False
        while batch:
            try:
                again = self._round(batch)
            except _ConnectionLost as loss:
                # Nothing was kept. A connection may have died while it was idle, so a fresh one gets a chance.
                self._drop()
                if not lost:
                    lost = True
                    continue
                again = _refuse(batch, unavailable(loss.fault))
            except StoreUnavailable as error:
                self._drop()
                again = _refuse(batch, error)
            except BaseException as error:  # noqa: BLE001 - every caller of the batch must hear of it.
                self._drop()
                again = _refuse(batch, unavailable(error))
            tell([job for job in batch if job not in again])
            batch = again

    def _round(self, batch: Sequence[Job]) -> list[Job]:
        """Run the batch in one transaction; return the jobs that must run again in another."""
        connection = self._connected()
        driver: postgresql.Driver = connection.connection.driver_connection
        fresh = len(batch) > 1 and not any(job.tries for job in batch)
        # Twice: whoever was only overtaken mostly goes through on the newest state.
        if fresh and any(self._together(batch, connection, driver) for _ in range(2)):
            return []
        self._wary = max(0, self._wary - 1)
        queued = any(job.tries > _PATIENCE for job in batch)
        try:
            if queued:
                postgresql.queue_up(driver)
            number = postgresql.begin(driver, framed=len(batch) > 1)
            self._run_acts(batch, connection, driver)
            again = [job for job in batch if _may_go_again(job)]
            kept = sum(job.error is None for job in batch)
            if not kept:
                driver.rollback()
        except BaseException as error:
            if driver.closed:
                raise _ConnectionLost(error) from error
            raise
        if kept:
            self._make_last(driver, number)
            self.commits += 1
            self.acts += kept
        if connection.in_transaction():
            connection.rollback()  # SQLAlchemy's own notion only: the transaction has ended.
        if queued:
            self._leave_queue(driver)
        return again

    def _together(self, batch: Sequence[Job], connection: Connection, driver: postgresql.Driver) -> bool:
        """Run the batch without frames, its rows gathered; False, with nothing kept, when anything has failed."""
        if self._wary:
            return False
        try:
            number = postgresql.begin(driver, framed=False)
            for job in batch:
                job.error = None
                job.result = job.act(connection)
            self._rows.flush()
            good = postgresql.in_good_order(driver)
            self._wary = 0 if good else WARY
        except BaseException as error:
            if driver.closed:
                raise _ConnectionLost(error) from error
            good = False  # Whose fault it was shows when they run one by one.
            self._wary = 0 if crossed(error) else WARY
        if good:
            self._make_last(driver, number)
            self.commits += 1
            self.acts += len(batch)
        else:
            self._rows.forget()
            driver.rollback()
        if connection.in_transaction():
            connection.rollback()  # SQLAlchemy's own notion only: the transaction has ended.
        return good

    def _run_acts(self, batch: Sequence[Job], connection: Connection, driver: postgresql.Driver) -> None:
        """Run every act, in a savepoint where there are several. Raises what the connection died of."""
        framed = len(batch) > 1
        previous: Job | None = None
        for job in batch:
            if previous is not None and previous.error is None:
                postgresql.next_frame(driver)
            previous = job
            self._attempt(job, connection, driver)
            if job.error is not None and framed:
                postgresql.undo_frame(driver)

    def _attempt(self, job: Job, connection: Connection, driver: postgresql.Driver) -> None:
        """Run one act and leave its result or error in the job. Raises what the connection died of."""
        job.error = None
        job.tries += 1
        try:
            job.result = job.act(connection)
            self._rows.flush()
        except BaseException as error:
            self._rows.forget()
            if driver.closed:
                raise
            job.error = error
            if is_fault(error) and not _may_go_again(job):
                job.error = unavailable(error)
                job.error.__cause__ = error
            return
        if not postgresql.in_good_order(driver):
            job.error = StoreUnavailable(
                "an act went on after one of its statements had failed; nothing of it was kept"
            )

    @property
    def _rows(self) -> Gathered:
        if self._gathered is None:
            raise RuntimeError("rows are gathered over a connection")
        return self._gathered

    def _leave_queue(self, driver: postgresql.Driver) -> None:
        try:
            postgresql.leave_queue(driver)
        except Exception:  # noqa: BLE001 - what was kept stays kept; the place in the queue goes with the connection.
            self._drop()

    def _make_last(self, driver: postgresql.Driver, number: int) -> None:
        """Commit. Where the answer is lost, ask the server later what it kept."""
        try:
            postgresql.commit(driver)
        except Exception as error:
            if not driver.closed:
                raise
            if not self._was_kept(number, error):
                raise _ConnectionLost(error) from error

    def _was_kept(self, number: int, error: Exception) -> bool:
        self._drop()
        end = time.monotonic() + _RESOLVE_SECONDS
        while time.monotonic() < end:
            try:
                kept = postgresql.was_kept(self._url, number)
            except StoreUnavailable:
                kept = None  # Not back yet.
            if kept is not None:
                return kept
            time.sleep(_RESOLVE_PAUSE)
        raise OutcomeUnknown(f"the database went away while it committed: {error}") from error

    def _connected(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = self._engine.connect()
                self._gathered = Gathered.begin(self._connection)
            except Exception as error:
                raise unavailable(error) from error
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._gathered = None
        if connection is not None:
            connection.invalidate()
            connection.close()


class _ConnectionLost(Exception):
    """The connection ended before the commit, so the server has undone the transaction."""

    def __init__(self, fault: BaseException) -> None:
        super().__init__(str(fault))
        self.fault = fault


def _may_go_again(job: Job) -> bool:
    error = job.error
    return error is not None and ((crossed(error) and job.tries < _TRIES) or (met_a_twin(error) and job.tries == 1))


def _refuse(batch: Sequence[Job], error: StoreUnavailable) -> list[Job]:
    for job in batch:
        job.error = error
    return []
