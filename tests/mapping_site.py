"""A site as the desk of mapping versions sees it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from registry.store import Store


def site_without_mappings(folder: Path, store: Store) -> Any:
    """What the desk of mapping versions needs of a site: here one without documents, which a test may add."""
    return SimpleNamespace(
        approve_mappings=True,
        mappings_folder=folder / "mappings",
        tables_folder=folder / "tables",
        read_catalogue=dict,
        reader=lambda: SimpleNamespace(read_now=store.read_now, close_now=lambda: None),
    )
