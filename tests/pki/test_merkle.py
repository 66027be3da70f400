import hashlib
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pki.merkle import EMPTY_ROOT, MerkleTree, leaf_hash, node_hash, verify_consistency, verify_inclusion

ENTRIES = [hashlib.sha256(f"entry {number}".encode()).digest()[: number % 33] for number in range(301)]


@cache
def head(start: int, end: int) -> bytes:
    """MTH of RFC 6962 §2.1, written as the text says it: recursive, from the entries."""
    if start == end:
        return hashlib.sha256(b"").digest()
    if end - start == 1:
        return hashlib.sha256(b"\x00" + ENTRIES[start]).digest()
    power = 1
    while power * 2 < end - start:
        power *= 2
    return hashlib.sha256(b"\x01" + head(start, start + power) + head(start + power, end)).digest()


class Kept:
    """Where a registry would keep nodes: written once, read by coordinates, never asked for what is not complete."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.reads = 0

    def fetch(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.nodes[level, index]

    def grow(self, size: int, entries: list[bytes]) -> bytes:
        growth = MerkleTree().grow(size, self.fetch, entries)
        for level, index, value in growth.nodes:
            assert (level, index) not in self.nodes
            self.nodes[level, index] = value
        assert growth.size == size + len(entries)
        return growth.root


@pytest.fixture(scope="module")
def kept() -> Kept:
    store = Kept()
    store.grow(0, ENTRIES)
    return store


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert MerkleTree().root(0, Kept().fetch) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_leaves_and_nodes_are_hashed_apart() -> None:
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    assert node_hash(left, right) != leaf_hash(left + right)
    assert node_hash(left, right) == hashlib.sha256(b"\x01" + left + right).digest()


def test_every_size_up_to_300_has_the_head_of_the_definition(kept: Kept) -> None:
    for size in range(301):
        assert MerkleTree().root(size, kept.fetch) == head(0, size)


@given(cuts=st.lists(st.integers(0, 300), max_size=8))
@settings(deadline=None, max_examples=60)
def test_growing_in_any_batches_gives_the_same_nodes(kept: Kept, cuts: list[int]) -> None:
    store = Kept()
    bounds = [0, *sorted(cuts), 301]
    for start, end in pairwise(bounds):
        assert store.grow(start, ENTRIES[start:end]) == head(0, end)
    assert store.nodes == kept.nodes


def test_growing_reads_few_stored_nodes(kept: Kept) -> None:
    kept.reads = 0
    MerkleTree().grow(255, kept.fetch, ENTRIES[255:300])
    assert kept.reads <= 2 * 9


@given(data=st.data(), size=st.integers(1, 300))
@settings(deadline=None, max_examples=200)
def test_every_inclusion_proof_verifies_and_no_altered_one_does(kept: Kept, data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = head(0, size)
    path = MerkleTree().inclusion(index, size, kept.fetch)
    assert verify_inclusion(ENTRIES[index], index, size, path, root)
    assert not verify_inclusion(ENTRIES[index] + b"x", index, size, path, root)
    assert not verify_inclusion(ENTRIES[index], index, size, [*path, root], root)
    assert not verify_inclusion(ENTRIES[index], index, size, path, flip(root, data))
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        broken = [*path[:place], flip(path[place], data), *path[place + 1 :]]
        assert not verify_inclusion(ENTRIES[index], index, size, broken, root)
        assert not verify_inclusion(ENTRIES[index], index, size, path[:-1], root)
    other = data.draw(st.integers(-1, size))
    assert other == index or not verify_inclusion(ENTRIES[index], other, size, path, root)


@given(data=st.data(), new=st.integers(0, 300))
@settings(deadline=None, max_examples=200)
def test_every_consistency_proof_verifies_and_no_altered_one_does(kept: Kept, data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(0, new))
    old_root, new_root = head(0, old), head(0, new)
    path = MerkleTree().consistency(old, new, kept.fetch)
    assert verify_consistency(old, old_root, new, new_root, path)
    assert not verify_consistency(old, flip(old_root, data), new, new_root, path)
    assert not verify_consistency(old, old_root, new, new_root, [*path, old_root])
    if old:
        assert not verify_consistency(old, old_root, new, flip(new_root, data), path)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        broken = [*path[:place], flip(path[place], data), *path[place + 1 :]]
        assert not verify_consistency(old, old_root, new, new_root, broken)
        assert not verify_consistency(old, old_root, new, new_root, path[:-1])
        assert not verify_consistency(new, new_root, old, old_root, path)


def flip(value: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, len(value) * 8 - 1))
    altered = bytearray(value)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)


def test_small_trees_exhaustively(kept: Kept) -> None:
    tree = MerkleTree()
    for size in range(1, 34):
        for index in range(size):
            path = tree.inclusion(index, size, kept.fetch)
            assert verify_inclusion(ENTRIES[index], index, size, path, head(0, size))
        for old in range(size + 1):
            proof = tree.consistency(old, size, kept.fetch)
            assert verify_consistency(old, head(0, old), size, head(0, size), proof)


def test_the_paths_of_seven_leaves_are_those_drawn_in_the_rfc(kept: Kept) -> None:
    # RFC 6962 §2.1.3: leaves d0..d6, nodes a..l; the paths of d0, d3, d4, d6 and three consistency proofs.
    a, b, c, d, e, f = (head(i, i + 1) for i in range(6))
    g, h, i, j = head(0, 2), head(2, 4), head(4, 6), head(6, 7)
    k, last = head(0, 4), head(4, 7)
    tree = MerkleTree()
    assert tree.inclusion(0, 7, kept.fetch) == [b, h, last]
    assert tree.inclusion(3, 7, kept.fetch) == [c, g, last]
    assert tree.inclusion(4, 7, kept.fetch) == [f, j, k]
    assert tree.inclusion(6, 7, kept.fetch) == [i, k]
    assert tree.consistency(3, 7, kept.fetch) == [c, d, g, last]
    assert tree.consistency(4, 7, kept.fetch) == [last]
    assert tree.consistency(6, 7, kept.fetch) == [i, j, k]
    assert a != e


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_path(kept: Kept, index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        MerkleTree().inclusion(index, size, kept.fetch)
    assert not verify_inclusion(b"", index, size, [], EMPTY_ROOT)


def test_a_shorter_tree_does_not_continue_a_longer_one(kept: Kept) -> None:
    with pytest.raises(ValueError, match="cannot continue"):
        MerkleTree().consistency(4, 3, kept.fetch)
    assert not verify_consistency(4, head(0, 4), 3, head(0, 3), [])
    assert not verify_consistency(3, head(0, 3), 4, head(0, 4), [])
