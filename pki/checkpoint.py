"""Checkpoints: the signed head of the journal, in the text form of C2SP `tlog-checkpoint` and `signed-note`.

    hub.example.ir/journal        the origin: which log speaks
    4711                          how many leaves
    <base64 of the root>

    — hub.example.ir/journal <base64 of 4 bytes of key hash and the signature>

A verifier key is one line, `name+hash+key`; whoever has that line can check every receipt without the hub.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519

from pki.errors import KeyUnusable, SignatureInvalid
from pki.keys import PublicKey, SigningKey
from pki.strict import base64_decode, base64_encode

_ED25519 = b"\x01"  # The signature type byte of signed-note.
_HASH_BYTES = 4
_ROOT_BYTES = 32
_KEY_BYTES = 32
_MOST_CHARACTERS = 65_536
_MOST_SIGNATURES = 64
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_DASH = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head someone vouched for: `size` leaves under the 32-byte `root`, in the log `origin`."""

    origin: str
    size: int
    root: bytes


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_HASH_BYTES]


def _check_name(name: str) -> None:
    if not name or "+" in name or any(letter.isspace() or not letter.isprintable() for letter in name):
        raise KeyUnusable("vkey.name", "a log's name has no spaces, plus signs or control characters")


class CheckpointSigner:
    """Signs tree heads of the log `origin` with an Ed25519 key. Raises KeyUnusable for any other key or a bad name."""

    def __init__(self, key: SigningKey, origin: str) -> None:
        if not isinstance(key.public.material, ed25519.Ed25519PublicKey):
            raise KeyUnusable("checkpoint.key", "checkpoints are signed with Ed25519")
        _check_name(origin)
        self.origin = origin
        self._key = key
        self._public = key.public.material.public_bytes_raw()
        self._hash = _key_hash(origin, self._public)

    def sign(self, size: int, root: bytes) -> str:
        """The signed note over `(size, root)`."""
        if size < 0 or len(root) != _ROOT_BYTES:
            raise ValueError("a tree head has a size of zero or more and a root of 32 bytes")
        text = f"{self.origin}\n{size}\n{base64_encode(root)}\n"
        signature = base64_encode(self._hash + self._key.sign(text.encode()))
        return f"{text}\n{_DASH}{self.origin} {signature}\n"

    def verifier_key(self) -> str:
        """The line that others need to check this log: `name+hash+key`."""
        return f"{self.origin}+{self._hash.hex()}+{base64_encode(_ED25519 + self._public)}"


def _read_vkey(vkey: str) -> tuple[str, bytes, PublicKey]:
    try:
        name, hexadecimal, encoded = vkey.strip().split("+", 2)
        material = base64_decode(encoded)
    except ValueError as error:
        raise KeyUnusable("vkey.format", "a verifier key is name, hash and base64 joined by plus signs") from error
    public = material[1:]
    if material[:1] != _ED25519 or len(public) != _KEY_BYTES:
        raise KeyUnusable("vkey.kind", "not an Ed25519 verifier key")
    _check_name(name)
    key_hash = _key_hash(name, public)
    if key_hash.hex() != hexadecimal:
        raise KeyUnusable("vkey.hash", "the hash of a verifier key does not fit its name and key")
    return name, key_hash, PublicKey(ed25519.Ed25519PublicKey.from_public_bytes(public))


def _read_signatures(block: str) -> list[tuple[str, bytes]]:
    lines = block.split("\n")
    if lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise SignatureInvalid("checkpoint.format", "signature lines end with a newline and are few")
    signatures = []
    for line in lines:
        name, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not name or not space:
            raise SignatureInvalid("checkpoint.format", "a signature line is a dash, a name and base64")
        try:
            signatures.append((name, base64_decode(encoded)))
        except ValueError as error:
            raise SignatureInvalid("checkpoint.format", "a signature line is not base64") from error
    return signatures


def _read_head(text: str) -> Checkpoint:
    lines = text.split("\n")
    try:
        origin, size, root = lines[0], lines[1], base64_decode(lines[2])
    except (IndexError, ValueError) as error:
        raise SignatureInvalid("checkpoint.format", "a checkpoint has an origin, a size and a root") from error
    if not origin or not _DECIMAL.fullmatch(size) or len(root) != _ROOT_BYTES or not all(lines[:-1]):
        raise SignatureInvalid("checkpoint.format", "a checkpoint has an origin, a size and a root")
    return Checkpoint(origin, int(size), root)


def open_checkpoint(text: str, vkeys: Sequence[str]) -> Checkpoint:
    """The tree head in `text`, signed by the log it names under one of `vkeys`; other signatures are left aside.

    Raises SignatureInvalid: `checkpoint.format`, `checkpoint.unknown_key` (no signature by a key given) or
    `checkpoint.signature` (a given key's signature does not fit); KeyUnusable when a verifier key is damaged.
    """
    if len(text) > _MOST_CHARACTERS or any(letter < " " and letter != "\n" for letter in text):
        raise SignatureInvalid("checkpoint.format", "too long, or control characters")
    note, blank, block = text.rpartition("\n\n")
    if not blank:
        raise SignatureInvalid("checkpoint.format", "no signatures")
    note += "\n"
    head = _read_head(note)
    known = {(name, key_hash): key for name, key_hash, key in map(_read_vkey, vkeys)}
    believed = False
    for name, blob in _read_signatures(block):
        key = known.get((name, blob[:_HASH_BYTES]))
        if key is None:
            continue
        try:
            key.verify(blob[_HASH_BYTES:], note.encode())
        except (SignatureInvalid, UnicodeEncodeError) as error:
            raise SignatureInvalid("checkpoint.signature", f"the signature of {name} does not fit") from error
        # A key trusted for one log must not vouch for another.
        believed = believed or name == head.origin
    if not believed:
        raise SignatureInvalid("checkpoint.unknown_key", f"no trusted key signed for {head.origin}")
    return head
