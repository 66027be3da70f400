from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from pki.certificates import Authority, Identity, create_authority
from pki.errors import SignatureInvalid
from pki.replay import ReplayWindow
from pki.strict import base64_encode
from pki.wss import Verifier
from pki.wss_names import EXCLUSIVE, SOAP_11, ds, wsse

KEEP = timedelta(hours=1)

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
    resign: Resign, signed: bytes, verifier: Verifier, authority: Authority, now: datetime
) -> None:
    stranger = create_authority("x", now=now, days=10).issue("setad", now=now, days=5)
    root = etree.fromstring(signed)
    find(root, "{urn:setad}amount").text = "1"
    assert reason(verifier, resign(root, stranger)) == "wss.signature"
    other = authority.issue("another", now=now, days=5)
    root = etree.fromstring(signed)
    find(root, wsse("BinarySecurityToken")).text = "".join(other.cert_pem.decode().split("\n")[1:-2])
    assert reason(verifier, root) == "wss.signature"


def test_comments_hide_nothing(signed: bytes, verifier: Verifier) -> None:
    # Exclusive canonicalisation drops comments, so the signature stands; the text must not be cut at one.
    result = verifier.verify(signed.replace(b">100<", b">1<!-- cut -->00<"))
    assert result.body.findtext(".//{urn:setad}amount") == "100"


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


def test_stronger_digests_are_accepted(resign: Resign, signed: bytes, identity: Identity, verifier: Verifier) -> None:
    for algorithm in ("http://www.w3.org/2001/04/xmlenc#sha512", "http://www.w3.org/2001/04/xmldsig-more#sha384"):
        root = etree.fromstring(signed)
        for method in root.iter(ds("DigestMethod")):
            method.set("Algorithm", algorithm)
        verifier.verify(etree.tostring(resign(root, identity)))


def with_prefixes(signed: bytes, prefixes: str) -> etree._Element:
    root = etree.fromstring(signed)
    for listed in root.iter(f"{{{EXCLUSIVE}}}InclusiveNamespaces"):
        listed.set("PrefixList", prefixes)
    etree.SubElement(
        find(root, ds("CanonicalizationMethod")), f"{{{EXCLUSIVE}}}InclusiveNamespaces", PrefixList=prefixes
    )
    return root


@pytest.mark.parametrize("prefixes", ["", "s", "soap s wsu absent", "#default", "soap #default s"])
def test_inclusive_prefixes_are_honoured(
    resign: Resign, signed: bytes, identity: Identity, authority: Authority, clock: Any, prefixes: str
) -> None:
    inherited = signed.replace(b'xmlns:s="urn:setad"', b'xmlns:s="urn:setad" xmlns="urn:default"')
    data = etree.tostring(resign(with_prefixes(inherited, prefixes), identity))
    body = Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP)).verify(data).body
    assert body.findtext(".//{urn:setad}amount") == "100"
    verifier = Verifier([authority.cert_pem], clock, ReplayWindow(clock, KEEP))
    assert reason(verifier, data.replace(b">100<", b">101<")) in {"wss.digest", "wss.signature"}
    assert reason(verifier, data.replace(f'"{prefixes}"'.encode(), b'"x"')).startswith("wss.")
