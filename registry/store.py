"""The store: reads by key on the spot, others in a few threads; writes by group commit (PostgreSQL: in a few threads).

StoreBusy          another process writes to this SQLite database; the sentence names it
StoreUnavailable   disk or database fault, or the store is closed; nothing of the act was kept
└── OutcomeUnknown PostgreSQL went away in the middle of a commit and stayed away
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Engine

from registry import postgresql, sqlite
from registry.at_hand import AtHand
from registry.faults import OutcomeUnknown, StoreUnavailable, is_fault, unavailable, was_lost
from registry.listening import Listener
from registry.lock import StoreBusy, WriterLock
from registry.pool import WriterPool
from registry.schema import Transaction
from registry.writer import Job, Writer

__all__ = ["OutcomeUnknown", "Store", "StoreBusy", "StoreUnavailable", "Transaction"]

_READERS = 4

T = TypeVar("T")
Act = Callable[[Transaction], T]


class Store:
    """One open database. Made by `open` (reads and writes) or `open_reader` (reads only).

    A SQLite database is written by one process at a time, a PostgreSQL database by any number.
    """

    def __init__(
        self, url: str, readers: Engine, writer: Writer | WriterPool | None, lock: WriterLock | None = None
    ) -> None:
        self._url = url
        self._readers = readers
        self._writer = writer
        self._lock = lock
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="registry-reader")
        self._at_hand = AtHand(readers) if self.dialect == "sqlite" else None
        self._listeners: list[Listener] = []
        self._closed = False

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], datetime]) -> "Store":
        """Open for reading and writing; create a SQLite file if need be; apply no migration.

        Raises StoreBusy when another process writes, StoreUnavailable when the disk or the server refuses, ValueError
        for a bad address.
        """
        del clock  # Acts bring their own times; the argument keeps the door open for stores that need one.
        if postgresql.is_postgresql(url):
            return cls(url, postgresql.reader_engine(url), WriterPool(url))
        sqlite.require_version()
        path = sqlite.database_path(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(path)
        except OSError as error:
            raise unavailable(error) from error
        try:
            writer = Writer(sqlite.writer_engine(path))
        except StoreUnavailable:
            lock.release()
            raise
        return cls(url, sqlite.reader_engine(path), writer, lock)

    @classmethod
    def open_reader(cls, url: str) -> "Store":
        """Open for reading only, beside whoever writes. Raises StoreUnavailable when there is no database."""
        if postgresql.is_postgresql(url):
            store = cls(url, postgresql.reader_engine(url), None)
            try:
                store.read_now(postgresql.require_version)
            except StoreUnavailable:
                store.close_now()
                raise
            return store
        sqlite.require_version()
        path = sqlite.database_path(url)
        if not path.exists():
            raise StoreUnavailable(f"there is no database at {path}; `hub init` makes it")
        return cls(url, sqlite.reader_engine(path), None)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._readers.dialect.name

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

    async def look_up(self, act: Act[T]) -> T:
        """Do what `read` does for an act that finds a few rows by key.

        On SQLite it runs here and now: that is tens of microseconds, and handing it to a thread costs hundreds.
        """
        if self._at_hand is None or not self._at_hand.taken():
            return await self.read(act)
        try:
            return self._at_hand.look(act)
        except Exception as error:
            if is_fault(error):
                raise unavailable(error) from error
            raise

    def read_now(self, act: Act[T]) -> T:
        """Do what `read` does in this thread: for commands."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        try:
            return self._look(act)
        except Exception as error:
            if not is_fault(error):
                raise
            if self.dialect == "sqlite" or not was_lost(error):
                raise unavailable(error) from error
        # The server may have been restarted while the pool was idle: look once more, over fresh connections.
        self._readers.dispose()
        try:
            return self._look(act)
        except Exception as error:
            if is_fault(error):
                raise unavailable(error) from error
            raise

    def listen(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, in a thread, when a row is owed that no process holds; return the function that ends this.

        Also called once the notices are on, and after every gap in the connection: something may have been missed.
        On SQLite, where one process hands its rows to itself, nothing is ever heard.
        """
        if self.dialect == "sqlite":
            return _hear_nothing
        listener = Listener(self._url, callback)
        self._listeners.append(listener)
        return listener.stop

    async def close(self) -> None:
        """Finish the waiting writes, then close. Later calls raise StoreUnavailable; closing twice is fine."""
        await asyncio.get_running_loop().run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """Do what `close` does in this thread."""
        self._closed = True
        for listener in self._listeners:
            listener.stop()
        self._threads.shutdown()
        if self._at_hand is not None:
            self._at_hand.close()
        self._readers.dispose()
        if self._writer is not None:
            self._writer.close()  # Last, so that it finds nobody reading and leaves one whole file, without a WAL.
        if self._lock is not None:
            lock, self._lock = self._lock, None
            lock.release()

    def _look(self, act: Act[T]) -> T:
        with self._readers.connect() as connection:
            try:
                with connection.begin():
                    return act(connection)
            except Exception as error:
                if was_lost(error):
                    connection.invalidate()
                raise

    def _hand_over(self, job: Job) -> None:
        if self._writer is None:
            raise StoreUnavailable("this store was opened for reading only")
        self._writer.hand_over(job)


def _hear_nothing() -> None:
    """End the listening that never began."""
