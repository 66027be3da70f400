"""The example's own folder: its database, its keys, and what it tells again at the next start. Nobody else's, ever."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from console.example import cast
from registry.store import Store, StoreUnavailable

SEED = 1405


class NotAnExample(Exception):
    """The database belongs to a real site, or to nobody knows whom."""


@dataclass(slots=True)
class Place:
    """One folder. `cases` is how many cases were begun, `told` the codes to try: code → (second factor, in words)."""

    folder: Path
    cases: int = 0
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def fresh(self) -> bool:
        """Whether nothing has happened here yet."""
        return self.cases == 0

    @property
    def database(self) -> Path:
        """Where the ledger is."""
        return self.folder / "hub.db"

    @classmethod
    def at(cls, folder: Path) -> "Place":
        """Open the folder, or make it. Raises NotAnExample."""
        place = cls(folder)
        if place.database.exists():
            _require_mark(place.database)
        elif folder.exists() and any(folder.iterdir()):
            raise NotAnExample(f"{folder} holds something else; the example site wants a folder of its own (--folder)")
        folder.mkdir(parents=True, exist_ok=True)
        if place._file.exists():
            kept = orjson.loads(place._file.read_bytes())
            place.cases, place.told = kept["cases"], kept["told"]
        return place

    def keep(self) -> None:
        """Write down how far the example has come."""
        self._file.write_bytes(orjson.dumps({"cases": self.cases, "told": self.told}, option=orjson.OPT_INDENT_2))

    @property
    def _file(self) -> Path:
        return self.folder / "example.json"


def refuse_other_stores(settings: Mapping[str, Any]) -> None:
    """The example never writes where a real site was told to. Raises NotAnExample."""
    named = sorted(f"HUB_{name.upper()}" for name in ("database", "broker") if name in settings)
    if named:
        raise NotAnExample(f"{' and '.join(named)} is set, for a site of your own; the example site keeps its own data")


def _require_mark(database: Path) -> None:
    try:
        store = Store.open_reader(f"sqlite:///{database}")
        try:
            known = store.read_now(cast.marked)
        finally:
            store.close_now()
    except StoreUnavailable as unreadable:
        raise NotAnExample(f"{database} cannot be read: {unreadable}") from unreadable
    if not known:
        raise NotAnExample(f"{database} is not an example site's; nothing was touched")
