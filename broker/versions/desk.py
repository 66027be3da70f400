"""Mapping versions on their way into force, for those who work in a running hub.

VersionStopped   something stands against the version: `stops`
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from broker.versions.gate import Stop, stops
from broker.versions.recorded import Used, where_used
from broker.versions.site import VersionSite
from connectors.active import Shelf, documents_of
from connectors.catalogue import registered
from mappings.compiler import Mapping as Document
from mappings.compiler import compile_document
from mappings.document import load_document
from mappings.tables.shelf import tables_of


class VersionStopped(Exception):
    """A version that may not run."""

    def __init__(self, found: Sequence[Stop]) -> None:
        super().__init__("; ".join(stop.en for stop in found))
        self.stops = tuple(found)


@dataclass(frozen=True, slots=True)
class Examined:
    """A version against which nothing stands, and where it would be used."""

    candidate: Document
    used: Used


class VersionDesk:
    """Everything here reads files and tries documents: call it in a thread."""

    def __init__(self, site: VersionSite) -> None:
        self._site = site
        self.shelf = Shelf(site.mappings_folder)

    @property
    def approval_demanded(self) -> bool:
        """Whether a second person must have approved a version before it runs."""
        return self._site.approve_mappings

    def active(self) -> list[Document]:
        """Every document that translates now, by its name."""
        found = {
            document.id: document
            for connected in self._site.read_catalogue().values()
            for document in documents_of(connected).values()
        }
        return [found[name] for name in sorted(found)]

    def examine(self, content: str) -> Examined:
        """Read a new version and try it. Raises DocumentError, LookupError for a name nobody uses, VersionStopped."""
        document = load_document(content.encode(), name="document.yaml")
        system = document.id.partition(".")[0]
        candidate = compile_document(document, tables_of(self._site.tables_folder), registered().get(system, {}))
        used = where_used(self._site.read_catalogue(), candidate.id)
        if used is None:
            raise LookupError(candidate.id)
        found = stops(candidate, used, self._site.reader, self.shelf)
        if found:
            raise VersionStopped(found)
        return Examined(candidate, used)

    def activate(self, examined: Examined, *, by: str, now: datetime) -> None:
        """Let the version run; running hubs take it within two seconds."""
        self.shelf.activate(examined.candidate, before=examined.used.active, by=by, now=now)

    def take_back(self, name: str, *, by: str, now: datetime) -> str | None:
        """Let the version before the active one run again, which was approved before. Raises LookupError."""
        return self.shelf.take_back(name, by=by, now=now)
