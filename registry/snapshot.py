"""What the hot path looks up, held in memory and replaced whole."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from registry import credentials, participants, rights, services, subscriptions
from registry.configuration import revisions
from registry.configuration.revisions import InForce
from registry.credentials import Credential
from registry.participants import Participant
from registry.rights import Right
from registry.schema import Transaction
from registry.services import Service
from registry.store import Store
from registry.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the configuration.

    `services` holds the newest version of each; `rights` goes by (participant, service); `api_keys` by SHA-256 in hex;
    `jwt_keys` by kid; `certificates` by SHA-256 in hex; `configuration` is the newest revision. Revoked credentials are
    absent; whoever uses one still asks `Credential.valid(now)`.
    """

    participants: Mapping[str, Participant] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    rights: Mapping[tuple[str, str], Right] = field(default_factory=dict)
    api_keys: Mapping[str, Credential] = field(default_factory=dict)
    jwt_keys: Mapping[str, Credential] = field(default_factory=dict)
    certificates: Mapping[str, Credential] = field(default_factory=dict)
    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)
    configuration: InForce = field(default_factory=InForce)


def load(t: Transaction) -> Snapshot:
    """Read the whole configuration."""
    usable = [credential for credential in credentials.every(t) if credential.revoked_at is None]
    return Snapshot(
        participants=MappingProxyType({one.identifier: one for one in participants.every(t)}),
        services=MappingProxyType({one.id: one for one in services.every(t)}),
        rights=MappingProxyType({(one.participant, one.service): one for one in rights.every(t)}),
        api_keys=MappingProxyType({one.secret_hash: one for one in usable if one.secret_hash is not None}),
        jwt_keys=MappingProxyType({one.kid: one for one in usable if one.kid is not None and one.jwk is not None}),
        certificates=MappingProxyType({one.kid: one for one in usable if one.kid is not None and one.jwk is None}),
        subscriptions=MappingProxyType({one.id: one for one in subscriptions.every(t)}),
        configuration=revisions.in_force(t),
    )


class Current:
    """The snapshot in force. Empty, so that nothing is allowed, until the first `refresh`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._order = asyncio.Lock()
        self.value = Snapshot()

    async def refresh(self) -> Snapshot:
        """Read the configuration and put it in force. Raises StoreUnavailable; the old one stays then."""
        async with self._order:  # An older reading must not replace a newer one.
            self.value = await self._store.read(load)
        return self.value

    def refresh_now(self) -> Snapshot:
        """Do what `refresh` does in this thread: for commands and start-up."""
        self.value = self._store.read_now(load)
        return self.value
