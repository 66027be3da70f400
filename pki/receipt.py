"""Receipts: proof that one exchange stands in the journal, checkable by anyone, offline, with one verifier key.

The leaf commits to the statement through a random salt, so that the tree shows nothing and nobody can find a
statement by guessing: `entry = SHA-256(salt || statement)`, and the tree's leaf is `leaf_hash(entry)`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pki.checkpoint import open_checkpoint
from pki.errors import SignatureInvalid
from pki.merkle import verify_inclusion
from pki.strict import base64_decode, json_object

_HASH_BYTES = 32
_DEEPEST = 64


class Receipt(BaseModel):
    """What a caller keeps. `salt` is hex, `path` base64 hashes from leaf to root, `checkpoint` a signed note."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    statement: Annotated[str, Field(description="canonical JSON text of the leaf")]
    salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="16 random bytes")]
    index: Annotated[int, Field(ge=0, description="place of the leaf in the journal, from 0")]
    size: Annotated[int, Field(ge=1, description="leaves under the checkpoint")]
    path: Annotated[list[str], Field(max_length=_DEEPEST, description="RFC 6962 audit path, base64")]
    checkpoint: Annotated[str, Field(description="C2SP signed note")]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is stable: `valid`, or the first thing that did not hold. `details` shows what was proved."""

    valid: bool
    reason: str
    details: dict[str, Any] = field(default_factory=dict)


def entry_of(salt: bytes, statement: str) -> bytes:
    """The 32 bytes that a statement puts into the journal."""
    return hashlib.sha256(salt + statement.encode()).digest()


def _read_path(path: Sequence[str]) -> list[bytes]:
    try:
        hashes = [base64_decode(step) for step in path]
    except ValueError as error:
        raise SignatureInvalid("receipt.path", "a step of the path is not base64") from error
    if any(len(step) != _HASH_BYTES for step in hashes):
        raise SignatureInvalid("receipt.path", "a step of the path is not a hash")
    return hashes


def _read_statement(receipt: Receipt) -> tuple[dict[str, Any], bytes]:
    try:
        salt = bytes.fromhex(receipt.salt)
    except ValueError as error:
        raise SignatureInvalid("receipt.salt", "the salt is not hex") from error
    try:
        return json_object(receipt.statement), entry_of(salt, receipt.statement)
    except ValueError as error:
        raise SignatureInvalid("receipt.statement", "the statement is not a JSON object") from error


def verify_receipt(receipt: Receipt, vkeys: Sequence[str]) -> Verdict:
    """Whether `receipt` holds under the verifier keys given.

    Reasons besides `valid`: `receipt.statement` (not a JSON object), `receipt.salt`, `receipt.path` (not hashes),
    `receipt.size` (another size than the checkpoint's), `receipt.inclusion` (the path does not lead to the root),
    and `checkpoint.format`, `checkpoint.unknown_key`, `checkpoint.signature`. KeyUnusable for a damaged key.
    """
    details: dict[str, Any] = {}
    try:
        head = open_checkpoint(receipt.checkpoint, vkeys)
        details |= {"origin": head.origin, "size": head.size, "root": head.root.hex()}
        statement, entry = _read_statement(receipt)
        path = _read_path(receipt.path)
    except SignatureInvalid as error:
        return Verdict(valid=False, reason=error.reason, details={**details, "text": error.text})
    if receipt.size != head.size:
        return Verdict(valid=False, reason="receipt.size", details=details)
    if not verify_inclusion(entry, receipt.index, receipt.size, path, head.root):
        return Verdict(valid=False, reason="receipt.inclusion", details=details)
    return Verdict(valid=True, reason="valid", details={**details, "index": receipt.index, "statement": statement})
