import re
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
import xmlsec
from lxml import etree

from pki.certificates import Authority, Identity, create_authority, fingerprint
from pki.errors import SignatureInvalid
from pki.replay import ReplayWindow
from pki.strict import base64_decode, base64_encode
from pki.wss import Verifier, sign_envelope
from pki.wss_names import SOAP_11, WSU, WSU_ID, ds, wsse, wsu

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


def forged_body(title: str = "خرید ۱۰۰۰ دستگاه", **attributes: str) -> etree._Element:
    body = etree.Element(BODY, {WSU_ID if name == "wsu" else name: value for name, value in attributes.items()})
    etree.SubElement(etree.SubElement(body, "{urn:setad}publish"), "{urn:setad}title").text = title
    return body


def signed_again(root: etree._Element, identity: Identity) -> etree._Element:
    """What a trusted but careless or hostile signer would send: the same structure with everything recomputed."""
    context = xmlsec.SignatureContext()
    signature = find(root, ds("Signature"))
    for reference in signature.iter(ds("Reference")):
        for element in root.iter():
            if element.get(WSU_ID) == reference.get("URI", "")[1:]:
                context.register_id(element, "Id", WSU)
        find(reference, ds("DigestValue")).text = None
    find(signature, ds("SignatureValue")).text = None
    context.key = xmlsec.Key.from_memory(identity.key_pem, xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return root


# --- signature wrapping -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["header", "security", "object", "root", "body"])
@pytest.mark.parametrize("keeps", ["same id", "new id", "no id", "xml:id", "Id", "ID"])
def test_wrapping_is_refused(signed: bytes, verifier: Verifier, place: str, keeps: str) -> None:
    root = etree.fromstring(signed)
    original = find(root, BODY)
    name = str(original.get(WSU_ID))
    attributes = {
        "same id": {"wsu": name},
        "new id": {"wsu": "Body-forged"},
        "no id": {},
        "xml:id": {"{http://www.w3.org/XML/1998/namespace}id": name},
        "Id": {"Id": name},
        "ID": {"ID": name},
    }[keeps]
    forged = forged_body(**attributes)
    root.replace(original, forged)
    if place == "root":
        root.append(original)
    elif place == "body":
        forged.append(original)
    else:
        parents = {"header": HEADER, "security": wsse("Security"), "object": ds("Signature")}
        parent = find(root, parents[place])
        if place == "object":
            parent = etree.SubElement(parent, ds("Object"))
        etree.SubElement(parent, "{urn:attack}wrapper").append(original)
    assert reason(verifier, root).startswith("wss.")


def test_the_classic_attack_names_its_reason(signed: bytes, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    original = find(root, BODY)
    root.replace(original, forged_body())
    etree.SubElement(find(root, HEADER), "{urn:attack}wrapper").append(original)
    assert reason(verifier, root) == "wss.not_signed"


def test_wrapping_the_timestamp_is_refused(signed: bytes, verifier: Verifier, clock: Any) -> None:
    clock.advance(days=1)
    root = etree.fromstring(signed)
    original = find(root, wsu("Timestamp"))
    fresh = deepcopy(original)
    fresh.set(WSU_ID, "TS-forged")
    for name, minutes in (("Created", 0), ("Expires", 5)):
        find(fresh, wsu(name)).text = (clock() + timedelta(minutes=minutes)).isoformat()
    original.getparent().replace(original, fresh)  # type: ignore[union-attr]
    etree.SubElement(find(root, HEADER), "{urn:attack}wrapper").append(original)
    assert reason(verifier, root) == "wss.timestamp"


def test_two_bodies_headers_or_securities_are_refused(signed: bytes, verifier: Verifier) -> None:
    for tag, expected in (
        (BODY, "wss.envelope"),
        (HEADER, "wss.envelope"),
        (wsse("Security"), "wss.security"),
        (ds("Signature"), "wss.signature_count"),
        (wsu("Timestamp"), "wss.timestamp"),
        (wsse("BinarySecurityToken"), "wss.token"),
    ):
        root = etree.fromstring(signed)
        element = find(root, tag)
        element.addnext(deepcopy(element))
        assert reason(verifier, root) == expected


def test_a_second_security_elsewhere_is_refused(signed: bytes, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    find(root, BODY).append(etree.Element(wsse("Security")))
    assert reason(verifier, root) == "wss.security"


def test_missing_parts_are_refused(signed: bytes, verifier: Verifier) -> None:
    for tag, expected in (
        (BODY, "wss.envelope"),
        (HEADER, "wss.envelope"),
        (wsse("Security"), "wss.security"),
        (ds("Signature"), "wss.signature_count"),
        (wsu("Timestamp"), "wss.timestamp"),
        (wsse("BinarySecurityToken"), "wss.token"),
        (ds("KeyInfo"), "wss.structure"),
        (ds("Reference"), "wss.not_signed"),
        (ds("Transforms"), "wss.structure"),
        (ds("SignatureMethod"), "wss.structure"),
        (wsu("Created"), "wss.timestamp"),
        (wsu("Expires"), "wss.timestamp"),
    ):
        root = etree.fromstring(signed)
        element = find(root, tag)
        element.getparent().remove(element)  # type: ignore[union-attr]
        assert reason(verifier, root) == expected, tag


# --- identifiers and references ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "attribute", [WSU_ID, "{http://www.w3.org/XML/1998/namespace}id", "Id", "ID", "id", "AssertionID"]
)
def test_an_identifier_is_used_once(signed: bytes, verifier: Verifier, attribute: str) -> None:
    root = etree.fromstring(signed)
    find(root, "{urn:setad}title").set(attribute, str(find(root, wsu("Timestamp")).get(WSU_ID)))
    assert reason(verifier, root) == "wss.duplicate_id"


def test_identifiers_of_the_payload_are_its_own(
    envelope: etree._Element, identity: Identity, verifier: Verifier, now: datetime
) -> None:
    for element in envelope.iter("{urn:setad}title", "{urn:setad}amount"):
        element.set("id", "1")
    verifier.verify(sign_envelope(envelope, identity, now=now))


@pytest.mark.parametrize(
    "uri", [None, "", "#", "#absent", "http://127.0.0.1:9/x", "file:///etc/passwd", "#xpointer(/)", "#x y"]
)
def test_references_name_elements_of_the_message(signed: bytes, verifier: Verifier, uri: str | None) -> None:
    root = etree.fromstring(signed)
    reference = find(root, ds("Reference"))
    if uri is None:
        del reference.attrib["URI"]
    else:
        reference.set("URI", uri)
    assert reason(verifier, root) == "wss.reference"


def test_signing_less_than_body_and_timestamp_is_not_enough(
    signed: bytes, identity: Identity, verifier: Verifier
) -> None:
    for place in (0, 1):
        root = etree.fromstring(signed)
        references = list(root.iter(ds("Reference")))
        references[place].getparent().remove(references[place])  # type: ignore[union-attr]
        assert reason(verifier, signed_again(root, identity)) == "wss.not_signed"


def test_a_child_of_the_body_is_not_the_body(signed: bytes, identity: Identity, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    title = find(root, "{urn:setad}title")
    title.set(WSU_ID, "title")
    next(root.iter(ds("Reference"))).set("URI", "#title")
    assert reason(verifier, signed_again(root, identity)) == "wss.not_signed"
    root = etree.fromstring(signed)
    find(root, "{urn:setad}title").set(WSU_ID, "title")
    first = next(root.iter(ds("Reference")))
    third = deepcopy(first)
    third.set("URI", "#title")
    first.addnext(third)
    assert reason(verifier, signed_again(root, identity)) == "wss.reference"


def test_signed_header_blocks_and_tokens_are_welcome(signed: bytes, identity: Identity, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    to = etree.SubElement(find(root, HEADER), "{http://www.w3.org/2005/08/addressing}To", {WSU_ID: "to"})
    to.text = "hub"
    first = next(root.iter(ds("Reference")))
    for name in ("to", str(find(root, wsse("BinarySecurityToken")).get(WSU_ID))):
        more = deepcopy(first)
        more.set("URI", f"#{name}")
        first.addnext(more)
    data = etree.tostring(signed_again(root, identity))
    assert reason(verifier, data.replace(b">hub<", b">pub<")) == "wss.digest"
    verifier.verify(data)


# --- content and signature ---------------------------------------------------------------------------------------


def test_altered_content_is_noticed(signed: bytes, verifier: Verifier) -> None:
    changes = [
        (rb">100<", rb">101<"),
        (rb"<s:amount>", rb"<s:amount x='1'>"),
        (rb"<s:amount>100</s:amount>", b""),
        (rb"urn:setad", rb"urn:other"),
        (rb"08:05:00.000Z", rb"08:06:00.000Z"),
    ]
    for old, new in changes:
        assert old in signed
        assert reason(verifier, signed.replace(old, new)) == "wss.digest"


def test_altered_signatures_are_noticed(signed: bytes, verifier: Verifier) -> None:
    def with_value(value: str) -> etree._Element:
        root = etree.fromstring(signed)
        find(root, ds("SignatureValue")).text = value
        return root

    for value in ("", "AAAA", base64_encode(bytes(64)), base64_encode(b"\xff" * 64), "!"):
        assert reason(verifier, with_value(value)) == "wss.signature"
    root = etree.fromstring(signed)
    find(root, ds("DigestValue")).text = "!"
    assert reason(verifier, root) == "wss.structure"


def test_a_digest_forged_together_with_the_body_breaks_the_signature(
    signed: bytes, verifier: Verifier, authority: Authority, now: datetime
) -> None:
    stranger = create_authority("x", now=now, days=10).issue("setad", now=now, days=5)
    root = etree.fromstring(signed)
    find(root, "{urn:setad}amount").text = "1"
    assert reason(verifier, signed_again(root, stranger)) == "wss.signature"
    other = authority.issue("another", now=now, days=5)
    root = etree.fromstring(signed)
    find(root, wsse("BinarySecurityToken")).text = "".join(other.cert_pem.decode().split("\n")[1:-2])
    assert reason(verifier, root) == "wss.signature"


def test_comments_hide_nothing(signed: bytes, verifier: Verifier) -> None:
    # Exclusive canonicalisation drops comments, so the signature stands; the text must not be cut at one.
    result = verifier.verify(signed.replace(b">100<", b">1<!-- cut -->00<"))
    assert result.body.findtext(".//{urn:setad}amount") == "100"


# --- algorithms --------------------------------------------------------------------------------------------------

SHA1 = "http://www.w3.org/2000/09/xmldsig#"


@pytest.mark.parametrize(
    ("tag", "algorithm"),
    [
        ("SignatureMethod", f"{SHA1}rsa-sha1"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"),
        ("SignatureMethod", f"{SHA1}hmac-sha1"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        ("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        ("SignatureMethod", ""),
        ("DigestMethod", f"{SHA1}sha1"),
        ("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        ("DigestMethod", ""),
        ("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        ("CanonicalizationMethod", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        ("Transform", "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        ("Transform", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        ("Transform", "http://www.w3.org/2002/06/xmldsig-filter2"),
        ("Transform", f"{SHA1}enveloped-signature"),
        ("Transform", f"{SHA1}base64"),
    ],
)
def test_only_listed_algorithms_are_accepted(signed: bytes, verifier: Verifier, tag: str, algorithm: str) -> None:
    root = etree.fromstring(signed)
    find(root, ds(tag)).set("Algorithm", algorithm)
    assert reason(verifier, root) == "wss.algorithm"


def test_parameters_of_algorithms_are_refused(signed: bytes, verifier: Verifier) -> None:
    for tag, child, expected in (
        ("SignatureMethod", ds("HMACOutputLength"), "wss.algorithm"),
        ("DigestMethod", ds("X"), "wss.algorithm"),
        ("Transform", ds("XPath"), "wss.structure"),
        ("CanonicalizationMethod", ds("X"), "wss.structure"),
        ("Transforms", ds("Transform"), "wss.structure"),
    ):
        root = etree.fromstring(signed)
        etree.SubElement(find(root, ds(tag)), child)
        assert reason(verifier, root) == expected


def test_stronger_digests_are_accepted(signed: bytes, identity: Identity, verifier: Verifier) -> None:
    for algorithm in ("http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2001/04/xmldsig-more#sha384"):
        root = etree.fromstring(signed)
        for method in root.iter(ds("DigestMethod")):
            method.set("Algorithm", algorithm)
        verifier.verify(etree.tostring(signed_again(root, identity)))


def test_inclusive_prefixes_are_honoured(signed: bytes, identity: Identity, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    exclusive = "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"
    for tag in ("Transform", "CanonicalizationMethod"):
        for element in root.iter(ds(tag)):
            etree.SubElement(element, exclusive, PrefixList="soap s #default")
    body = verifier.verify(etree.tostring(signed_again(root, identity))).body
    assert body.nsmap["s"] == "urn:setad"


# --- time, replay, trust -----------------------------------------------------------------------------------------


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
        verifier = Verifier([authority.cert_pem], clock, set())
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
    assert reason(Verifier([stranger.cert_pem], clock, set()), signed) == "wss.untrusted"
    assert reason(Verifier([], clock, set()), signed) == "wss.untrusted"
    withdrawn = {fingerprint(identity.cert_pem)}
    assert reason(Verifier([authority.cert_pem], clock, set(), refused=withdrawn.__contains__), signed) == "wss.revoked"
    short = authority.issue("short", now=now - timedelta(days=2), days=1)
    verifier = Verifier([authority.cert_pem], clock, set())
    assert reason(verifier, sign_envelope(envelope, short, now=now)) == "wss.untrusted"
    assert reason(verifier, sign_envelope(envelope, authority, now=now)) == "wss.untrusted"


@pytest.mark.parametrize("text", ["", "!", "AAAA", "A" * 20_000])
def test_the_token_is_a_certificate(signed: bytes, verifier: Verifier, text: str) -> None:
    root = etree.fromstring(signed)
    find(root, wsse("BinarySecurityToken")).text = text
    assert reason(verifier, root) == "wss.token"


def test_the_token_is_the_one_that_the_signature_names(signed: bytes, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    find(root, wsse("Reference")).set("URI", "#" + str(find(root, BODY).get(WSU_ID)))
    assert reason(verifier, root) == "wss.token"
    root = etree.fromstring(signed)
    find(root, wsse("BinarySecurityToken")).set("ValueType", "urn:other")
    assert reason(verifier, root) == "wss.token"


# --- XML ---------------------------------------------------------------------------------------------------------


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
            result = Verifier([authority.cert_pem], clock, set()).verify(bytes(altered))
        except SignatureInvalid:
            continue
        # A flip outside what is signed (a comment, an attribute nobody reads) may pass; the body must be unharmed.
        assert result.body.findtext(".//{urn:setad}amount") == "100"
        assert result.body.findtext(".//{urn:setad}title") == "خرید ۱۰ دستگاه"
