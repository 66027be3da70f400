"""The XML schema of a WSDL's messages, built from the closed map of the contract's files."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lxml import etree
from lxml.etree import _Element

from connectors.contract import ContractUnusable
from pki.errors import XmlRefused
from pki.xml import parse

XSD: Final = "http://www.w3.org/2001/XMLSchema"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
_PLACE: Final = "contract:"
_MOST_FILES: Final = 200
_MOST_OCCURS: Final = 10_000

#: Element declarations that stand in no file: RPC's wrappers, by namespace.
Wrappers = Mapping[str, Sequence[_Element]]


class _ClosedFiles(etree.Resolver):
    """Serves the contract's files and nothing else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(self, system_url: str, public_id: str, context: object = None) -> object:  # noqa: ARG002 - lxml's shape.
        """The file's content; an unknown name is an empty document, which no schema parser accepts."""
        content = self._files.get(system_url.removeprefix(_PLACE), b"").decode()
        return self.resolve_string(content, context, base_url=None)


def read_files(files: Mapping[str, bytes], leads: str) -> dict[str, _Element]:
    """Every WSDL and XSD that `leads` refers to, near or far, parsed.

    Raises ContractUnusable: `contract.dtd`, `contract.bomb`, `contract.unreadable`, `contract.remote_reference`,
    `contract.reference`.
    """
    found: dict[str, _Element] = {}
    waiting = [leads]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        if len(found) >= _MOST_FILES:
            raise ContractUnusable("contract.bomb", name, f"more than {_MOST_FILES} files")
        if name not in files:
            raise ContractUnusable("contract.reference", name, "the contract refers to this file, which is not there")
        found[name] = _parsed(name, files[name])
        waiting.extend(_located(name, reference, location) for reference, location in _references(found[name]))
    return found


def _parsed(name: str, raw: bytes) -> _Element:
    try:
        root = parse(raw)
    except XmlRefused as refused:
        codes = {"xml.dtd": "contract.dtd", "xml.too_large": "contract.too_large", "xml.too_deep": "contract.bomb"}
        raise ContractUnusable(codes.get(refused.reason, "contract.unreadable"), name, refused.text) from refused
    for element in root.iter(f"{{{XSD}}}element", f"{{{XSD}}}sequence", f"{{{XSD}}}choice"):
        for limit in ("minOccurs", "maxOccurs"):
            times = element.get(limit, "1")
            if times.isdigit() and int(times[:9]) > _MOST_OCCURS:
                raise ContractUnusable("contract.bomb", name, f'{limit}="{times[:20]}" is beyond every limit')
    return root


def _references(root: _Element) -> Iterator[tuple[_Element, str]]:
    for element in root.iter(f"{{{XSD}}}import", f"{{{XSD}}}include", f"{{{XSD}}}redefine"):
        if location := element.get("schemaLocation"):
            yield element, location
    for element in root.iter(f"{{{WSDL}}}import"):
        if location := element.get("location"):
            yield element, location


def _located(name: str, _element: _Element, location: str) -> str:
    """The file a reference in `name` leads to. Raises ContractUnusable for one that leads out of the folder."""
    if ":" in location or location.startswith(("/", "\\")):
        text = f"{location!r} leads out of the contract's files; nothing is fetched"
        raise ContractUnusable("contract.remote_reference", name, text)
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(name), location))
    if joined.startswith(".."):
        raise ContractUnusable("contract.remote_reference", name, f"{location!r} leads out of the contract's files")
    return joined


def body_schema(roots: Mapping[str, _Element], wrappers: Wrappers) -> etree.XMLSchema:
    """A schema that knows the elements of every schema inside the WSDLs, of the files those import, and the wrappers.

    Raises lxml's XMLSchemaParseError.
    """
    known: dict[str, bytes] = {}
    spaces: dict[str, list[str]] = {}
    for name, root in roots.items():
        for reference, location in _references(root):
            reference.set("schemaLocation", _PLACE + _located(name, reference, location))
        if etree.QName(root).namespace == XSD:
            known[name] = etree.tostring(root)
            continue
        for number, embedded in enumerate(root.findall(f"{{{WSDL}}}types/{{{XSD}}}schema")):
            inner = f"{name}-{number}.xsd"
            known[inner] = etree.tostring(embedded)  # It keeps the prefixes of its WSDL.
            if "targetNamespace" in embedded.attrib:
                spaces.setdefault(str(embedded.get("targetNamespace")), []).append(inner)
            else:
                for imported in embedded.findall(f"{{{XSD}}}import"):
                    place = str(imported.get("schemaLocation", "")).removeprefix(_PLACE)
                    spaces.setdefault(imported.get("namespace", ""), []).extend([place] if place else [])
    for space, elements in wrappers.items():
        inner = f"wrappers-{len(known)}.xsd"
        known[inner] = _wrapping(space, elements, sorted({*spaces, *_namespaces(roots)} - {space}))
        spaces.setdefault(space, []).append(inner)
    return _whole(known, spaces)


def _namespaces(roots: Mapping[str, _Element]) -> set[str]:
    return {str(root.get("targetNamespace", "")) for root in roots.values() if etree.QName(root).namespace == XSD}


def _wrapping(space: str, elements: Sequence[_Element], others: Sequence[str]) -> bytes:
    schema = etree.Element(etree.QName(XSD, "schema"), nsmap={"xs": XSD})
    if space:
        schema.set("targetNamespace", space)
    for other in others:
        if other:
            etree.SubElement(schema, etree.QName(XSD, "import")).set("namespace", other)
    schema.extend(elements)
    return etree.tostring(schema)


def _whole(known: dict[str, bytes], spaces: Mapping[str, Sequence[str]]) -> etree.XMLSchema:
    """One document that imports each namespace once: a second import of the same is not looked at by libxml2."""
    imports = []
    for number, (space, names) in enumerate(spaces.items()):
        together = f"namespace-{number}.xsd"
        inner = "".join(f'<xs:include schemaLocation="{_PLACE}{name}"/>' for name in dict.fromkeys(names))
        target = f' targetNamespace="{space}"' if space else ""
        known[together] = f'<xs:schema xmlns:xs="{XSD}"{target}>{inner}</xs:schema>'.encode()
        if space:
            imports.append(f'<xs:import namespace="{space}" schemaLocation="{_PLACE}{together}"/>')
        else:
            imports.append(f'<xs:include schemaLocation="{_PLACE}{together}"/>')
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    parser.resolvers.add(_ClosedFiles(known))
    text = f'<xs:schema xmlns:xs="{XSD}">{"".join(sorted(imports, reverse=True))}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text.encode(), parser))
