"""Revisions: every state the configuration was ever in, numbered from 1. Number 0 is the state before any of them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from registry.configuration import kept
from registry.configuration.tables import revisions
from registry.journal import canonical
from registry.schema import Transaction


@dataclass(frozen=True, slots=True)
class Revision:
    """One applied state. `restores` is the number of the revision that a rollback put back."""

    number: int
    document: dict[str, Any]
    hash: str
    author: str
    reason: str
    approved_by: str | None
    change: str | None
    restores: int | None
    applied_at: datetime | None


@dataclass(frozen=True, slots=True)
class InForce:
    """What a process works with: the newest revision, and the sealed texts of the secrets it refers to."""

    number: int = 0
    document: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


_COLUMNS = [revisions.c[name] for name in Revision.__dataclass_fields__]


def hash_of(document: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the document's canonical JSON: what is approved and what is applied."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def head(t: Transaction) -> Revision:
    """Return the newest revision; number 0 with an empty document where nothing was ever changed."""
    row = t.execute(select(*_COLUMNS).order_by(revisions.c.number.desc()).limit(1)).one_or_none()
    return Revision(0, {}, hash_of({}), "", "", None, None, None, None) if row is None else Revision(*row)


def get(t: Transaction, number: int) -> Revision | None:
    """Return the revision of this number, or None."""
    row = t.execute(select(*_COLUMNS).where(revisions.c.number == number)).one_or_none()
    return None if row is None else Revision(*row)


def page(t: Transaction, *, before: int | None = None, limit: int = 50) -> list[Revision]:
    """Return revisions, newest first, below `before`."""
    query = select(*_COLUMNS).order_by(revisions.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(revisions.c.number < before)
    return [Revision(*row) for row in t.execute(query)]


def add(t: Transaction, revision: Revision) -> None:
    """Append a revision. The database refuses a number that exists: two at once cannot both have come next."""
    t.execute(revisions.insert(), {name: getattr(revision, name) for name in Revision.__dataclass_fields__})


def in_force(t: Transaction) -> InForce:
    """Read what a process needs to work with the newest revision."""
    newest = head(t)
    return InForce(newest.number, newest.document, kept.opened_by(t, references(newest.document)))


def references(value: Any) -> Iterator[str]:
    """Every reference to a kept secret, wherever it stands in a document."""
    if isinstance(value, str) and value.startswith(kept.KEPT):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from references(inner)
