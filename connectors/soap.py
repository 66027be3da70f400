"""The SOAP codec: native objects to envelopes and back, by a WSDL that lies in the connector's folder.

zeep reads the WSDL and knows the types; it neither sends nor fetches anything. It does not notice a missing element
or a value outside its pattern, so the child of each Body is also validated against the schema by lxml. Elements are
found by namespace, never by prefix. Document/literal and rpc/literal, SOAP 1.1 and 1.2. base64 stays text in native
objects, whether it travels inside the envelope or beside it (`soap_attachments.py`).
"""

import base64
import binascii
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

from connectors.contract import ContractUnusable
from connectors.drift import UNKNOWN, Unknown
from connectors.schema import XSD, body_schema, read_files
from connectors.soap_drift import Tolerance
from connectors.soap_envelope import (
    MEDIA_TYPES,
    SOAP_11,
    SOAP_12,
    MessageInvalid,
    NotSoap,
    child_of,
    empty,
    fault,
    fault_in,
    read_envelope,
    to_bytes,
)
from connectors.soap_types import binary_paths

__all__ = ["SOAP_11", "SOAP_12", "ContractUnreadable", "MessageInvalid", "NotSoap", "SoapCodec", "to_bytes"]

#: The WSDL's files are known to the parser under this address only.
_PLACE = "file:///contract/"


class ContractUnreadable(Exception):
    """The WSDL in the folder cannot be used."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the WSDL says of one operation. `asked` and `answered` are zeep's elements; `style` is document or rpc."""

    action: str
    asked: Any
    answered: Any
    style: str


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
    """Reads and writes the messages of one WSDL, for its caller and, in simulators, for its server.

    Of several bindings the first counts, or with `version` (the envelope's namespace) the first of that version.
    """

    def __init__(self, folder: Path, wsdl: str, *, version: str | None = None) -> None:
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        try:
            roots = read_files(files, wsdl)
            closed: Any = _Files(files)
            document: Any = Document(_PLACE + wsdl, closed, settings=Settings(strict=True, forbid_external=True))
            spoken = [each for each in document.bindings.values() if hasattr(each, "nsmap")]
            binding = next(each for each in spoken if version in {None, str(each.nsmap["soap-env"])})
            self.version = str(binding.nsmap["soap-env"])
            self.declared = {
                str(name): Declared(operation.soapaction or "", asked, answered, str(operation.style))
                for name, operation in binding.all().items()
                if (asked := operation.input.body) is not None
                and (answered := operation.output and operation.output.body) is not None
            }
            self._schema = body_schema(roots, _wrappers(self.declared))
            self._tolerance = Tolerance(files, wsdl, _wrappers(self.declared))
        except ContractUnusable as unusable:
            raise ContractUnreadable(f"{folder / wsdl}: {unusable}") from unusable
        except (ZeepError, etree.LxmlError, OSError, StopIteration, KeyError, AttributeError) as problem:
            raise ContractUnreadable(f"{folder / wsdl}: {type(problem).__name__}: {problem}") from problem
        self._asked_as = {str(operation.asked.qname): name for name, operation in self.declared.items()}
        self._binary = {
            str(element.qname): paths
            for one in self.declared.values()
            for element in (one.asked, one.answered)
            if (paths := binary_paths(element))
        }

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of the WSDL's operations."""
        return tuple(self.declared)

    def headers(self, operation: str) -> dict[str, str]:
        """Content type and action of a request, as the SOAP version wants them."""
        action = self.declared[operation].action
        media = f"{MEDIA_TYPES[self.version]}; charset=utf-8"
        if self.version == SOAP_12:
            return {"content-type": f'{media}; action="{action}"'}
        return {"content-type": media, "soapaction": f'"{action}"'}

    def binary(self, name: str) -> frozenset[tuple[str, ...]]:
        """Where the message with this element holds base64, as paths of local names below it."""
        return self._binary.get(name, frozenset())

    def encode(self, operation: str, native: Mapping[str, Any]) -> _Element:
        """The request envelope. Raises MessageInvalid."""
        return self._write(self.declared[operation].asked, native, "soapenv")

    def decode(self, operation: str, body: bytes) -> dict[str, Any]:
        """The children of the reply's element as plain JSON, or `{"$fault": {"code", "text"}}`.

        What the contract does not know is left out and stands as `Unknown` under `$unknown`, if all that is required is
        there. Raises MessageInvalid for a reply outside the contract, NotSoap for anything but an envelope.
        """
        child, element = child_of(read_envelope(body)), self.declared[operation].answered
        if (found := fault_in(child)) is not None:
            return {"$fault": found}
        try:
            return self._read(element, child)
        except MessageInvalid:
            if str(child.tag) != str(element.qname) or (known := self._tolerance.known_part(element, child)) is None:
                raise
        part, unknown = known
        return {**self._native(element, part), UNKNOWN: Unknown(unknown)}

    def asked_with(self, element: str) -> str | None:
        """The operation that is asked with an element, None where there is none."""
        return self._asked_as.get(element)

    def read_request(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """For a server: the operation a request is for, and its native content. Raises MessageInvalid."""
        return self.read_child(child_of(read_envelope(body)))

    def read_child(self, child: _Element) -> tuple[str, dict[str, Any]]:
        """For a server that has the Body's child already, verified perhaps. Raises MessageInvalid."""
        name = self._asked_as.get(str(child.tag))
        if name is None:
            raise MessageInvalid(f"no operation is asked with {child.tag}")
        return name, self._read(self.declared[name].asked, child)

    def write_reply(self, operation: str, native: Mapping[str, Any], *, prefix: str = "soapenv") -> bytes:
        """For a server: the reply envelope, with any prefix. Raises MessageInvalid."""
        return to_bytes(self.reply(operation, native, prefix=prefix))

    def reply(self, operation: str, native: Mapping[str, Any], *, prefix: str = "soapenv") -> _Element:
        """For a server: the reply envelope before it is written. Raises MessageInvalid."""
        return self._write(self.declared[operation].answered, native, prefix)

    def write_fault(self, code: str, text: str) -> bytes:
        """For a server: a SOAP fault."""
        return fault(self.version, code, text)

    def _write(self, element: Any, native: Mapping[str, Any], prefix: str) -> _Element:
        envelope, body = empty(self.version, prefix)
        try:
            given = dict(native)
            for path in self.binary(str(element.qname)):
                given = _with_bytes(given, path)
            element.render(body, element(**given))
        except (ZeepError, TypeError, ValueError, AttributeError, ArithmeticError) as problem:
            raise MessageInvalid(f"{element.qname}: {problem}") from problem
        self._validate(body[0])
        return envelope

    def _read(self, element: Any, child: _Element) -> dict[str, Any]:
        self._validate(child)
        if str(child.tag) != str(element.qname):
            raise MessageInvalid(f"expected {element.qname}, found {child.tag}")
        return self._native(element, child)

    def _native(self, element: Any, child: _Element) -> dict[str, Any]:
        try:
            plain = _plain(serialize_object(element.parse(child, None), dict))
        except (ZeepError, TypeError, ValueError, ArithmeticError) as problem:  # Such as the year 12026.
            raise MessageInvalid(f"{element.qname}: {problem}") from problem
        return plain if isinstance(plain, dict) else {}

    def _validate(self, child: _Element) -> None:
        try:
            self._schema.assertValid(etree.ElementTree(child))
        except etree.DocumentInvalid as invalid:
            raise MessageInvalid(str(invalid)) from invalid


def _wrappers(declared: Mapping[str, Declared]) -> dict[str, list[_Element]]:
    """RPC wraps a message's parts in an element that no schema declares (WS-I Basic Profile 1.1, R2735)."""
    made: dict[str, list[_Element]] = {}
    for one in declared.values():
        for element in (one.asked, one.answered) if one.style == "rpc" else ():
            name = etree.QName(element.qname)
            wrapper = etree.Element(etree.QName(XSD, "element"), name=name.localname)
            parts = etree.SubElement(
                etree.SubElement(wrapper, etree.QName(XSD, "complexType")), etree.QName(XSD, "sequence")
            )
            for part, inner in element.type.elements:
                kind = etree.QName(inner.type.qname)
                # Under its own prefix: lxml drops a second one for a namespace that the schema around it names too.
                prefix = "xs" if kind.namespace == XSD else "part"
                nsmap = {prefix: kind.namespace} if kind.namespace else None
                held = etree.SubElement(parts, etree.QName(XSD, "element"), nsmap=nsmap, name=part, form="unqualified")
                held.set("type", f"{prefix}:{kind.localname}" if kind.namespace else kind.localname)
            made.setdefault(name.namespace or "", []).append(wrapper)
    return made


def _with_bytes(value: Any, path: tuple[str, ...]) -> Any:
    """The native value with the base64 text at `path` as bytes, the way zeep takes it. Raises ValueError."""
    if isinstance(value, list):
        return [_with_bytes(item, path) for item in value]
    if not path:
        try:
            return base64.b64decode(value, validate=True) if isinstance(value, str) else value
        except binascii.Error as wrong:
            raise ValueError("not base64") from wrong
    if isinstance(value, Mapping) and path[0] in value:
        return {**value, path[0]: _with_bytes(value[path[0]], path[1:])}
    return value


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
