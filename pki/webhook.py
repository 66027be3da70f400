"""Webhooks signed by the Standard Webhooks rules: HMAC-SHA-256 over `id.timestamp.body`.

While a secret is being rotated a message carries one `v1` signature per secret, so the receiver may change over
whenever it likes.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from pki.errors import KeyUnusable, SignatureInvalid
from pki.strict import base64_decode, base64_encode

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
_SECRET_RANGE: Final = range(24, 65)  # The specification's least and most bytes.
_MOST_SIGNATURES: Final = 16
_SECONDS = re.compile(r"[0-9]{1,12}")


def new_secret(*, random: Callable[[int], bytes] = os.urandom) -> str:
    """A fresh secret, `whsec_` and base64 of 32 bytes."""
    return _PREFIX + base64_encode(random(_SECRET_BYTES))


def _key(secret: str) -> bytes:
    try:
        key = base64_decode(secret.removeprefix(_PREFIX))
    except ValueError as error:
        raise KeyUnusable("webhook.secret", "a webhook secret is whsec_ and base64") from error
    if not secret.startswith(_PREFIX) or len(key) not in _SECRET_RANGE:
        raise KeyUnusable("webhook.secret", "a webhook secret is whsec_ and 24 to 64 bytes in base64")
    return key


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64_encode(hmac.new(key, content, hashlib.sha256).digest())


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers for `body`; `timestamp` in Unix seconds, `secrets` newest first.

    Raises KeyUnusable when there is no secret or one is damaged, ValueError for an id with a full stop, which
    would let one message pose as another.
    """
    if not secrets:
        raise KeyUnusable("webhook.secret", "there is no secret to sign with")
    if not message_id or "." in message_id:
        raise ValueError("a message id is not empty and has no full stop")
    signatures = [_signature(_key(secret), message_id, str(timestamp), body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def verify(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: datetime,
    tolerance: timedelta = timedelta(minutes=5),
) -> None:
    """Raises SignatureInvalid unless `secret` signed this message about `now`; header names in any case.

    Reasons: `webhook.headers` (missing, repeated or malformed), `webhook.too_old`, `webhook.too_new`,
    `webhook.signature`. The receiver still has to remember `webhook-id`: a message may come twice.
    """
    found: dict[str, str] = {}
    for name, value in headers.items():
        if found.setdefault(name.lower(), value) != value:
            raise SignatureInvalid("webhook.headers", f"the header {name.lower()} is given twice")
    message_id, timestamp, given = (found.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not message_id or "." in message_id or not _SECONDS.fullmatch(timestamp) or not given:
        raise SignatureInvalid("webhook.headers", "webhook-id, webhook-timestamp and webhook-signature are needed")
    age = now.timestamp() - int(timestamp)
    if age > tolerance.total_seconds():
        raise SignatureInvalid("webhook.too_old", "the message was signed too long ago")
    if -age > tolerance.total_seconds():
        raise SignatureInvalid("webhook.too_new", "the message was signed in the future")
    expected = _signature(_key(secret), message_id, timestamp, body).encode()
    candidates = given.split(" ")[:_MOST_SIGNATURES]
    if not any(hmac.compare_digest(expected, candidate.encode()) for candidate in candidates):
        raise SignatureInvalid("webhook.signature", "no signature fits this body and secret")
