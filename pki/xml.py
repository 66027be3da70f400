"""XML from outside: no document type, no entities, no network, bounded in size and depth."""

from typing import Final

from lxml import etree

from pki.errors import XmlRefused

MOST_BYTES: Final = 8 * 1024 * 1024
DEEPEST: Final = 64
_too_deep = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")


def _parser() -> etree.XMLParser:
    """One per document: a parser is not shared between threads, and making one costs a microsecond or two."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_blank_text=False,
        collect_ids=False,
    )


def parse(data: bytes, *, most_bytes: int = MOST_BYTES) -> etree._Element:
    """The root element of `data`.

    Raises XmlRefused: `xml.too_large`, `xml.dtd` (any document type at all), `xml.malformed`, `xml.too_deep`.
    """
    if len(data) > most_bytes:
        raise XmlRefused("xml.too_large", f"a document has at most {most_bytes} bytes")
    if b"<!DOCTYPE" in data:  # Before libxml2 spends time on entities; the check after parsing sees other encodings.
        raise XmlRefused("xml.dtd", "a document type is not accepted")
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused("xml.malformed", "not well-formed XML") from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.externalDTD is not None:
        raise XmlRefused("xml.dtd", "a document type is not accepted")
    if _too_deep(tree):
        raise XmlRefused("xml.too_deep", f"elements are nested deeper than {DEEPEST}")
    return root
