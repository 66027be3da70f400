"""Sealed secrets that a configuration refers to. The configuration holds `kept:<id>`, so that it may be shown."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from registry.configuration.tables import kept_secrets
from registry.portable import insert_new
from registry.schema import Transaction

KEPT = "kept:"
_ID_DIGITS = 24
_ADD = insert_new(kept_secrets, ["id", "sealed", "kept_at"])


def reference(sealed: str) -> str:
    """Name a sealed secret by its own ciphertext: the same text has the same name wherever it is read."""
    return KEPT + hashlib.sha256(sealed.encode()).hexdigest()[:_ID_DIGITS]


def keep(t: Transaction, sealed: Iterable[str], now: datetime) -> None:
    """Put sealed secrets away; one that is there already stays as it is."""
    for text in sealed:
        t.execute(_ADD, {"id": reference(text).removeprefix(KEPT), "sealed": text, "kept_at": now})


def opened_by(t: Transaction, references: Iterable[str]) -> dict[str, str]:
    """Find the sealed texts of references, by reference; one that leads to nothing is absent."""
    wanted = {one.removeprefix(KEPT) for one in references}
    query = select(kept_secrets.c.id, kept_secrets.c.sealed).where(kept_secrets.c.id.in_(sorted(wanted)))
    return {KEPT + row.id: row.sealed for row in t.execute(query)} if wanted else {}
