import re
import warnings
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from cryptography.utils import CryptographyDeprecationWarning
from lxml import etree

from pki.certificates import Authority, Identity, create_authority, fingerprint
from pki.errors import SignatureInvalid
from pki.replay import ReplayWindow
from pki.strict import base64_decode, base64_encode
from pki.wss import Verifier, sign_envelope
from pki.wss_names import SOAP_11, WSU_ID, ds, wsse, wsu

KEEP = timedelta(hours=1)

BODY, HEADER = f"{{{SOAP_11}}}Body", f"{{{SOAP_11}}}Header"


def reason(verifier: Verifier, message: bytes | etree._Element) -> str:
    data = message if isinstance(message, bytes) else etree.tostring(message)
    with pytest.raises(SignatureInvalid) as caught:
        verifier.verify(data)
    return caught.value.reason


def find(root: etree._Element, tag: str) -> etree._Element:
    found = root.find(f".//{tag}")
    assert found is not None
    return found


def test_a_message_lives_in_its_window_only(signed: bytes, authority: Authority, clock: Any) -> None:
    start = clock.now
    for offset, expected in (
        (timedelta(minutes=6), "wss.expired"),
        (timedelta(days=1), "wss.expired"),
        (-timedelta(minutes=1, seconds=1), "wss.future"),
        (timedelta(minutes=5, seconds=59), None),
        (-timedelta(minutes=1), None),
    ):
        clock.now = start + offset
        verifier = Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP))
        if expected is None:
            verifier.verify(signed)
        else:
            assert reason(verifier, signed) == expected


def test_a_long_life_is_refused(
    envelope: etree._Element, identity: Identity, verifier: Verifier, now: datetime
) -> None:
    for lifetime in (timedelta(minutes=11), timedelta(), -timedelta(seconds=1)):
        assert reason(verifier, sign_envelope(envelope, identity, now=now, lifetime=lifetime)) == "wss.lifetime"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-03-21T08:00:00", "2026-W12-6T08:00:00Z", "2026-13-45T08:00:00Z"]
)
def test_times_carry_a_zone(signed: bytes, verifier: Verifier, text: str) -> None:
    root = etree.fromstring(signed)
    find(root, wsu("Created")).text = text
    assert reason(verifier, root) == "wss.timestamp"


def test_a_message_is_received_once(
    signed: bytes, verifier: Verifier, envelope: etree._Element, identity: Identity, now: datetime
) -> None:
    verifier.verify(signed)
    assert reason(verifier, signed) == "wss.replayed"
    assert reason(verifier, signed.replace(b"<?xml version='1.0' encoding='UTF-8'?>\n", b"")) == "wss.replayed"
    verifier.verify(sign_envelope(envelope, identity, now=now))


def test_a_rewritten_ecdsa_signature_is_still_a_replay(signed: bytes, verifier: Verifier) -> None:
    verifier.verify(signed)
    root = etree.fromstring(signed)
    value = find(root, ds("SignatureValue"))
    raw = base64_decode("".join((value.text or "").split()))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    value.text = base64_encode(twin)
    assert reason(verifier, root) == "wss.replayed"


def test_what_was_refused_is_not_remembered(signed: bytes, verifier: Verifier) -> None:
    assert reason(verifier, signed.replace(b">100<", b">101<")) == "wss.digest"
    root = etree.fromstring(signed)
    find(root, ds("SignatureValue")).text = base64_encode(b"\x01" * 64)
    assert reason(verifier, root) == "wss.signature"
    verifier.verify(signed)


def test_a_window_is_store_enough(signed: bytes, authority: Authority, clock: Any) -> None:
    window = ReplayWindow(clock, timedelta(minutes=12))
    verifier = Verifier([authority.cert_pem], clock, window)
    verifier.verify(signed)
    clock.advance(minutes=4)
    assert reason(verifier, signed) == "wss.replayed"
    assert len(window) == 1


def test_only_trusted_certificates_sign(
    signed: bytes, identity: Identity, authority: Authority, clock: Any, envelope: etree._Element
) -> None:
    now = clock()
    stranger = create_authority("Sandbox root", now=now, days=10)
    assert reason(Verifier([stranger.cert_pem], clock, ReplayWindow(clock, KEEP)), signed) == "wss.untrusted"
    assert reason(Verifier([], clock, ReplayWindow(clock, KEEP)), signed) == "wss.untrusted"
    withdrawn = {fingerprint(identity.cert_pem)}
    assert (
        reason(
            Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP), refused=withdrawn.__contains__),
            signed,
        )
        == "wss.revoked"
    )
    short = authority.issue("short", now=now - timedelta(days=2), days=1)
    verifier = Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP))
    assert reason(verifier, sign_envelope(envelope, short, now=now)) == "wss.untrusted"
    assert reason(verifier, sign_envelope(envelope, authority, now=now)) == "wss.untrusted"


@pytest.mark.parametrize("text", ["", "!", "AAAA", "A" * 20_000])
def test_the_token_is_a_certificate(signed: bytes, verifier: Verifier, text: str) -> None:
    root = etree.fromstring(signed)
    find(root, wsse("BinarySecurityToken")).text = text
    assert reason(verifier, root) == "wss.token"


def test_a_certificate_of_no_known_version_is_no_token(signed: bytes, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    token = find(root, wsse("BinarySecurityToken"))
    der = base64_decode(token.text or "")
    version = bytes.fromhex("a003020102")
    assert version in der
    token.text = base64_encode(der.replace(version, bytes.fromhex("a003020122")))
    assert reason(verifier, root) == "wss.token"


def test_mutations_end_in_a_reason_or_in_the_same_body(signed: bytes, authority: Authority, clock: Any) -> None:
    random = Random(20260321)
    for _ in range(1_500):
        altered = bytearray(signed)
        place, other = random.randrange(len(signed)), random.randrange(len(signed))
        match random.randrange(4):
            case 0:
                altered[place] ^= 1 << random.randrange(8)
            case 1:
                del altered[place : place + random.randrange(1, 60)]
            case 2:
                altered[place:place] = signed[other : other + random.randrange(1, 300)]
            case _:
                altered[place] = random.choice(b"<>&\"'=:#/ ")
        with warnings.catch_warnings():
            # Loading a certificate with a damaged serial number warns before it is refused.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            try:
                result = Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP)).verify(bytes(altered))
            except SignatureInvalid:
                continue
        assert result.body.findtext(".//{urn:setad}amount") == "100"


def test_the_token_is_the_one_that_the_signature_names(signed: bytes, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    find(root, wsse("Reference")).set("URI", "#" + str(find(root, BODY).get(WSU_ID)))
    assert reason(verifier, root) == "wss.token"
    root = etree.fromstring(signed)
    find(root, wsse("BinarySecurityToken")).set("ValueType", "urn:other")
    assert reason(verifier, root) == "wss.token"


def test_document_types_are_refused(signed: bytes, verifier: Verifier) -> None:
    body = re.sub(rb"^<\?xml[^>]*>\s*", b"", signed)
    laughs = b"".join(b'<!ENTITY l%d "%b">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 9))
    for subset in (b"", b'[<!ENTITY x SYSTEM "file:///etc/passwd">]', b'[<!ENTITY l0 "ha">' + laughs + b"]"):
        assert reason(verifier, b"<!DOCTYPE x " + subset + b">" + body) == "xml.dtd"
    assert reason(verifier, body[:-1]) == "xml.malformed"
    assert reason(verifier, b"<a/>") == "wss.envelope"
    assert reason(verifier, b"") == "xml.malformed"


def test_flipped_bits_never_change_the_body(signed: bytes, authority: Authority, clock: Any) -> None:
    for place in range(0, len(signed), 7):
        altered = bytearray(signed)
        altered[place] ^= 1
        try:
            result = Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP)).verify(bytes(altered))
        except SignatureInvalid:
            continue
        # A flip outside what is signed (a comment, an attribute nobody reads) may pass; the body must be unharmed.
        assert result.body.findtext(".//{urn:setad}amount") == "100"
        assert result.body.findtext(".//{urn:setad}title") == "خرید ۱۰ دستگاه"
