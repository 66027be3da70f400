import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pki.checkpoint import CheckpointSigner, open_checkpoint
from pki.errors import KeyUnusable, SignatureInvalid
from pki.keys import SigningKey

ORIGIN = "hub.example.ir/journal"
ROOT = hashlib.sha256(b"root").digest()
KEY = SigningKey.generate()
SIGNER = CheckpointSigner(KEY, ORIGIN)
VKEY = SIGNER.verifier_key()


def reason(text: str, *vkeys: str) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        open_checkpoint(text, vkeys or [VKEY])
    return caught.value.reason


@given(size=st.integers(0, 2**62), root=st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_read_back(size: int, root: bytes) -> None:
    head = open_checkpoint(SIGNER.sign(size, root), [VKEY])
    assert (head.origin, head.size, head.root) == (ORIGIN, size, root)


def test_the_text_is_the_one_of_the_specification() -> None:
    text = SIGNER.sign(4711, ROOT)
    origin, size, root, blank, signature, end = text.split("\n")
    assert (origin, size, blank, end) == (ORIGIN, "4711", "", "")
    assert base64.b64decode(root) == ROOT
    dash, name, blob = signature.split(" ")
    assert (dash, name) == ("\u2014", ORIGIN)
    raw = base64.b64decode(blob)
    public = base64.urlsafe_b64decode(KEY.public_jwk()["x"] + "=")
    assert raw[:4] == hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    KEY.public.verify(raw[4:], f"{ORIGIN}\n4711\n{root}\n".encode())
    material = base64.b64encode(b"\x01" + public).decode()
    assert f"{ORIGIN}+{raw[:4].hex()}+{material}" == VKEY


@given(data=st.data())
def test_any_altered_character_is_noticed(data: st.DataObject) -> None:
    text = SIGNER.sign(4711, ROOT)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("0aZ+/=\n \u2014").filter(lambda other: other != text[place]))
    assert reason(text[:place] + letter + text[place + 1 :]).startswith("checkpoint.")


def test_another_key_is_unknown() -> None:
    other = CheckpointSigner(SigningKey.generate(), ORIGIN)
    assert reason(other.sign(1, ROOT)) == "checkpoint.unknown_key"
    with pytest.raises(SignatureInvalid, match="unknown_key"):
        open_checkpoint(SIGNER.sign(1, ROOT), [])


def test_a_changed_head_under_the_old_signature_is_refused() -> None:
    assert reason(SIGNER.sign(4711, ROOT).replace("4711", "4712")) == "checkpoint.signature"


def test_a_key_of_another_log_cannot_vouch() -> None:
    stranger = CheckpointSigner(KEY, "other.example/log")
    text = SIGNER.sign(1, ROOT)
    body = text.split("\n\n")[0] + "\n"
    blob = bytes.fromhex(stranger.verifier_key().split("+")[1]) + KEY.sign(body.encode())
    forged = f"{body}\n\u2014 other.example/log {base64.b64encode(blob).decode()}\n"
    assert reason(forged, stranger.verifier_key()) == "checkpoint.unknown_key"


def test_signatures_of_witnesses_are_left_aside() -> None:
    text = SIGNER.sign(9, ROOT) + "\u2014 witness.example " + base64.b64encode(b"\x00" * 68).decode() + "\n"
    assert open_checkpoint(text, [VKEY]).size == 9


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signatures\n",
        SIGNER.sign(1, ROOT).rstrip("\n"),
        SIGNER.sign(1, ROOT).replace("\n", "\r\n"),
        SIGNER.sign(1, ROOT) + "x" * 70_000,
        SIGNER.sign(1, ROOT).replace("\n1\n", "\n01\n"),
        SIGNER.sign(1, ROOT).replace("\n1\n", "\n-1\n"),
        SIGNER.sign(1, ROOT).replace("\n1\n", "\n\u06f1\n"),
        SIGNER.sign(1, ROOT).replace("\u2014 ", "- "),
    ],
)
def test_other_texts_are_no_checkpoints(text: str) -> None:
    assert reason(text) == "checkpoint.format"


@pytest.mark.parametrize(
    "vkey", ["", "a+b", f"{VKEY}x", VKEY.replace("+", "-"), "x" + VKEY, VKEY.rsplit("+", 1)[0] + "+AAAA"]
)
def test_a_damaged_verifier_key_is_named(vkey: str) -> None:
    with pytest.raises(KeyUnusable) as caught:
        open_checkpoint(SIGNER.sign(1, ROOT), [vkey])
    assert caught.value.reason.startswith("vkey.")


def test_only_ed25519_signs_and_names_are_plain() -> None:
    with pytest.raises(KeyUnusable, match=r"checkpoint\.key"):
        CheckpointSigner(SigningKey.generate("ES256"), ORIGIN)
    for name in ("", "two words", "plus+sign", "line\nbreak"):
        with pytest.raises(KeyUnusable, match=r"vkey\.name"):
            CheckpointSigner(KEY, name)


@pytest.mark.parametrize(("size", "root"), [(-1, ROOT), (1, ROOT[:-1])])
def test_a_head_that_is_none_is_not_signed(size: int, root: bytes) -> None:
    with pytest.raises(ValueError, match="tree head"):
        SIGNER.sign(size, root)
