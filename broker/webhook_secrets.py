"""Webhook secrets of subscribers, sealed under one key of the site's."""

from collections.abc import Sequence

import orjson

from pki.vault import Vault


class WebhookSecrets:
    """Seals and opens; two secrets are held while one rotates, the newest first."""

    def __init__(self, vault: Vault, wrapped_key: bytes) -> None:
        self._vault = vault
        self._wrapped_key = wrapped_key

    def seal(self, subscription_id: str, secrets: Sequence[str]) -> bytes:
        """Return the ciphertext that is stored with the subscription."""
        return self._vault.seal(self._wrapped_key, orjson.dumps(list(secrets)), subscription_id.encode())

    def open(self, subscription_id: str, sealed: bytes) -> tuple[str, ...]:
        """Return the secrets sealed for this subscription. Raises SealBroken."""
        return tuple(orjson.loads(self._vault.open(self._wrapped_key, sealed, subscription_id.encode())))
