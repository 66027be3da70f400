"""Reads a secured envelope into named parts and refuses every shape but the one expected.

Signature wrapping lives on the gap between the element a signature covers and the element a program reads. Here
places are fixed first (Envelope/Body, Security/Timestamp), and a reference must name exactly the element that stands
there; searching by identifier never decides what is read.
"""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from pki.errors import SignatureInvalid
from pki.wss_names import (
    BASE64_BINARY,
    DIGEST_METHODS,
    EXCLUSIVE,
    SIGNATURE_METHODS,
    SOAP,
    WSU_ID,
    X509_V3,
    XML_ID,
    ds,
    wsse,
    wsu,
)

_FRAGMENT: Final = re.compile(r"#[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_MOST_REFERENCES: Final = 16


@dataclass(frozen=True, slots=True)
class Reference:
    """One signed element: which, and the digest claimed for it under which canonicalisation."""

    element: etree._Element
    prefixes: tuple[str, ...]
    hash_name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Secured:
    """The parts of an envelope whose shape is acceptable; nothing in it is verified yet."""

    body: etree._Element
    timestamp: etree._Element
    token: etree._Element
    signature: etree._Element
    signed_info: etree._Element
    prefixes: tuple[str, ...]
    references: tuple[Reference, ...]


def _children(element: etree._Element) -> list[etree._Element]:
    return list(element.iterchildren(etree.Element))  # Comments and instructions are not elements.


def _expect(element: etree._Element, *tags: str) -> list[etree._Element]:
    children = _children(element)
    if [child.tag for child in children] != list(tags):
        raise SignatureInvalid("wss.structure", f"unexpected content in {etree.QName(element).localname}")
    return children


def _only(parent: etree._Element, root: etree._Element, tag: str, reason: str) -> etree._Element:
    """The one element `tag` of the document, which must be a child of `parent`."""
    found = list(root.iter(tag))
    if len(found) != 1 or found[0].getparent() is not parent:
        raise SignatureInvalid(reason, f"exactly one {etree.QName(tag).localname} is expected, in its place")
    return found[0]


def _exclusive(element: etree._Element) -> tuple[str, ...]:
    """The inclusive prefixes of an exclusive canonicalisation, the only transformation accepted."""
    if element.get("Algorithm") != EXCLUSIVE:
        raise SignatureInvalid("wss.algorithm", "only exclusive canonicalisation without comments is accepted")
    children = _children(element)
    if not children:
        return ()
    if [child.tag for child in children] != [f"{{{EXCLUSIVE}}}InclusiveNamespaces"]:
        raise SignatureInvalid("wss.structure", "a transformation has unexpected parameters")
    return tuple((children[0].get("PrefixList") or "").split())


class _Identifiers:
    """Every identifier of the document with its bearer; unique, or the document is refused."""

    def __init__(self, root: etree._Element) -> None:
        self._bearers: dict[str, etree._Element] = {}
        self._others: set[str] = set()
        for element in root.iter(etree.Element):
            for name, value in element.attrib.items():
                if name in {WSU_ID, XML_ID}:
                    if value in self._bearers:
                        raise SignatureInvalid("wss.duplicate_id", "an identifier is used twice")
                    self._bearers[str(value)] = element
                elif etree.QName(str(name)).localname.lower() in {"id", "assertionid"}:
                    self._others.add(str(value))

    def named(self, uri: str | None) -> etree._Element:
        """The element that `#fragment` names by wsu:Id. Identifiers of other kinds must not share its value."""
        if uri is None or not _FRAGMENT.fullmatch(uri) or (name := uri[1:]) not in self._bearers:
            raise SignatureInvalid("wss.reference", "a reference names no element of this message")
        element = self._bearers[name]
        if name in self._others or element.get(WSU_ID) != name:
            raise SignatureInvalid("wss.duplicate_id", "an identifier is used twice")
        return element


def _read_reference(reference: etree._Element, identifiers: _Identifiers) -> Reference:
    transforms, method, digest = _expect(reference, ds("Transforms"), ds("DigestMethod"), ds("DigestValue"))
    (transform,) = _expect(transforms, ds("Transform"))
    hash_name = DIGEST_METHODS.get(method.get("Algorithm") or "")
    if hash_name is None or _children(method):
        raise SignatureInvalid("wss.algorithm", "a digest method is not accepted")
    element = identifiers.named(reference.get("URI"))
    return Reference(element, _exclusive(transform), hash_name, "".join((digest.text or "").split()))


def _read_signed_info(
    signed_info: etree._Element, identifiers: _Identifiers
) -> tuple[tuple[str, ...], tuple[Reference, ...]]:
    children = _children(signed_info)
    count = len(children) - 2
    if not 0 < count <= _MOST_REFERENCES:
        raise SignatureInvalid("wss.structure", "a signature covers something, and not very much")
    expected = (ds("CanonicalizationMethod"), ds("SignatureMethod"), *[ds("Reference")] * count)
    canonicalization, method, *references = _expect(signed_info, *expected)
    if method.get("Algorithm") not in SIGNATURE_METHODS or _children(method):
        raise SignatureInvalid("wss.algorithm", "the signature method is not accepted")
    return _exclusive(canonicalization), tuple(_read_reference(each, identifiers) for each in references)


def _check_token(key_info: etree._Element, token: etree._Element, identifiers: _Identifiers) -> None:
    (pointer,) = _expect(key_info, wsse("SecurityTokenReference"))
    (reference,) = _expect(pointer, wsse("Reference"))
    if identifiers.named(reference.get("URI")) is not token:
        raise SignatureInvalid("wss.token", "the signature does not point at the certificate in this header")
    if token.get("ValueType") != X509_V3 or token.get("EncodingType", BASE64_BINARY) != BASE64_BINARY:
        raise SignatureInvalid("wss.token", "the token is not an X.509 v3 certificate in base64")


def read_secured(root: etree._Element) -> Secured:
    """The parts of a secured envelope. Raises SignatureInvalid for any other shape.

    Reasons: `wss.envelope`, `wss.security`, `wss.signature_count`, `wss.structure`, `wss.algorithm`,
    `wss.duplicate_id`, `wss.reference`, `wss.token`, `wss.timestamp`, `wss.not_signed`.
    """
    name = etree.QName(root)
    if name.namespace not in SOAP or name.localname != "Envelope":
        raise SignatureInvalid("wss.envelope", "not a SOAP envelope")
    header_tag, body_tag = f"{{{name.namespace}}}Header", f"{{{name.namespace}}}Body"
    children = _children(root)
    if [child.tag for child in children] != [header_tag, body_tag]:
        raise SignatureInvalid("wss.envelope", "an envelope holds one Header and one Body")
    header, body = children
    security = _only(header, root, wsse("Security"), "wss.security")
    signature = _only(security, root, ds("Signature"), "wss.signature_count")
    timestamp = _only(security, root, wsu("Timestamp"), "wss.timestamp")
    token = _only(security, root, wsse("BinarySecurityToken"), "wss.token")
    signed_info, _value, key_info = _expect(signature, ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo"))
    identifiers = _Identifiers(root)
    prefixes, references = _read_signed_info(signed_info, identifiers)
    _check_token(key_info, token, identifiers)
    covered = [reference.element for reference in references]
    if sum(element is body for element in covered) != 1 or sum(element is timestamp for element in covered) != 1:
        raise SignatureInvalid("wss.not_signed", "Body and Timestamp must each be signed once")
    for element in covered:
        # Signed addressing headers and the token are welcome; anything elsewhere would be a wrapped copy.
        if element is not body and element.getparent() not in {header, security}:
            raise SignatureInvalid("wss.reference", "a reference names an element in an unexpected place")
    return Secured(body, timestamp, token, signature, signed_info, prefixes, references)
