"""The Merkle tree of RFC 6962: every exchange is a leaf, one hash stands for all of them.

The tree keeps nothing itself. Hashes of complete subtrees have coordinates `(level, index)`: level 0 are leaf hashes,
`(level, index)` covers the leaves from `index * 2**level` up to the next index. `Fetch` reads one of them from
wherever they are kept; it is only ever asked for subtrees that are complete at the size in question.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Fetch = Callable[[int, int], bytes]

EMPTY_ROOT = hashlib.sha256(b"").digest()
_LEAF = b"\x00"  # RFC 6962 §2.1: leaves and inner nodes are hashed apart, so that neither can pose as the other.
_NODE = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """The 32-byte hash of a leaf (RFC 6962 §2.1)."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The 32-byte hash of an inner node (RFC 6962 §2.1)."""
    return hashlib.sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Growth:
    """What `grow` adds: every newly complete subtree as `(level, index, hash)`, the new size and root."""

    nodes: list[tuple[int, int, bytes]]
    size: int
    root: bytes


class MerkleTree:
    """Builds and proves over subtree hashes that live elsewhere; holds no state."""

    def grow(self, size: int, fetch: Fetch, entries: Sequence[bytes]) -> Growth:
        """Append `entries` to a tree of `size` leaves; reads at most one stored node per level."""
        fresh: dict[tuple[int, int], bytes] = {}

        def known(level: int, index: int) -> bytes:
            return fresh.get((level, index)) or fetch(level, index)

        for position, entry in enumerate(entries, start=size):
            level, index, value = 0, position, leaf_hash(entry)
            fresh[level, index] = value
            while index & 1:
                value = node_hash(known(level, index - 1), value)
                level, index = level + 1, index >> 1
                fresh[level, index] = value
        grown = size + len(entries)
        nodes = [(level, index, value) for (level, index), value in fresh.items()]
        return Growth(nodes, grown, self.root(grown, known))

    def root(self, size: int, fetch: Fetch) -> bytes:
        """The tree head over the first `size` leaves; the hash of nothing for an empty tree."""
        return _range(0, size, fetch) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int, fetch: Fetch) -> list[bytes]:
        """The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1), nearest sibling first."""
        if not 0 <= index < size:
            raise ValueError(f"no leaf {index} in a tree of {size}")
        path: list[bytes] = []
        start, end = 0, size
        while end - start > 1:
            middle = start + _split(end - start)
            if index < middle:
                path.append(_range(middle, end, fetch))
                end = middle
            else:
                path.append(_range(start, middle, fetch))
                start = middle
        return path[::-1]

    def consistency(self, old: int, new: int, fetch: Fetch) -> list[bytes]:
        """The proof that the tree of `old` leaves is a prefix of that of `new` (RFC 6962 §2.1.2)."""
        if not 0 <= old <= new:
            raise ValueError(f"a tree of {new} leaves cannot continue one of {old}")
        if old in {0, new}:
            return []
        path: list[bytes] = []
        start, end = 0, new
        while end != old:
            middle = start + _split(end - start)
            if old <= middle:
                path.append(_range(middle, end, fetch))
                end = middle
            else:
                path.append(_range(start, middle, fetch))
                start = middle
        if start:  # The old tree's own head is known to the verifier; any other last subtree is not.
            path.append(_range(start, end, fetch))
        return path[::-1]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range(start: int, end: int, fetch: Fetch) -> bytes:
    """The hash of leaves `start` to `end`, where `start` is a multiple of a power of two not below the length."""
    count = end - start
    value = b""
    for level in range(count.bit_length()):
        if count >> level & 1:
            peak = fetch(level, (end >> level) - 1)
            value = node_hash(peak, value) if value else peak
            end -= 1 << level
    return value


def verify_inclusion(entry: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that `entry` is leaf `index` of the tree `(size, root)` (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, value = index, size - 1, leaf_hash(entry)
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            value = node_hash(sibling, value)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and hmac.compare_digest(value, root)


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the old tree is a prefix of the new one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    # A full old tree is itself the first node of the path.
    hashes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    return bool(hashes) and _leads_to(hashes, old_size, old_root, new_size, new_root)


def _leads_to(hashes: Sequence[bytes], old_size: int, old_root: bytes, new_size: int, new_root: bytes) -> bool:
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_value = new_value = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_value, new_value = node_hash(sibling, old_value), node_hash(sibling, new_value)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_value = node_hash(new_value, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and hmac.compare_digest(old_value, old_root) and hmac.compare_digest(new_value, new_root)
