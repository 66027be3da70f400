"""What happens to mapping versions is written into the journal: proposed, approved, refused, activated, taken back.

Activating and taking back change files, and may be done beside a hub that alone writes the ledger. So the history of
the folder is the list of what is to be written, and a cursor in the ledger says how far it was: whoever writes the
ledger, the command itself or the running hub within two seconds, writes each line once.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from connectors.active import EVERY_SECONDS, Shelf
from registry import cursors, journal, mapping_changes
from registry.journal import canonical
from registry.mapping_changes import Change
from registry.store import Store, StoreUnavailable, Transaction

log = structlog.get_logger(__name__)

_ACTS = {"activated": "mapping.activated", "taken back": "mapping.taken_back"}


def write_leaf(t: Transaction, kind: str, *, by: str, now: datetime, **facts: Any) -> None:
    """Append one leaf. `by` is the officer's id, or who called the command line."""
    statement = {"v": 1, "kind": kind, "at": now.isoformat(timespec="microseconds"), "by": by, **facts}
    journal.append(t, kind=kind, statement=statement, case_id=None, inquiry_id=None, now=now)


def write_change(t: Transaction, act: str, change: Change, *, by: str, now: datetime) -> None:
    """Append the leaf of an act upon a change: `proposed`, `approved`, `refused`."""
    facts = {"change": change.id, "mapping": change.mapping, "version": change.version}
    write_leaf(t, f"mapping.{act}", by=by, now=now, **facts, content_sha256=change.content_hash)


def catch_up(t: Transaction, shelf: Shelf) -> int:
    """Write down what the folder's history holds beyond the cursor, and mark changes as applied; return how much."""
    lines = shelf.history()
    if not lines:
        return 0
    name = f"mappings.history.{hashlib.sha256(canonical(lines[0]).encode()).hexdigest()[:16]}"
    known = cursors.position(t, name)
    if known >= len(lines) or not cursors.advance(t, name, known, len(lines)):
        return 0
    for line in lines[known:]:
        _write_line(t, line)
    return len(lines) - known


def _write_line(t: Transaction, line: Mapping[str, str]) -> None:
    now = datetime.fromisoformat(line["at"])
    facts = {"mapping": line["mapping"], "content_sha256": line["hash"], "before_sha256": line["before"]}
    if line["action"] == "activated":
        change = mapping_changes.applied(t, line["hash"], by=line["by"], now=now)
        if change is not None:
            facts |= {"change": change.id, "approved_by": change.decided_by or ""}
    write_leaf(t, _ACTS[line["action"]], by=line["by"], now=now, **facts)


async def follow(store: Store, folder: Path) -> None:
    """Write down, again and again until cancelled, what commands do beside this process."""
    shelf, seen = Shelf(folder), -1
    while True:
        size = shelf.history_size()
        if size != seen:
            try:
                await store.write(lambda t: catch_up(t, shelf))
                seen = size
            except StoreUnavailable as fault:
                log.warning("mappings.journal_waits", fault=str(fault))
            except Exception:
                log.exception("mappings.not_journalled")  # It stays to be written, and the looking goes on.
        await asyncio.sleep(EVERY_SECONDS)
