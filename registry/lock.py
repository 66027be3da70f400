"""One process writes. The lock beside the database file says which."""

import errno
import fcntl
import os
from pathlib import Path


class StoreBusy(Exception):
    """Another process writes to this database. `pid` is its number, None if it could not be read."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{path} is being written by {who}. A database has one writer: stop that process, or use a reading command."
        )
        self.path = path
        self.pid = pid


class WriterLock:
    """An exclusive lock on `<database>.lock`, released by the kernel when its process dies."""

    def __init__(self, database: Path) -> None:
        """Take the lock. Raises `StoreBusy`, or OSError when the file cannot be made."""
        self._path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            text = os.pread(self._descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            raise StoreBusy(database, int(text) if text.isdecimal() else None) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would let two processes lock two different files."""
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
