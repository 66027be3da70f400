"""What the pages load: own files from `static/`, and what `make assets` copied into `assets/`.

All are read once and served below `/console/assets/<hash of everything>/`, so that a browser may keep them for ever and
a style sheet names its neighbours by their plain names. Without `make assets` the pages have no font, no Pico and no
script libraries; `missing()` says so.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOM = Path(__file__).parent
BASE = "/console/assets"
BUILT = ("chart.js", "htmx.js", "pico.css", "vazirmatn.woff2")
"""What `make assets` brings."""
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_NAMED = 16  # Hex digits of the hash in an address.


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file: its bytes and its media type."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """All files by name, and the release they make together."""

    files: Mapping[str, StaticFile]
    release: str

    @classmethod
    def read(cls, *folders: Path) -> Self:
        """Read folders; of two files of one name the first counts. A folder that is not there is empty."""
        files: dict[str, StaticFile] = {}
        digest = hashlib.sha256()
        for folder in folders or (ROOM / "static", ROOM / "assets"):
            for path in sorted(folder.glob("*")):
                if path.suffix in TYPES and path.name not in files:
                    files[path.name] = StaticFile(path.read_bytes(), TYPES[path.suffix])
                    digest.update(path.name.encode() + b"\0" + files[path.name].content)
        return cls(files, digest.hexdigest()[:_NAMED])

    def __contains__(self, name: str) -> bool:
        return name in self.files

    def address(self, name: str) -> str:
        """Where a browser finds a file. Raises LookupError for one that is not there."""
        if name not in self.files:
            raise LookupError(f"{name} is neither in console/static nor in console/assets")
        return f"{BASE}/{self.release}/{name}"

    def find(self, release: str, name: str) -> StaticFile | None:
        """Give what is served for an address; nothing for another release, whose files are not these."""
        return self.files.get(name) if release == self.release else None


def missing(folder: Path = ROOM / "assets") -> tuple[str, ...]:
    """Name what `make assets` would bring and is not there."""
    return tuple(name for name in BUILT if not (folder / name).is_file())
