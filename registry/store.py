"""The store: reads in a few threads, writes by group commit in one.

StoreBusy          another process writes to this database; the sentence names it
StoreUnavailable   disk or database fault, or the store is closed; nothing of the act was kept
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Engine

from registry import sqlite
from registry.lock import StoreBusy, WriterLock
from registry.schema import Transaction
from registry.sqlite import StoreUnavailable
from registry.writer import Job, Writer

__all__ = ["Store", "StoreBusy", "StoreUnavailable", "Transaction"]

_READERS = 4

T = TypeVar("T")
Act = Callable[[Transaction], T]


class Store:
    """One open database. Made by `open` (reads and writes, one process at a time) or `open_reader` (reads only)."""

    def __init__(self, readers: Engine, writer: Writer | None, lock: WriterLock | None) -> None:
        self._readers = readers
        self._writer = writer
        self._lock = lock
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="registry-reader")
        self._closed = False

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime]) -> "Store":
        """Open for reading and writing; create the file if need be; apply no migration.

        Raises StoreBusy when another process writes, StoreUnavailable when the disk refuses, ValueError for
        a bad address.
        """
        del clock  # Acts bring their own times; the argument keeps the door open for stores that need one.
        sqlite.require_version()
        path = sqlite.database_path(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(path)
        except OSError as error:
            raise sqlite.unavailable(error) from error
        try:
            writer = Writer(sqlite.writer_engine(path))
        except StoreUnavailable:
            lock.release()
            raise
        return cls(sqlite.reader_engine(path), writer, lock)

    @classmethod
    def open_reader(cls, url: str) -> "Store":
        """Open for reading only, beside whoever writes. Raises StoreUnavailable when there is no database."""
        sqlite.require_version()
        path = sqlite.database_path(url)
        if not path.exists():
            raise StoreUnavailable(f"there is no database at {path}; `hub init` makes it")
        return cls(sqlite.reader_engine(path), None, None)

    @property
    def commits(self) -> int:
        """How many transactions were committed for writing."""
        return self._writer.commits if self._writer else 0

    @property
    def acts(self) -> int:
        """How many acts were kept in them."""
        return self._writer.acts if self._writer else 0

    async def write(self, act: Act[T]) -> T:
        """Run the act in the writer's next transaction and return its result after the commit.

        An act that raises is undone alone and raises here. Raises StoreUnavailable. A caller that is cancelled while
        it waits does not know whether the act was kept.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._hand_over(Job(act, future, loop))
        return await future

    def write_now(self, act: Act[T]) -> T:
        """Do what `write` does, waiting in this thread: for commands, never on an event loop."""
        future: Future[T] = Future()
        self._hand_over(Job(act, future, None))
        return future.result()

    async def read(self, act: Act[T]) -> T:
        """Run the act on one consistent state of the database in a reader thread."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, act)

    def read_now(self, act: Act[T]) -> T:
        """Do what `read` does in this thread: for commands."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        try:
            with self._readers.connect() as connection, connection.begin():
                return act(connection)
        except Exception as error:
            if sqlite.is_fault(error):
                raise sqlite.unavailable(error) from error
            raise

    async def close(self) -> None:
        """Finish the waiting writes, then close. Later calls raise StoreUnavailable; closing twice is fine."""
        await asyncio.get_running_loop().run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """Do what `close` does in this thread."""
        self._closed = True
        self._threads.shutdown()
        self._readers.dispose()
        if self._writer is not None:
            self._writer.close()  # Last, so that it finds nobody reading and leaves one whole file, without a WAL.
        if self._lock is not None:
            lock, self._lock = self._lock, None
            lock.release()

    def _hand_over(self, job: Job) -> None:
        if self._writer is None:
            raise StoreUnavailable("this store was opened for reading only")
        self._writer.hand_over(job)
