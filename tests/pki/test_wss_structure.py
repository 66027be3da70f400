from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from pki.certificates import Identity
from pki.errors import SignatureInvalid
from pki.wss import Verifier, sign_envelope
from pki.wss_names import SOAP_11, WSU_ID, ds, wsse, wsu

BODY, HEADER = f"{{{SOAP_11}}}Body", f"{{{SOAP_11}}}Header"
Resign = Callable[[etree._Element, Identity], etree._Element]


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
    resign: Resign, signed: bytes, identity: Identity, verifier: Verifier
) -> None:
    for place in (0, 1):
        root = etree.fromstring(signed)
        references = list(root.iter(ds("Reference")))
        references[place].getparent().remove(references[place])  # type: ignore[union-attr]
        assert reason(verifier, resign(root, identity)) == "wss.not_signed"


def test_a_child_of_the_body_is_not_the_body(
    resign: Resign, signed: bytes, identity: Identity, verifier: Verifier
) -> None:
    root = etree.fromstring(signed)
    title = find(root, "{urn:setad}title")
    title.set(WSU_ID, "title")
    next(root.iter(ds("Reference"))).set("URI", "#title")
    assert reason(verifier, resign(root, identity)) == "wss.not_signed"
    root = etree.fromstring(signed)
    find(root, "{urn:setad}title").set(WSU_ID, "title")
    first = next(root.iter(ds("Reference")))
    third = deepcopy(first)
    third.set("URI", "#title")
    first.addnext(third)
    assert reason(verifier, resign(root, identity)) == "wss.reference"


def test_signed_header_blocks_and_tokens_are_welcome(
    resign: Resign, signed: bytes, identity: Identity, verifier: Verifier
) -> None:
    root = etree.fromstring(signed)
    to = etree.SubElement(find(root, HEADER), "{http://www.w3.org/2005/08/addressing}To", {WSU_ID: "to"})
    to.text = "hub"
    first = next(root.iter(ds("Reference")))
    for name in ("to", str(find(root, wsse("BinarySecurityToken")).get(WSU_ID))):
        more = deepcopy(first)
        more.set("URI", f"#{name}")
        first.addnext(more)
    data = etree.tostring(resign(root, identity))
    assert reason(verifier, data.replace(b">hub<", b">pub<")) == "wss.digest"
    verifier.verify(data)


def test_an_element_without_canonical_form_is_refused(signed: bytes, verifier: Verifier) -> None:
    # Canonical XML does not know relative namespace names, and libxml2 says so only while canonicalising.
    assert reason(verifier, signed.replace(b"urn:setad", b"setad")) in {"wss.structure", "xml.malformed"}


def test_a_signature_covers_something_and_not_very_much(signed: bytes, verifier: Verifier) -> None:
    root = etree.fromstring(signed)
    first = next(root.iter(ds("Reference")))
    for _ in range(15):
        first.addnext(deepcopy(first))
    assert reason(verifier, root) == "wss.structure"
    for reference in list(root.iter(ds("Reference"))):
        reference.getparent().remove(reference)  # type: ignore[union-attr]
    assert reason(verifier, root) == "wss.structure"
