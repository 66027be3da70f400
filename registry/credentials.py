"""What callers prove themselves with: API keys (only their hash is kept), public keys, certificates they sign with."""

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select, update

from registry.ids import new_id
from registry.schema import Transaction, credentials

PREFIX = "hub_"
_KEY_BYTES = 32  # 43 characters of base64url.


class KeyKnown(ValueError):
    """The public key is registered already."""


@dataclass(frozen=True, slots=True)
class Credential:
    """One credential of a participant. Valid until `expires_at` or `revoked_at`, whichever comes first."""

    id: str
    participant: str
    kind: Literal["api_key", "jwt_key", "certificate"]
    secret_hash: str | None
    jwk: dict[str, Any] | None
    kid: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    note: str

    def valid(self, now: datetime) -> bool:
        """Tell whether it may be used now."""
        return (self.expires_at is None or now < self.expires_at) and (self.revoked_at is None or now < self.revoked_at)


_COLUMNS = [credentials.c[name] for name in Credential.__dataclass_fields__]


def key_hash(api_key: str) -> str:
    """Return what is stored of an API key: SHA-256 in hex. The key has 256 random bits, so no salt is needed."""
    return hashlib.sha256(api_key.encode("utf-8")).hexdigest()


def issue_api_key(
    t: Transaction,
    *,
    participant: str,
    now: datetime,
    expires_at: datetime | None = None,
    note: str = "",
    random: Callable[[int], bytes] = os.urandom,
) -> str:
    """Make an API key for the participant and return it: the only time it can be seen."""
    api_key = PREFIX + base64.urlsafe_b64encode(random(_KEY_BYTES)).rstrip(b"=").decode("ascii")
    fresh = Credential(new_id(now), participant, "api_key", key_hash(api_key), None, None, expires_at, None, now, note)
    _insert(t, fresh)
    return api_key


def add_jwt_key(
    t: Transaction,
    *,
    participant: str,
    jwk: Mapping[str, Any],
    now: datetime,
    expires_at: datetime | None = None,
    note: str = "",
) -> Credential:
    """Register a public key under its `kid`. Raises KeyKnown; ValueError without a `kid` or with private parts."""
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        raise ValueError("the key has no kid")
    if "d" in jwk or "k" in jwk:
        raise ValueError("this is a secret key; only the public part belongs here")
    if t.execute(select(credentials.c.id).where(credentials.c.kid == kid)).first() is not None:
        raise KeyKnown(f"a key with kid {kid} is registered already")
    fresh = Credential(new_id(now), participant, "jwt_key", None, dict(jwk), kid, expires_at, None, now, note)
    _insert(t, fresh)
    return fresh


def add_certificate(
    t: Transaction,
    *,
    participant: str,
    sha256: str,
    now: datetime,
    expires_at: datetime | None = None,
    note: str = "",
) -> Credential:
    """Register the certificate a participant signs messages with, by SHA-256 over its DER in hex. Raises KeyKnown.

    `kid` holds the fingerprint. Whether a root vouches for the certificate is asked whenever a message comes.
    """
    if t.execute(select(credentials.c.id).where(credentials.c.kid == sha256)).first() is not None:
        raise KeyKnown(f"the certificate {sha256} is registered already")
    fresh = Credential(new_id(now), participant, "certificate", None, None, sha256, expires_at, None, now, note)
    _insert(t, fresh)
    return fresh


def revoke(t: Transaction, credential_id: str, now: datetime) -> bool:
    """End a credential; False when there is none or it was revoked before."""
    statement = (
        update(credentials)
        .where(credentials.c.id == credential_id, credentials.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return t.execute(statement).rowcount == 1


def every(t: Transaction, participant: str | None = None) -> list[Credential]:
    """Return all credentials (of one participant), oldest first."""
    query = select(*_COLUMNS).order_by(credentials.c.id)
    if participant is not None:
        query = query.where(credentials.c.participant == participant)
    return [Credential(*row) for row in t.execute(query)]


def _insert(t: Transaction, credential: Credential) -> None:
    t.execute(credentials.insert(), {name: getattr(credential, name) for name in Credential.__dataclass_fields__})
