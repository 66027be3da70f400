"""What working with mapping versions needs of a site."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from connectors.catalogue import Connected
    from pki.vault import Vault
    from registry.store import Store


class VersionSite(Protocol):
    """What a site gives them."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware UTC."""
        ...

    @property
    def catalogue(self) -> "Mapping[str, Connected]":
        """Every connector, with the documents that were active when it was first asked for."""
        ...

    @property
    def approve_mappings(self) -> bool:
        """Whether a version needs the approval of a second person."""
        ...

    def read_catalogue(self) -> "Mapping[str, Connected]":
        """Every connector with the documents that are active now."""
        ...

    @property
    def vault(self) -> "Vault":
        """What opens recorded exchanges."""
        ...

    @property
    def mappings_folder(self) -> Path:
        """Where activated documents lie."""
        ...

    @property
    def tables_folder(self) -> Path:
        """Where the site's own code tables lie."""
        ...

    def store(self) -> "Store":
        """Open for writing."""
        ...

    def reader(self) -> "Store":
        """Open for reading."""
        ...
