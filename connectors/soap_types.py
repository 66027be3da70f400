"""What zeep's elements say of a message's shape. They come from `soap.py`; nothing of zeep is imported here."""

from collections.abc import Iterator
from typing import Any, Final

_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_DEEPEST: Final = 12


def binary_paths(element: Any) -> frozenset[tuple[str, ...]]:
    """Where below the element base64Binary stands, as paths of native names."""
    return frozenset(_binary(element.type, (), ()))


def _binary(kind: Any, at: tuple[str, ...], inside: tuple[Any, ...]) -> Iterator[tuple[str, ...]]:
    if len(at) > _DEEPEST or any(kind is one for one in inside):
        return
    if builtin(kind) == "base64Binary":
        yield at
        return
    for name, inner in getattr(kind, "elements", ()):
        if hasattr(inner, "type"):
            yield from _binary(inner.type, (*at, name), (*inside, kind))


def builtin(kind: Any) -> str:
    """The name of the built-in type that a simple type is, or is derived from; empty for a complex type."""
    for ancestor in type(kind).__mro__:
        name = getattr(ancestor, "_default_qname", None)
        if name is not None and name.namespace == _XSD and name.localname != "anyType":
            return str(name.localname)
    return ""
