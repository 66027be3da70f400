"""What a SOAP reply holds that its WSDL does not know, and the reply without it, if it still keeps the contract.

Looked at only when a reply fails its schema: one that keeps it costs nothing. zeep drops or refuses what it does not
know, depending on where it stands, so unknown elements and attributes are taken out before it reads. Values outside a
list stay: the mapping decides what they mean. zeep's types come from `soap.py`; nothing of zeep is imported here.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from connectors.drift import named
from connectors.schema import XSD, Wrappers, body_schema, read_files
from connectors.soap_schemas import Facets, facets_of

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_XML: Final = "http://www.w3.org/XML/1998/namespace"

#: (JSON pointer into the native reply, `field` or `value`), each once.
Findings = dict[tuple[str, str], None]


class Tolerance:
    """The contract of one WSDL, read so that additions pass. Made when the first such reply comes."""

    def __init__(self, files: Mapping[str, bytes], wsdl: str, wrappers: Wrappers) -> None:
        self._files = files
        self._wsdl = wsdl
        self._wrappers = wrappers

    def known_part(self, element: Any, child: _Element) -> tuple[_Element, list[tuple[str, str]]] | None:
        """The Body's child without what the contract does not know, and what that was.

        None when something required is missing or wrong: then it is no addition but another message.
        """
        facets, schema = self._read
        part, found = deepcopy(child), Findings()
        _prune(part, element.type, facets, "", found)
        if not found or not schema.validate(etree.ElementTree(part)):
            return None
        return part, list(found)

    @cached_property
    def _read(self) -> tuple[Facets, etree.XMLSchema]:
        roots = read_files(self._files, self._wsdl)
        facets = facets_of(roots)
        for root in roots.values():
            for listed in list(root.iter(f"{{{XSD}}}enumeration")):
                holder = listed.getparent()
                if holder is not None:
                    holder.remove(listed)
        return facets, body_schema(roots, self._wrappers)


def _prune(node: _Element, kind: Any, facets: Facets, at: str, found: Findings) -> None:
    """Take out of `node` what its type does not know. A type named by the message itself is left to the schema."""
    if f"{{{_XSI}}}type" in node.attrib:
        return
    if not hasattr(kind, "elements"):
        _look_at(node.text or "", kind, facets, at, found)
        return
    _prune_attributes(node, kind, facets, at, found)
    parts = [part for _, part in kind.elements]
    known = {str(part.qname): part for part in parts if getattr(part, "qname", None) is not None}
    if any(type(part).__name__ == "Any" for part in parts):
        known_only: Sequence[_Element] = [inner for inner in node.iterchildren("*") if str(inner.tag) in known]
    else:
        known_only = list(node.iterchildren("*"))
    for inner in known_only:
        place = f"{at}/{named(etree.QName(inner).localname)}"
        if (part := known.get(str(inner.tag))) is None:
            found[place, "field"] = None
            node.remove(inner)
        else:
            place += "/*" if getattr(part, "accepts_multiple", False) else ""
            _prune(inner, part.type, facets, place, found)


def _prune_attributes(node: _Element, kind: Any, facets: Facets, at: str, found: Findings) -> None:
    attributes = [part for _, part in kind.attributes]
    known = {str(part.qname): part for part in attributes if getattr(part, "qname", None) is not None}
    if any(type(part).__name__ == "AnyAttribute" for part in attributes):
        return
    for name, value in list(node.attrib.items()):
        qualified = etree.QName(name)
        if qualified.namespace in {_XSI, _XML}:
            continue
        if (part := known.get(str(name))) is None:
            found[f"{at}/{named(qualified.localname)}", "field"] = None
            del node.attrib[name]
        else:
            _look_at(str(value), part.type, facets, f"{at}/{qualified.localname}", found)


def _look_at(value: str, kind: Any, facets: Facets, at: str, found: Findings) -> None:
    listed = facets.get(str(getattr(kind, "qname", "")), {}).get("enum")
    if listed is not None and value.strip() not in listed:
        found[at, "value"] = None
