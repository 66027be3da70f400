"""The transparency log: every exchange is a leaf of a Merkle tree (RFC 6962) under signed checkpoints.

A leaf commits to its statement by a salted hash and holds nothing personal. Leaves are appended inside the transaction
they speak of, without an index; the sealer gives them theirs, stores the tree's new nodes and signs the new size.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import bindparam, func, select

from registry.gathered import Insertion
from registry.prepared import Prepared
from registry.schema import Transaction, checkpoints, journal_leaves, journal_nodes, journal_positions

_SALT_BYTES = 16
LOOK_BACK = 10_000
"""Where several processes write, a leaf may be committed a little after one with a higher id. The sealer looks back
this many ids for such latecomers; with one writer there are none."""
LOOK_FAR_BACK = 500_000
"""From time to time it looks so far back, for what a transaction left that waited long for a lock."""

Fetch = Callable[[int, int], bytes]


class Growth(Protocol):
    """What a tree gained: `(level, index, hash)` of every subtree that became complete."""

    @property
    def nodes(self) -> list[tuple[int, int, bytes]]: ...  # noqa: D102 - drawn above.
    @property
    def size(self) -> int: ...  # noqa: D102 - leaves in all.
    @property
    def root(self) -> bytes: ...  # noqa: D102 - root hash at that size.


class MerkleTree(Protocol):
    """The arithmetic of RFC 6962, stateless. `fetch(level, index)` gives the hash of a complete subtree."""

    def grow(self, size: int, fetch: Fetch, entries: Sequence[bytes]) -> Growth:
        """Return what appending the entries to a tree of `size` leaves adds."""
        ...

    def inclusion(self, index: int, size: int, fetch: Fetch) -> list[bytes]:
        """Return the inclusion proof of a leaf."""
        ...


class CheckpointSigner(Protocol):
    """Signs the size and root of the tree."""

    def sign(self, size: int, root: bytes) -> str:
        """Return the signed checkpoint's text."""
        ...


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint: the tree's size and root, its signed text, and when it was made."""

    size: int
    root: bytes
    text: str
    sealed_at: datetime


_LEAF = ["kind", "statement", "salt", "case_id", "inquiry_id", "at"]
_APPEND = Insertion(journal_leaves, _LEAF)
_POSITION = Insertion(journal_positions, ["leaf_id", "index"])
_NODES = Insertion(journal_nodes, ["level", "index", "hash"])
_NODE = Prepared(
    select(journal_nodes.c.hash).where(
        journal_nodes.c.level == bindparam("level"), journal_nodes.c.index == bindparam("place")
    ),
    [journal_nodes.c.hash],
)
_NEWEST = select(func.coalesce(func.max(journal_leaves.c.id), 0))
_CHECKPOINT = select(checkpoints.c.size, checkpoints.c.root, checkpoints.c.text, checkpoints.c.sealed_at)


def canonical(statement: Mapping[str, Any]) -> str:
    """Return the statement as canonical JSON text: sorted keys, no spaces, no escapes beyond what JSON demands."""
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def entry(salt: bytes, statement: str) -> bytes:
    """Return what the tree commits to: SHA-256(salt ‖ statement)."""
    return hashlib.sha256(salt + statement.encode("utf-8")).digest()


def append(
    t: Transaction,
    *,
    kind: str,
    statement: Mapping[str, Any],
    case_id: str | None,
    inquiry_id: str | None,
    now: datetime,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Write a leaf down. The statement must hold nothing personal. Raises ValueError for NaN."""
    row = {
        "kind": kind,
        "statement": canonical(statement),
        "salt": random(_SALT_BYTES),
        "case_id": case_id,
        "inquiry_id": inquiry_id,
        "at": now,
    }
    _APPEND.put(t, row)


def seal(
    t: Transaction,
    tree: MerkleTree,
    signer: CheckpointSigner,
    *,
    now: datetime,
    limit: int = 10_000,
    look_back: int = LOOK_BACK,
) -> Sealed | None:
    """Give up to `limit` unsealed leaves their indexes and sign the grown tree; None when there are none.

    The sealer is one: two at once would give the same index twice, which the database refuses.
    """
    last = t.execute(select(func.max(journal_positions.c.leaf_id))).scalar_one() or 0
    sealed = select(journal_positions.c.leaf_id).where(journal_positions.c.leaf_id > last - look_back)
    query = (
        select(journal_leaves.c.id, journal_leaves.c.salt, journal_leaves.c.statement)
        .where(journal_leaves.c.id > last - look_back, journal_leaves.c.id.not_in(sealed))
        .order_by(journal_leaves.c.id)
        .limit(limit)
    )
    leaves = t.execute(query).all()
    if not leaves:
        return None
    previous = latest(t)
    start = previous.size if previous is not None else 0
    growth = tree.grow(start, _fetch(t), [entry(salt, statement) for _, salt, statement in leaves])
    _POSITION.put_all(t, ({"leaf_id": leaf[0], "index": index} for index, leaf in enumerate(leaves, start)))
    _NODES.put_all(t, ({"level": lv, "index": ix, "hash": digest} for lv, ix, digest in growth.nodes))
    made = Sealed(growth.size, growth.root, signer.sign(growth.size, growth.root), now)
    row = {"size": made.size, "root": made.root, "text": made.text, "sealed_at": now}
    t.execute(checkpoints.insert(), row)
    return made


def newest_leaf(t: Transaction) -> int:
    """Return the highest id of a leaf, 0 where there is none: as long as it stays there is hardly anything to seal."""
    return int(t.execute(_NEWEST).scalar_one())


def latest(t: Transaction) -> Sealed | None:
    """Return the newest checkpoint, or None."""
    row = t.execute(_CHECKPOINT.order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
    return None if row is None else Sealed(*row)


def at_size(t: Transaction, size: int) -> Sealed | None:
    """Return the checkpoint of that tree size, or None."""
    row = t.execute(_CHECKPOINT.where(checkpoints.c.size == size)).one_or_none()
    return None if row is None else Sealed(*row)


def unsealed(t: Transaction) -> int:
    """Return how many leaves wait for the sealer."""
    leaves = t.execute(select(func.count()).select_from(journal_leaves)).scalar_one()
    return leaves - t.execute(select(func.count()).select_from(journal_positions)).scalar_one()


def pending(t: Transaction, case_id: str) -> int:
    """Return how many leaves of a case wait for the sealer."""
    query = (
        select(func.count())
        .select_from(journal_leaves)
        .outerjoin(journal_positions, journal_positions.c.leaf_id == journal_leaves.c.id)
        .where(journal_leaves.c.case_id == case_id, journal_positions.c.leaf_id.is_(None))
    )
    return int(t.execute(query).scalar_one())


def proofs(
    t: Transaction, tree: MerkleTree, *, case_id: str | None = None, inquiry_id: str | None = None
) -> list[dict[str, Any]]:
    """Return a receipt for every sealed leaf of a case or an inquiry, oldest first.

    Each has the fields `statement`, `salt` (hex), `index`, `size`, `path` (base64 hashes), `checkpoint` (signed text).
    Raises ValueError unless exactly one of the two is named.
    """
    if (case_id is None) == (inquiry_id is None):
        raise ValueError("name a case or an inquiry, and only one of them")
    head = latest(t)
    if head is None:
        return []
    mine = journal_leaves.c.case_id == case_id if case_id else journal_leaves.c.inquiry_id == inquiry_id
    query = (
        select(journal_leaves.c.statement, journal_leaves.c.salt, journal_positions.c.index)
        .join(journal_positions, journal_positions.c.leaf_id == journal_leaves.c.id)
        .where(mine)
        .order_by(journal_positions.c.index)
    )
    fetch = _fetch(t)
    return [
        {
            "statement": statement,
            "salt": salt.hex(),
            "index": index,
            "size": head.size,
            "path": [base64.b64encode(step).decode("ascii") for step in tree.inclusion(index, head.size, fetch)],
            "checkpoint": head.text,
        }
        for statement, salt, index in t.execute(query)
    ]


def _fetch(t: Transaction) -> Fetch:
    """Return a reader of the stored nodes; a missing one means a damaged journal and raises."""

    def fetch(level: int, index: int) -> bytes:
        digest: bytes | None = _NODE.scalar(t, {"level": level, "place": index})
        if digest is None:
            raise LookupError(f"the journal is damaged: node {index} of level {level} is missing")
        return digest

    return fetch


def fetcher(t: Transaction) -> Fetch:
    """Return the stored nodes as a `Fetch`, for consistency proofs."""
    return _fetch(t)
