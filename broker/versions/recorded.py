"""Recorded exchanges, unsealed for a trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from connectors.active import documents_of
from connectors.catalogue import Connected
from connectors.verdicts import http_status
from mappings.compiler import Mapping as Document
from mappings.pointers import CONTEXT
from mappings.shadow import RecordedExchange
from pki.errors import SealBroken
from pki.vault import Vault
from registry import recordings
from registry.recordings import Recording
from registry.store import Transaction


@dataclass(frozen=True, slots=True)
class Used:
    """Where a document is used: its system, the operations it translates, those it asks after, what is active."""

    system: str
    operations: tuple[str, ...]
    asks_after: tuple[str, ...]
    active: Document


def where_used(catalogue: Mapping[str, Connected], name: str) -> Used | None:
    """Find the document called `name` in the catalogue."""
    for system, connected in catalogue.items():
        found = {key: document for key, document in documents_of(connected).items() if document.id == name}
        if found:
            operations = tuple(found)
            declared = connected.manifest.operations
            asks_after = tuple(key for key, item in declared.items() if item.resolve_with in operations)
            return Used(system, operations, asks_after, next(iter(found.values())))
    return None


def how_many(t: Transaction, used: Used) -> int:
    """How many exchanges of the document are recorded."""
    calls = recordings.how_many(t, system=used.system, operations=used.operations)
    return calls + recordings.how_many(t, system=used.system, operations=used.asks_after, asked_after=True)


def read(t: Transaction, used: Used, first: str | None, last: str | None, limit: int) -> list[Recording]:
    """The recordings of the document in a range of inquiry ids, newest first."""
    calls = recordings.recorded(t, system=used.system, operations=used.operations, first=first, last=last, limit=limit)
    questions = recordings.recorded(
        t, system=used.system, operations=used.asks_after, first=first, last=last, asked_after=True, limit=limit
    )
    return [*calls, *questions][:limit]


def unsealed(vault: Vault, found: Sequence[Recording]) -> tuple[list[RecordedExchange], int]:
    """The exchanges that can be opened, and how many cannot: the person was erased, or a broken reply was cut short."""
    opened = [_open(vault, recording) for recording in found]
    exchanges = [exchange for exchange in opened if exchange is not None]
    return exchanges, len(found) - len(exchanges)


def _open(vault: Vault, recording: Recording) -> RecordedExchange | None:
    if recording.wrapped_key is None:
        return None
    about_another = recording.outcome.startswith("asked_after.")
    context: dict[str, str] = dict.fromkeys(CONTEXT, "")  # Credentials are not needed to compare.
    context |= {
        "reference": recording.inquiry_id,
        "inquiry_id": recording.inquiry_id,
        "tracking_code": recording.code,
        "now": recording.started_at.isoformat(),
    }
    try:
        asked = vault.open(recording.wrapped_key, recording.payload_sealed, recording.inquiry_id.encode())
        reply: Any = orjson.loads(vault.open(recording.wrapped_key, recording.reply_sealed, b"sample"))
    except (SealBroken, orjson.JSONDecodeError):
        return None
    return RecordedExchange(
        recording.inquiry_id,
        orjson.loads(asked),
        context,
        reply,
        http_status(reply),
        asks=not about_another,
    )
