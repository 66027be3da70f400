"""Files that hold secrets: mode 0600 from the first byte, whole or absent, never overwritten."""

import os
import tempfile
from pathlib import Path


def create_secret(path: Path, data: bytes) -> None:
    """Write `data` to a new file that only its owner may read.

    The bytes are on the disk under another name before the name appears, so a crash leaves no half key.
    Raises FileExistsError when the name is taken, OSError when the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp opens with mode 0600.
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # Unlike a rename, a link refuses a name that is taken.
    finally:
        Path(draft).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
