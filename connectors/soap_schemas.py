"""JSON Schemas of the messages of a WSDL: the shape from zeep's types, facets from the XSD itself, which zeep drops."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lxml import etree
from lxml.etree import _Element

from connectors.schema import WSDL, XSD
from connectors.soap_types import builtin

_DEEPEST: Final = 12
_INTEGERS: Final = frozenset(
    {"integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger"}
    | {"negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"}
)
_LEAST: Final = {"nonNegativeInteger": 0, "positiveInteger": 1, "unsignedLong": 0, "unsignedInt": 0}
_LEAST_SMALL: Final = {"unsignedShort": (0, 65_535), "unsignedByte": (0, 255), "byte": (-128, 127)}
_SHOWN: Final = {
    "decimal": "12.50",
    "dateTime": "2026-11-21T08:30:00+03:30",
    "time": "08:30:00",
    "duration": "P1D",
    "gYear": "2026",
    "gYearMonth": "2026-11",
    "hexBinary": "0A1B",
    "base64Binary": "2YbZhdmI2YbZhw==",
    "anyURI": "https://agency.example/1",
    "language": "fa",
}
_TEXTS: Final = {"length": ("minLength", "maxLength"), "minLength": ("minLength",), "maxLength": ("maxLength",)}
_NUMBERS: Final = {"minInclusive": "minimum", "maxInclusive": "maximum"}

Facets = Mapping[str, Mapping[str, Any]]


def facets_of(roots: Mapping[str, _Element]) -> Facets:
    """Facets of simple types by name: of the named ones, and of the unnamed by the element that holds them.

    Two elements of one name with different unnamed types have no facets here; the schema itself still checks them.
    """
    named: dict[str, dict[str, Any]] = {}
    unnamed: dict[str, list[dict[str, Any]]] = {}
    for root in roots.values():
        schemas = [root] if etree.QName(root).namespace == XSD else root.findall(f"{{{WSDL}}}types/{{{XSD}}}schema")
        for schema in schemas:
            space = schema.get("targetNamespace", "")
            for kind in schema.iter(f"{{{XSD}}}simpleType"):
                found = _facets(kind)
                holder = kind.getparent()
                if name := kind.get("name"):
                    named[f"{{{space}}}{name}"] = found
                elif holder is not None and holder.get("name"):
                    unnamed.setdefault(f"{{{space}}}{holder.get('name')}", []).append(found)
    agreed = {name: found[0] for name, found in unnamed.items() if all(one == found[0] for one in found)}
    return {**agreed, **named}


def _facets(kind: _Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    restriction = kind.find(f"{{{XSD}}}restriction")
    for facet in restriction.iterchildren("*") if restriction is not None else ():
        name, value = etree.QName(facet).localname, facet.get("value", "")
        if name == "enumeration":
            found.setdefault("enum", []).append(value)
        elif name == "pattern":
            found["pattern"] = f"^(?:{value})$" if "|" in value else f"^{value}$"
        elif name in _TEXTS and value.isdigit():
            found |= dict.fromkeys(_TEXTS[name], int(value))
        elif name in _NUMBERS and value.lstrip("-").isdigit():
            found[_NUMBERS[name]] = int(value)
    return found


def message_schema(element: Any, facets: Facets) -> dict[str, Any]:
    """The native message with this element, as the codec reads and writes it."""
    made = _schema(element.type, facets, ())
    return made if made.get("type") == "object" else {"type": "object", "properties": {}}


def _schema(kind: Any, facets: Facets, inside: tuple[Any, ...]) -> dict[str, Any]:
    name = builtin(kind)
    if name:
        return _simple(name, facets.get(str(getattr(kind, "qname", "")), {}))
    if not hasattr(kind, "elements"):
        return {"type": "string"}
    if any(kind is one for one in inside) or len(inside) > _DEEPEST:
        return {"$comment": f"recursive: {kind.name}"}
    properties: dict[str, Any] = {}
    required: list[str] = []
    for field, part, optional, later in _members(kind):
        inner = _schema(part.type, facets, (*inside, kind)) if hasattr(part, "type") else {}
        if getattr(part, "accepts_multiple", False):
            most = part.max_occurs if isinstance(part.max_occurs, int) else None
            inner = {"type": "array", "items": inner} | ({"maxItems": most} if most else {})
            inner |= {"minItems": part.min_occurs} if part.min_occurs and not optional else {}
        properties[field] = inner | ({"$comment": "another of a choice"} if later else {})
        if not optional and not getattr(part, "nillable", False):
            required.append(field)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _members(kind: Any) -> Iterator[tuple[str, Any, bool, bool]]:
    """Name, element or attribute, whether it may be left out, and whether another of its choice came before it."""
    within = _choices(getattr(kind, "_element", None), optional=False, later=False)
    for field, part in kind.elements:
        optional, later = within.get(id(part), (False, False))
        yield field, part, optional or part.min_occurs == 0, later
    for field, part in kind.attributes:
        if field:
            yield field, part, not getattr(part, "required", False), False


def _choices(indicator: Any, *, optional: bool, later: bool) -> dict[int, tuple[bool, bool]]:
    """What the sequences and choices around each element say: it may be left out, it is not the first of a choice."""
    found: dict[int, tuple[bool, bool]] = {}
    choice = type(indicator).__name__ == "Choice"
    for place, part in enumerate(indicator if isinstance(indicator, list) else ()):
        free, after = optional or choice, later or (choice and place > 0)
        if isinstance(part, list):
            found |= _choices(part, optional=free or getattr(part, "min_occurs", 1) == 0, later=after)
        else:
            found[id(part)] = (free, after)
    return found


def _simple(name: str, facets: Mapping[str, Any]) -> dict[str, Any]:
    if name == "boolean":
        return {"type": "boolean"}
    if name in _INTEGERS:
        limits = dict(zip(("minimum", "maximum"), _LEAST_SMALL.get(name, ()), strict=False))
        limits |= {"minimum": _LEAST[name]} if name in _LEAST else {}
        numbers = {key: value for key, value in facets.items() if key in {"minimum", "maximum"}}
        return {"type": "integer"} | limits | numbers
    if name in {"float", "double"}:
        return {"type": "number"}
    if name == "date":
        return {"type": "string", "format": "date"}
    texts = {key: value for key, value in facets.items() if key not in {"minimum", "maximum"}}
    shown = {"examples": [_SHOWN[name]]} if name in _SHOWN and not texts else {}
    return {"type": "string"} | texts | shown
