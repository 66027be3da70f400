import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import keywrap
from hypothesis import given
from hypothesis import strategies as st

from pki.errors import KeyUnusable, SealBroken
from pki.vault import Vault, create_master_key, load_master_key

MASTER = bytes(range(32))
VAULT = Vault(MASTER)
WRAPPED = VAULT.new_subject_key()


def reason(wrapped: bytes, sealed: bytes, context: bytes, vault: Vault = VAULT) -> str:
    with pytest.raises(SealBroken) as caught:
        vault.open(wrapped, sealed, context)
    return caught.value.reason


@given(plaintext=st.binary(max_size=300), context=st.binary(max_size=40))
def test_what_is_sealed_opens(plaintext: bytes, context: bytes) -> None:
    sealed = VAULT.seal(WRAPPED, plaintext, context)
    assert len(sealed) == 1 + 12 + len(plaintext) + 16
    assert VAULT.open(WRAPPED, sealed, context) == plaintext
    assert Vault(MASTER).open(WRAPPED, sealed, context) == plaintext


@given(data=st.data())
def test_any_flipped_bit_breaks_the_seal(data: st.DataObject) -> None:
    sealed = VAULT.seal(WRAPPED, b"0123456789", b"inquiry")
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    altered = bytearray(sealed)
    altered[bit // 8] ^= 1 << bit % 8
    assert reason(WRAPPED, bytes(altered), b"inquiry") == ("seal.version" if bit < 8 else "seal.mismatch")
    place = data.draw(st.integers(0, len(WRAPPED) * 8 - 1))
    key = bytearray(WRAPPED)
    key[place // 8] ^= 1 << place % 8
    assert reason(bytes(key), sealed, b"inquiry") == ("seal.version" if place < 8 else "seal.key")


def test_the_wrong_context_key_subject_or_length_does_not_open() -> None:
    sealed = VAULT.seal(WRAPPED, b"text", b"inquiry:1")
    assert reason(WRAPPED, sealed, b"inquiry:2") == "seal.mismatch"
    assert reason(VAULT.new_subject_key(), sealed, b"inquiry:1") == "seal.mismatch"
    assert reason(WRAPPED, sealed, b"inquiry:1", Vault(bytes(32))) == "seal.key"
    assert reason(WRAPPED, sealed[:-1], b"inquiry:1") == "seal.mismatch"
    assert reason(WRAPPED, sealed[:28], b"inquiry:1") == "seal.truncated"
    assert reason(WRAPPED, b"", b"inquiry:1") == "seal.version"
    assert reason(b"", sealed, b"inquiry:1") == "seal.version"
    assert reason(WRAPPED[:-8], sealed, b"inquiry:1") == "seal.key"
    assert reason(WRAPPED[:1], sealed, b"inquiry:1") == "seal.key"
    with pytest.raises(SealBroken):
        VAULT.seal(b"\x01" + bytes(40), b"text", b"")


def test_nothing_sealed_twice_looks_alike() -> None:
    assert VAULT.seal(WRAPPED, b"x", b"") != VAULT.seal(WRAPPED, b"x", b"")
    assert VAULT.new_subject_key() != VAULT.new_subject_key()
    assert len(WRAPPED) == 41


def test_randomness_is_an_argument(counted_random: Callable[[int], bytes]) -> None:
    vault = Vault(MASTER, random=counted_random)
    wrapped = vault.new_subject_key()
    assert vault.seal(wrapped, b"x", b"")[1:13] == (2).to_bytes(12, "big")


def test_the_master_key_itself_wraps_nothing() -> None:
    with pytest.raises(keywrap.InvalidUnwrap):
        keywrap.aes_key_unwrap(MASTER, WRAPPED[1:])


def test_fingerprints_are_keyed_and_kinds_are_apart() -> None:
    one = VAULT.fingerprint("national_id", "9990000018")
    assert one == Vault(MASTER).fingerprint("national_id", "9990000018")
    assert len(one) == 64
    others = {
        Vault(bytes(32)).fingerprint("national_id", "9990000018"),
        VAULT.fingerprint("legal_id", "9990000018"),
        VAULT.fingerprint("national_id", "0012345678"),
        VAULT.fingerprint("national_id:0", "012345679"),
    }
    assert len(others | {one}) == 5
    assert VAULT.fingerprint("a", "b:c") != VAULT.fingerprint("a:b", "c")


def test_a_master_key_file_is_made_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "var" / "master.key"
    key = create_master_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_master_key(path, None) == key
    assert load_master_key(None, path.read_text()) == key
    with pytest.raises(FileExistsError):
        create_master_key(path)
    assert load_master_key(path, None) == key
    assert len(list(path.parent.iterdir())) == 1


def test_hex_and_padding_are_read_too() -> None:
    assert load_master_key(None, MASTER.hex()) == MASTER
    assert load_master_key(None, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n") == MASTER


def test_a_damaged_master_key_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(os.urandom(16) + b"\xff")
    cases: list[tuple[str, Path | None, str | None]] = [
        ("master_key.missing", None, None),
        ("master_key.ambiguous", tmp_path / "x", "y"),
        ("master_key.unreadable", tmp_path / "absent", None),
        ("master_key.unreadable", binary, None),
        ("master_key.format", None, "!" * 43),
        ("master_key.format", None, "g" * 64),
        ("master_key.length", None, ""),
        ("master_key.length", None, "AAAA"),
    ]
    for expected, path, value in cases:
        with pytest.raises(KeyUnusable) as caught:
            load_master_key(path, value)
        assert caught.value.reason == expected
    with pytest.raises(KeyUnusable, match=r"master_key\.length"):
        Vault(bytes(16))
