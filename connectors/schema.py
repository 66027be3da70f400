"""The XML schema of a WSDL's messages, built from the closed map of the contract's files."""

from collections.abc import Mapping

from lxml import etree
from lxml.etree import _Element

_XSD = "http://www.w3.org/2001/XMLSchema"
_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_PLACE = "contract:"


class _ClosedFiles(etree.Resolver):
    """Serves the contract's files and nothing else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(self, system_url: str, public_id: str, context: object = None) -> object:  # noqa: ARG002 - lxml's shape.
        """The file's content; an unknown name is an empty document, which no schema parser accepts."""
        content = self._files.get(system_url.removeprefix(_PLACE), b"").decode()
        return self.resolve_string(content, context, base_url=None)


def body_schema(files: Mapping[str, bytes], wsdl: str) -> etree.XMLSchema:
    """A schema that knows the elements of every schema inside the WSDL and the files those import.

    Raises lxml's XMLSchemaParseError, XMLSyntaxError, and KeyError for a missing WSDL.
    """
    known = dict(files)
    root = etree.fromstring(known[wsdl], etree.XMLParser(resolve_entities=False, no_network=True))
    namespaces: dict[str, str] = {}
    for number, embedded in enumerate(root.findall(f"{{{_WSDL}}}types/{{{_XSD}}}schema")):
        name = f"embedded-{number}.xsd"
        known[name] = _standing_alone(embedded)
        namespaces[name] = embedded.get("targetNamespace", "")
    imports = "".join(
        f'<xs:import schemaLocation="{_PLACE}{name}"' + (f' namespace="{namespace}"' if namespace else "") + "/>"
        for name, namespace in namespaces.items()
    )
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    parser.resolvers.add(_ClosedFiles(known))
    text = f'<xs:schema xmlns:xs="{_XSD}">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(text.encode(), parser))


def _standing_alone(embedded: _Element) -> bytes:
    """An embedded schema as a document: it keeps the prefixes of its WSDL, and its imports name files of the map."""
    for reference in embedded.iter(f"{{{_XSD}}}import", f"{{{_XSD}}}include"):
        location = reference.get("schemaLocation")
        if location is not None and not location.startswith(_PLACE):
            reference.set("schemaLocation", _PLACE + location.removeprefix("./"))
    return etree.tostring(embedded)
