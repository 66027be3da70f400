"""Secrets that the hub itself must read again, of subscribers and of officers' phones, under one key of the site's."""

from collections.abc import Sequence
from datetime import datetime

import orjson

from pki.vault import Vault
from registry import subjects
from registry.store import Transaction


class SiteSecrets:
    """Seals and opens; two secrets are held while one rotates, the newest first."""

    @classmethod
    def of_site(cls, t: Transaction, vault: Vault, *, now: datetime) -> "SiteSecrets":
        """Find the site's own key in the registry, or make it."""
        # Not keyed, so that a start with another master key finds it and is stopped.
        owner = subjects.ensure(t, fingerprint="site", new_key=vault.new_subject_key, now=now)
        return cls(vault, owner.wrapped_key or b"")

    def __init__(self, vault: Vault, wrapped_key: bytes) -> None:
        self._vault = vault
        self._wrapped_key = wrapped_key

    def seal(self, owner: str, secrets: Sequence[str]) -> bytes:
        """Return the ciphertext that is stored with the owner: a subscription's id, or `officer:<id>`."""
        return self._vault.seal(self._wrapped_key, orjson.dumps(list(secrets)), owner.encode())

    def open(self, owner: str, sealed: bytes) -> tuple[str, ...]:
        """Return the secrets sealed for this owner. Raises SealBroken."""
        return tuple(orjson.loads(self._vault.open(self._wrapped_key, sealed, owner.encode())))
