import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from pki.checkpoint import CheckpointSigner, open_checkpoint
from pki.keys import SigningKey
from pki.merkle import MerkleTree, verify_consistency
from pki.receipt import Receipt, verify_receipt
from registry import journal
from registry.journal import Sealed
from registry.schema import journal_leaves
from registry.store import Store

SIGNER = CheckpointSigner(SigningKey.generate(), "hub.test/journal")
VKEYS = [SIGNER.verifier_key()]
TREE = MerkleTree()

Append = Callable[..., int]


@pytest.fixture
def append(store: Store, clock: Any) -> Append:
    def act(case: str = "c", inquiry: str | None = None, **statement: Any) -> int:
        return store.write_now(
            lambda t: journal.append(
                t, kind="accepted", statement=statement, case_id=case, inquiry_id=inquiry, now=clock()
            )
        )

    return act


def seal(store: Store, clock: Any, limit: int = 10_000) -> Sealed | None:
    return store.write_now(lambda t: journal.seal(t, TREE, SIGNER, now=clock(), limit=limit))


def test_an_empty_journal_has_nothing_to_seal(store: Store, clock: Any) -> None:
    assert seal(store, clock) is None
    assert store.read_now(journal.latest) is None
    assert store.read_now(lambda t: journal.proofs(t, TREE, case_id="c")) == []


def test_every_receipt_verifies_offline(store: Store, append: Append, clock: Any) -> None:
    for number in range(23):
        append(case=f"c{number % 3}", inquiry=f"i{number}", number=number)
        if number % 5 == 4:
            seal(store, clock)
    assert store.read_now(journal.unsealed) == 3
    last = seal(store, clock)
    assert last is not None
    assert last.size == 23
    assert store.read_now(journal.unsealed) == 0
    proofs = store.read_now(lambda t: journal.proofs(t, TREE, case_id="c1"))
    assert [json.loads(one["statement"])["number"] for one in proofs] == list(range(1, 23, 3))
    for one in proofs:
        assert verify_receipt(Receipt(**one), VKEYS).valid
    (single,) = store.read_now(lambda t: journal.proofs(t, TREE, inquiry_id="i7"))
    assert verify_receipt(Receipt(**single), VKEYS).valid
    forged = single | {"statement": single["statement"].replace("7", "8")}
    assert not verify_receipt(Receipt(**forged), VKEYS).valid


def test_checkpoints_follow_from_one_another(store: Store, append: Append, clock: Any) -> None:
    sealed: list[Sealed] = []
    for size in (1, 2, 3, 6, 1, 13):
        for number in range(size):
            append(number=number)
        made = seal(store, clock)
        assert made is not None
        sealed.append(made)
    for old in sealed:
        for new in sealed:
            if old.size <= new.size:
                path = store.read_now(
                    lambda t, old=old, new=new: TREE.consistency(old.size, new.size, journal.fetcher(t))
                )
                assert verify_consistency(old.size, old.root, new.size, new.root, path)
    for one in sealed:
        opened = open_checkpoint(one.text, VKEYS)
        assert (opened.size, opened.root) == (one.size, one.root)
        assert store.read_now(lambda t, one=one: journal.at_size(t, one.size)) == one
    assert store.read_now(journal.latest) == sealed[-1]


def test_the_order_of_sealing_in_portions_is_the_order_of_writing(store: Store, append: Append, clock: Any) -> None:
    for number in range(10):
        append(number=number)
    sizes = []
    while (made := seal(store, clock, limit=4)) is not None:
        sizes.append(made.size)
    assert sizes == [4, 8, 10]
    proofs = store.read_now(lambda t: journal.proofs(t, TREE, case_id="c"))
    assert [(one["index"], json.loads(one["statement"])["number"]) for one in proofs] == [(n, n) for n in range(10)]


def test_a_leaf_that_was_committed_late_is_sealed_too(store: Store, append: Append, clock: Any) -> None:
    for number in range(3):
        append(number=number)
    seal(store, clock)
    late = {"id": 0, "kind": "late", "statement": "{}", "salt": b"0", "case_id": "late", "at": clock()}
    store.write_now(lambda t: t.execute(journal_leaves.insert(), late))
    made = seal(store, clock)
    assert made is not None
    assert made.size == 4
    assert len(store.read_now(lambda t: journal.proofs(t, TREE, case_id="late"))) == 1


def test_a_leaf_whose_act_fails_never_was(store: Store, append: Append, clock: Any) -> None:
    def fails(t: Any) -> None:
        journal.append(t, kind="k", statement={"lost": 1}, case_id="c", inquiry_id=None, now=clock())
        raise KeyError

    with pytest.raises(KeyError):
        store.write_now(fails)
    append(kept=1)
    made = seal(store, clock)
    assert made is not None
    assert made.size == 1


def test_a_proof_is_asked_for_one_thing(store: Store) -> None:
    for names in ({}, {"case_id": "c", "inquiry_id": "i"}):
        with pytest.raises(ValueError, match="only one"):
            store.read_now(lambda t, names=names: journal.proofs(t, TREE, **names))


def test_a_leaf_is_salted(store: Store, append: Append) -> None:
    for _ in range(2):
        append(same=1)
    salts = store.read_now(lambda t: t.execute(text("SELECT salt FROM journal_leaves")).scalars().all())
    assert len(set(salts)) == 2
    assert {len(salt) for salt in salts} == {16}


@given(st.dictionaries(st.text(), st.one_of(st.none(), st.booleans(), st.integers(), st.text()), max_size=6))
def test_canonical_text_depends_on_the_content_alone(statement: dict[str, Any]) -> None:
    written = journal.canonical(statement)
    assert json.loads(written) == statement
    assert written == journal.canonical(dict(reversed(statement.items())))


def test_the_entry_is_the_salted_hash() -> None:
    assert journal.canonical({"b": "ی", "a": [1, None]}) == '{"a":[1,null],"b":"ی"}'
    assert journal.entry(b"salt", "ی") == hashlib.sha256(b"salt" + "ی".encode()).digest()
    with pytest.raises(ValueError, match="JSON"):
        journal.canonical({"a": float("nan")})


def test_what_waits_for_the_sealer_is_counted_per_case(store: Store, append: Append, clock: Any) -> None:
    append(case="a")
    append(case="b")
    assert store.read_now(lambda t: journal.pending(t, "a")) == 1
    seal(store, clock)
    append(case="a")
    append(case="a")
    assert store.read_now(lambda t: journal.pending(t, "a")) == 2
    assert store.read_now(lambda t: journal.pending(t, "b")) == 0


def test_a_damaged_journal_says_which_node_is_missing(store: Store) -> None:
    with pytest.raises(LookupError, match="node 5 of level 2"):
        store.read_now(lambda t: journal.fetcher(t)(2, 5))
