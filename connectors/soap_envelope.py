"""SOAP envelopes as XML: what is around a Body's child, faults, the two versions. Elements are found by namespace."""

from typing import Final

from lxml import etree
from lxml.etree import _Element

from pki.errors import XmlRefused
from pki.xml import parse

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
MEDIA_TYPES: Final = {SOAP_11: "text/xml", SOAP_12: "application/soap+xml"}
_XML_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"

#: Fault codes of SOAP 1.1 and what SOAP 1.2 calls them.
_CODES_12: Final = {"Client": "Sender", "Server": "Receiver"}


class MessageInvalid(Exception):
    """A message that the contract does not allow. `detail` says what the schema objects to."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotSoap(MessageInvalid):
    """The bytes are no SOAP envelope at all."""


def read_envelope(raw: bytes) -> _Element:
    """The envelope, whatever its SOAP version. Raises NotSoap."""
    try:
        envelope = parse(raw)
    except XmlRefused as refused:
        raise NotSoap(str(refused)) from refused
    name = etree.QName(envelope)
    if name.localname != "Envelope" or name.namespace not in {SOAP_11, SOAP_12}:
        raise NotSoap(f"expected an envelope, found {envelope.tag!r}")
    return envelope


def child_of(envelope: _Element) -> _Element:
    """The only child of the only Body. Raises MessageInvalid."""
    bodies = envelope.findall(f"{{{etree.QName(envelope).namespace}}}Body")
    if len(bodies) != 1:
        raise MessageInvalid("an envelope has one Body")
    return only_child(bodies[0])


def only_child(body: _Element) -> _Element:
    """The only element in a Body. Raises MessageInvalid."""
    children = list(body.iterchildren("*"))
    if len(children) != 1:
        raise MessageInvalid("an envelope has one Body, and the Body one child")
    return children[0]


def empty(namespace: str, prefix: str) -> tuple[_Element, _Element]:
    """A new envelope and its Body."""
    envelope = etree.Element(etree.QName(namespace, "Envelope"), nsmap={prefix: namespace})
    return envelope, etree.SubElement(envelope, etree.QName(namespace, "Body"))


def to_bytes(envelope: _Element) -> bytes:
    """An envelope as UTF-8 with its prologue."""
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def fault_in(child: _Element) -> dict[str, str] | None:
    """Code and text of a fault as they were sent; None where the Body holds something else."""
    name = etree.QName(child)
    if name.localname != "Fault" or name.namespace not in {SOAP_11, SOAP_12}:
        return None
    if name.namespace == SOAP_11:
        code, text = child.findtext("faultcode"), child.findtext("faultstring")
    else:
        code = child.findtext(f"{{{SOAP_12}}}Code/{{{SOAP_12}}}Value")
        text = child.findtext(f"{{{SOAP_12}}}Reason/{{{SOAP_12}}}Text")
    return {"code": (code or "").strip(), "text": (text or "").strip()}


def standard_code(namespace: str, code: str) -> str:
    """`Client`, `Server`, `MustUnderstand` or `VersionMismatch` as a fault of that version writes it."""
    return f"soapenv:{_CODES_12.get(code, code) if namespace == SOAP_12 else code}"


def fault(namespace: str, code: str, text: str, *, detail: _Element | None = None, language: str = "en") -> bytes:
    """A fault with this very code; `standard_code` makes one of the standard's."""
    envelope, body = empty(namespace, "soapenv")
    made = etree.SubElement(body, etree.QName(namespace, "Fault"))
    if namespace == SOAP_12:
        holder = etree.SubElement(made, etree.QName(SOAP_12, "Code"))
        etree.SubElement(holder, etree.QName(SOAP_12, "Value")).text = code
        reason = etree.SubElement(etree.SubElement(made, etree.QName(SOAP_12, "Reason")), etree.QName(SOAP_12, "Text"))
        reason.set(_XML_LANG, language)
        reason.text = text
        place = etree.QName(SOAP_12, "Detail").text
    else:
        etree.SubElement(made, "faultcode").text = code
        etree.SubElement(made, "faultstring").text = text
        place = "detail"
    if detail is not None:
        etree.SubElement(made, place).append(detail)
    return to_bytes(envelope)
