"""The SOAP codec: native objects to envelopes and back, by a WSDL that lies in the connector's folder.

zeep reads the WSDL and knows the types; it neither sends nor fetches anything. It does not notice a missing element
or a value outside its pattern, so the child of each Body is also validated against the schema by lxml. Elements are
found by namespace, never by prefix. Document/literal only. SOAP 1.1 and 1.2.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import _Element
from zeep import Settings
from zeep.exceptions import Error as ZeepError
from zeep.helpers import serialize_object
from zeep.wsdl import Document

from connectors.schema import body_schema
from pki.errors import XmlRefused
from pki.xml import parse

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"

#: The WSDL's files are known to the parser under this address only.
_PLACE = "file:///contract/"


class ContractUnreadable(Exception):
    """The WSDL in the folder cannot be used."""


class MessageInvalid(Exception):
    """A message that the contract does not allow. `detail` says what the schema objects to."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotSoap(MessageInvalid):
    """The bytes are no SOAP envelope at all."""


@dataclass(frozen=True, slots=True)
class _Operation:
    """What the WSDL says of one operation. The elements are zeep's."""

    action: str
    asked: Any
    answered: Any


class _Files:
    """The closed map of files: whatever is not in it does not exist, on disk or network."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def load(self, url: str) -> bytes:
        """The content of a file of the contract."""
        name = url.removeprefix(_PLACE)
        if name not in self._files:
            raise ContractUnreadable(f"the contract refers to {url}, which is not one of its files")
        return self._files[name]


class SoapCodec:
    """Reads and writes the messages of one WSDL, for its caller and, in simulators, for its server."""

    def __init__(self, folder: Path, wsdl: str) -> None:
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        try:
            closed: Any = _Files(files)
            document: Any = Document(_PLACE + wsdl, closed, settings=Settings(strict=True, forbid_external=True))
            self._schema = body_schema(files, wsdl)
            binding = next(iter(document.bindings.values()))
            self._envelope = str(binding.nsmap["soap-env"])
            self._operations = {
                str(name): _Operation(operation.soapaction or "", operation.input.body, operation.output.body)
                for name, operation in binding.all().items()
            }
        except (ZeepError, etree.LxmlError, OSError, StopIteration, KeyError, AttributeError) as problem:
            raise ContractUnreadable(f"{folder / wsdl}: {type(problem).__name__}: {problem}") from problem
        self._asked_as = {str(operation.asked.qname): name for name, operation in self._operations.items()}

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the WSDL's operations."""
        return tuple(self._operations)

    def headers(self, operation: str) -> dict[str, str]:
        """Content type and action of a request, as the SOAP version wants them."""
        action = self._operations[operation].action
        if self._envelope == SOAP_12:
            return {"content-type": f'application/soap+xml; charset=utf-8; action="{action}"'}
        return {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{action}"'}

    def encode(self, operation: str, native: Mapping[str, Any]) -> _Element:
        """The request envelope. Raises MessageInvalid."""
        return self._write(self._operations[operation].asked, native, "soapenv")

    def decode(self, operation: str, body: bytes) -> dict[str, Any]:
        """The children of the reply's element as plain JSON, or `{"$fault": {"code", "text"}}`.

        Raises MessageInvalid for a reply outside the contract, NotSoap for anything but an envelope.
        """
        child = _body_child(body)
        if (fault := _fault(child)) is not None:
            return {"$fault": fault}
        return self._read(self._operations[operation].answered, child)

    def read_request(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """For a server: the operation a request is for, and its native content. Raises MessageInvalid."""
        child = _body_child(body)
        name = self._asked_as.get(str(child.tag))
        if name is None:
            raise MessageInvalid(f"no operation is asked with {child.tag}")
        return name, self._read(self._operations[name].asked, child)

    def write_reply(self, operation: str, native: Mapping[str, Any], *, prefix: str = "soapenv") -> bytes:
        """For a server: the reply envelope, with any prefix. Raises MessageInvalid."""
        return to_bytes(self._write(self._operations[operation].answered, native, prefix))

    def write_fault(self, code: str, text: str) -> bytes:
        """For a server: a SOAP fault."""
        envelope, body = _empty(self._envelope, "soapenv")
        fault = etree.SubElement(body, etree.QName(self._envelope, "Fault"))
        if self._envelope == SOAP_12:
            etree.SubElement(
                etree.SubElement(fault, etree.QName(SOAP_12, "Code")), etree.QName(SOAP_12, "Value")
            ).text = code
            etree.SubElement(
                etree.SubElement(fault, etree.QName(SOAP_12, "Reason")), etree.QName(SOAP_12, "Text")
            ).text = text
        else:
            etree.SubElement(fault, "faultcode").text = code
            etree.SubElement(fault, "faultstring").text = text
        return to_bytes(envelope)

    def _write(self, element: Any, native: Mapping[str, Any], prefix: str) -> _Element:
        envelope, body = _empty(self._envelope, prefix)
        try:
            element.render(body, element(**native))
        except (ZeepError, TypeError, ValueError, AttributeError) as problem:
            raise MessageInvalid(f"{element.qname}: {problem}") from problem
        self._validate(body[0])
        return envelope

    def _read(self, element: Any, child: _Element) -> dict[str, Any]:
        self._validate(child)
        if str(child.tag) != str(element.qname):
            raise MessageInvalid(f"expected {element.qname}, found {child.tag}")
        plain = _plain(serialize_object(element.parse(child, None), dict))
        return plain if isinstance(plain, dict) else {}

    def _validate(self, child: _Element) -> None:
        try:
            self._schema.assertValid(etree.ElementTree(child))
        except etree.DocumentInvalid as invalid:
            raise MessageInvalid(str(invalid)) from invalid


def to_bytes(envelope: _Element) -> bytes:
    """An envelope as UTF-8 with its prologue."""
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _empty(namespace: str, prefix: str) -> tuple[_Element, _Element]:
    envelope = etree.Element(etree.QName(namespace, "Envelope"), nsmap={prefix: namespace})
    return envelope, etree.SubElement(envelope, etree.QName(namespace, "Body"))


def _body_child(raw: bytes) -> _Element:
    """The only child of Body, whatever the SOAP version of the envelope."""
    try:
        envelope = parse(raw)
    except XmlRefused as refused:
        raise NotSoap(str(refused)) from refused
    name = etree.QName(envelope)
    if name.localname != "Envelope" or name.namespace not in {SOAP_11, SOAP_12}:
        raise NotSoap(f"expected an envelope, found {envelope.tag!r}")
    bodies = envelope.findall(f"{{{name.namespace}}}Body")
    children = list(bodies[0].iterchildren("*")) if len(bodies) == 1 else []
    if len(children) != 1:
        raise MessageInvalid("an envelope has one Body, and the Body one child")
    return children[0]


def _fault(child: _Element) -> dict[str, str] | None:
    name = etree.QName(child)
    if name.localname != "Fault" or name.namespace not in {SOAP_11, SOAP_12}:
        return None
    if name.namespace == SOAP_11:
        code, text = child.findtext("faultcode"), child.findtext("faultstring")
    else:
        code = child.findtext(f"{{{SOAP_12}}}Code/{{{SOAP_12}}}Value")
        text = child.findtext(f"{{{SOAP_12}}}Reason/{{{SOAP_12}}}Text")
    return {"code": (code or "").strip(), "text": (text or "").strip()}


def _plain(value: Any) -> Any:
    """Zeep's values as JSON: absent members left out, no number that would lose a digit."""
    if isinstance(value, Mapping):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return etree.tostring(value, encoding="unicode") if isinstance(value, _Element) else value
