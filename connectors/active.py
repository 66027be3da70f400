"""A site's own mapping documents: what it has activated stands for the document of its id in a connector's folder.

In `<state>/mappings` lie `<system>.<operation>.yaml`, what runs; `kept/<sha256>.yaml`, every document that ever ran
from here; `looked/<sha256>.json`, which shadow run of it somebody looked at; `history.jsonl`, who did what and when.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import structlog

from connectors.catalogue import CatalogueError, Connected, functions_of
from mappings.compiler import Mapping as Document
from mappings.compiler import Tables
from mappings.errors import DocumentError
from mappings.shelf import compile_file
from mappings.tables.conflicts import TableError

log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
"""How often a running hub looks whether something was activated."""


def overlay(catalogue: Mapping[str, Connected], folder: Path, tables: Tables | None) -> Mapping[str, Connected]:
    """The catalogue with the activated documents in the place of the folders' own.

    Raises:
        CatalogueError: for one that cannot be used, fails one of its tests, or stands for no document.
    """
    own: dict[str, Document] = {}
    problems: list[str] = []
    functions = {name: functions_of(connected.folder) for name, connected in catalogue.items()}
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = compile_file(path, tables, functions)
        except DocumentError as unusable:
            problems.append(str(unusable))
            continue
        failed = [result for result in document.run_tests() if not result.passed]
        problems += [f"{path}: the test {result.name!r} fails: {result.difference}" for result in failed]
        if path.stem != document.id:
            problems.append(f"{path}: the document is called {document.id}")
        own[document.id] = document
    known = {document.id for connected in catalogue.values() for document in documents_of(connected).values()}
    problems += [f"{folder / name}.yaml: no connector uses a mapping {name!r}" for name in own if name not in known]
    if problems:
        raise CatalogueError(problems)
    return MappingProxyType({name: _with(connected, own) for name, connected in catalogue.items()})


def documents_of(connected: Connected) -> dict[str, Document]:
    """The documents of one connector, by operation; those that read what it sends as `status` or by their name."""
    pushed = {} if connected.inbound is None else {"status": connected.inbound}
    return {**pushed, **connected.arrivals, **connected.mappings}


def _with(connected: Connected, own: Mapping[str, Document]) -> Connected:
    mappings = {name: own.get(document.id, document) for name, document in connected.mappings.items()}
    inbound = connected.inbound
    if inbound is not None:
        inbound = own.get(inbound.id, inbound)
    arrivals = {name: own.get(document.id, document) for name, document in connected.arrivals.items()}
    return replace(connected, mappings=MappingProxyType(mappings), inbound=inbound, arrivals=MappingProxyType(arrivals))


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folder of activated documents. One person at a time works in it."""

    folder: Path

    def activate(self, document: Document, *, before: Document, by: str, now: datetime) -> None:
        """Put the document into its place, whole or not at all; keep its bytes and the history.

        What is written is what was read and checked, whatever has become of the file since.
        """
        raw = document.document.source.raw
        kept = self.folder / "kept"
        kept.mkdir(parents=True, exist_ok=True)
        _write(kept / f"{document.content_hash}.yaml", raw)
        _write(self._place(document.id), raw)
        self._remember("activated", document.id, document.content_hash, before.content_hash, by, now)

    def take_back(self, name: str, *, by: str, now: datetime) -> str | None:
        """Put the document before the active one back; its hash, or None where the connector's own stands again.

        Raises:
            LookupError: when nothing was activated under this name.
        """
        place = self._place(name)
        before: dict[str, str] = {}
        for line in self.history():
            if line["mapping"] == name and line["action"] == "activated":
                before[line["hash"]] = line["before"]
        if not place.exists():
            raise LookupError(f"nothing was activated for {name!r}")
        active = hashlib.sha256(place.read_bytes()).hexdigest()
        earlier = self.folder / "kept" / f"{before.get(active, '')}.yaml"
        restored = earlier.stem if earlier.is_file() else None
        if restored is None:
            place.unlink()
        else:
            _write(place, earlier.read_bytes())
        self._remember("taken back", name, restored or before.get(active, ""), active, by, now)
        return restored

    def look(self, candidate: str, active: str, facts: Mapping[str, Any]) -> None:
        """Remember that somebody looked at a shadow run of these two documents, by their hashes."""
        looked = self.folder / "looked"
        looked.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"active": active, **facts}, ensure_ascii=False, indent=2)
        _write(looked / f"{candidate}.json", text.encode())

    def looked_at(self, candidate: str, active: str) -> bool:
        """Whether a shadow run of `candidate` against `active` was looked at."""
        try:
            facts = json.loads((self.folder / "looked" / f"{candidate}.json").read_bytes())
        except FileNotFoundError:
            return False
        return bool(facts["active"] == active)

    def history(self) -> list[dict[str, str]]:
        """Everything that was activated and taken back, oldest first."""
        try:
            lines = (self.folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def history_size(self) -> int:
        """Bytes of the history: whether something was added is seen by it."""
        try:
            return (self.folder / "history.jsonl").stat().st_size
        except FileNotFoundError:
            return 0

    def _place(self, name: str) -> Path:
        return self.folder / f"{name}.yaml"

    def _remember(self, action: str, name: str, content_hash: str, before: str, by: str, now: datetime) -> None:
        facts = {"at": now.isoformat(timespec="seconds"), "action": action, "mapping": name}
        line = json.dumps({**facts, "hash": content_hash, "before": before, "by": by}, ensure_ascii=False)
        with (self.folder / "history.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _write(target: Path, content: bytes) -> None:
    fresh = target.with_name(f"{target.name}.fresh")
    fresh.write_bytes(content)
    fresh.replace(target)


class Follower:
    """Notices that mapping documents or code tables have changed, and hands the catalogue made of them on."""

    def __init__(
        self,
        folders: Mapping[Path, str],
        read: Callable[[], Mapping[str, Connected]],
        take: Callable[[Mapping[str, Connected]], None],
    ) -> None:
        self._folders = folders
        self._read = read
        self._take = take
        self._seen = self._state()

    def look(self) -> bool:
        """Take what has changed, if anything has. What cannot be used is logged, and the former goes on."""
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        try:
            catalogue = self._read()
        except (CatalogueError, TableError, OSError) as unusable:
            log.error("mappings.unusable", problems=str(unusable))  # noqa: TRY400 - the problems say it all.
            return False
        self._take(catalogue)
        log.info("mappings.taken")
        return True

    async def follow(self, every: float = EVERY_SECONDS) -> None:
        """Look again and again until cancelled."""
        while True:
            await asyncio.sleep(every)
            try:
                await asyncio.to_thread(self.look)
            except Exception:
                log.exception("mappings.not_followed")  # The former documents go on, and so does the looking.

    def _state(self) -> dict[str, tuple[int, int]]:
        found = {}
        for folder, pattern in self._folders.items():
            for path in folder.glob(pattern):
                try:
                    about = path.stat()
                except FileNotFoundError:
                    continue  # Taken back between the two looks.
                found[str(path)] = (about.st_mtime_ns, about.st_size)
        return found
