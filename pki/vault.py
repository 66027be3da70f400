"""The vault: personal payloads sealed under a key per person, so that forgetting the key forgets the person.

    master key ── HKDF ──┬── wraps each subject's key (AES Key Wrap, RFC 3394)
                         ├── keys the fingerprints (HMAC-SHA-256)
                 └── seals the secrets of the configuration (AES-256-GCM), each bound to its own place

    sealed = version (1) || nonce (12) || AES-256-GCM ciphertext and tag

A bare hash of a national ID falls to a dictionary of ten digits, so a person is found by keyed fingerprint only.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from pki.errors import KeyUnusable, SealBroken
from pki.secret_file import create_secret
from pki.strict import base64url_decode, base64url_encode

_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_VERSION = b"\x01"


def _derived(master_key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=hashes.SHA256(), length=_KEY_BYTES, info=b"peyvand:" + purpose).derive(master_key)


class Vault:
    """Seals and opens under one master key of 32 bytes. Raises KeyUnusable for any other length.

    `random` gives so many unpredictable bytes; only tests replace it.
    """

    def __init__(self, master_key: bytes, *, random: Callable[[int], bytes] = os.urandom) -> None:
        if len(master_key) != _KEY_BYTES:
            raise KeyUnusable("master_key.length", "a master key has 32 bytes")
        self._wrapping = _derived(master_key, b"subject-key")
        self._fingerprints = _derived(master_key, b"fingerprint")
        self._secrets = AESGCM(_derived(master_key, b"secret"))
        self._random = random

    def new_subject_key(self) -> bytes:
        """A fresh AES-256 key, wrapped: 41 bytes to be stored beside the subject and destroyed to erase them."""
        return _VERSION + keywrap.aes_key_wrap(self._wrapping, self._random(_KEY_BYTES))

    def _unwrap(self, wrapped: bytes) -> AESGCM:
        if wrapped[:1] != _VERSION:
            raise SealBroken("seal.version", "a wrapped key of an unknown version")
        try:
            return AESGCM(keywrap.aes_key_unwrap(self._wrapping, wrapped[1:]))
        except (keywrap.InvalidUnwrap, ValueError) as error:
            raise SealBroken("seal.key", "the subject's key does not open under this master key") from error

    def seal(self, wrapped: bytes, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt under the subject's key; it opens only with the same `context` (what and whose it is)."""
        nonce = self._random(_NONCE_BYTES)
        return _VERSION + nonce + self._unwrap(wrapped).encrypt(nonce, plaintext, _VERSION + context)

    def open(self, wrapped: bytes, sealed: bytes, context: bytes) -> bytes:
        """The plaintext. Raises SealBroken: `seal.version`, `seal.key`, `seal.truncated` or `seal.mismatch`."""
        if sealed[:1] != _VERSION:
            raise SealBroken("seal.version", "sealed bytes of an unknown version")
        if len(sealed) < 1 + _NONCE_BYTES + _TAG_BYTES:
            raise SealBroken("seal.truncated", "sealed bytes are too short")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._unwrap(wrapped).decrypt(nonce, ciphertext, _VERSION + context)
        except InvalidTag as error:
            raise SealBroken("seal.mismatch", "another key, another context, or altered bytes") from error

    def seal_secret(self, place: str, secret: str) -> str:
        """A secret of the configuration as text that may stand in it; it opens only in the same `place`."""
        nonce = self._random(_NONCE_BYTES)
        return base64url_encode(nonce + self._secrets.encrypt(nonce, secret.encode(), b"secret:" + place.encode()))

    def open_secret(self, place: str, sealed: str) -> str:
        """The secret. Raises SealBroken: `seal.format`, or `seal.mismatch` (another place or master key, altered)."""
        try:
            raw = base64url_decode(sealed)
        except ValueError as error:
            raise SealBroken("seal.format", "a sealed secret is base64url") from error
        try:
            return self._secrets.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], b"secret:" + place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken("seal.mismatch", "another master key, another place, or altered bytes") from error

    def fingerprint(self, kind: str, value: str) -> str:
        """A keyed name for `value` (64 hex digits); the same value under another `kind` gets an unrelated one."""
        message = f"{len(kind)}:{kind}:{value}".encode()
        return hmac.new(self._fingerprints, message, hashlib.sha256).hexdigest()


def _read_master_key(text: str) -> bytes:
    text = text.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * _KEY_BYTES else base64url_decode(text.rstrip("="))
    except ValueError as error:
        raise KeyUnusable("master_key.format", "a master key is 43 characters base64url or 64 hex digits") from error
    if len(key) != _KEY_BYTES:
        raise KeyUnusable("master_key.length", "a master key has 32 bytes")
    return key


def load_master_key(path: Path | None, value: str | None) -> bytes:
    """The 32-byte master key from its text or its file (base64url or hex).

    Raises KeyUnusable: `master_key.missing`, `master_key.ambiguous` (both given), `master_key.unreadable`,
    `master_key.format`, `master_key.length`.
    """
    if value is not None and path is not None:
        raise KeyUnusable("master_key.ambiguous", "give the master key or its file, not both")
    if value is not None:
        return _read_master_key(value)
    if path is None:
        raise KeyUnusable("master_key.missing", "neither a master key nor its file is set")
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnusable("master_key.unreadable", f"the master key file {path} cannot be read") from error
    return _read_master_key(text)


def create_master_key(path: Path, *, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """Make a master key in a new file of mode 0600. Raises FileExistsError rather than replace one."""
    key = random(_KEY_BYTES)
    create_secret(path, base64url_encode(key).encode() + b"\n")
    return key
