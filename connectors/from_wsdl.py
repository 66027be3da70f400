"""A WSDL 1.1 read as a contract: each operation of one binding, asked and answered with native objects.

What SOAP does not say is whether a call changes something. A name that begins with a word for looking is `read`, all
others are `once`; the administrator knows better.
"""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from connectors.contract import Contract, ContractOperation, ContractUnusable, snake, unlike
from connectors.port import Effect
from connectors.schema import WSDL, read_files
from connectors.soap import ContractUnreadable, SoapCodec
from connectors.soap_schemas import facets_of, message_schema

_LOOKING: Final = frozenset(
    {"get", "find", "list", "search", "query", "inquire", "inquiry", "check", "estelam", "read", "view", "show", "see"}
    | {"is", "has", "verify", "validate", "lookup", "fetch", "status", "count"}
)
_ADDRESSES: Final = (
    "{http://schemas.xmlsoap.org/wsdl/soap/}address",
    "{http://schemas.xmlsoap.org/wsdl/soap12/}address",
)
_MTOM: Final = "OptimizedMimeSerialization"


def contract_files(source: Path) -> dict[str, bytes]:
    """The WSDL and every file beside or below it that it refers to, by relative name. Raises ContractUnusable."""
    files = _Beside(source.parent)
    return {name: files[name] for name in read_files(files, source.name)}


class _Beside(dict[str, bytes]):
    """The files of a folder, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __contains__(self, name: object) -> bool:
        return (self._folder / str(name)).is_file()

    def __missing__(self, name: str) -> bytes:
        self[name] = (self._folder / name).read_bytes()
        return self[name]


def from_wsdl(folder: Path, wsdl: str) -> Contract:
    """The contract of the first SOAP binding. Raises ContractUnusable."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    roots = read_files(files, wsdl)
    try:
        codec = SoapCodec(folder, wsdl)
    except ContractUnreadable as unreadable:
        raise ContractUnusable("contract.unreadable", wsdl, str(unreadable)) from unreadable
    facets = facets_of(roots)
    taken: set[str] = set()
    operations = [
        ContractOperation(
            name=unlike(snake(name) or "operation", taken),
            title=_titles(roots).get(name) or name,
            effect=Effect.READ if snake(name).partition("_")[0] in _LOOKING else Effect.ONCE,
            request=message_schema(declared.asked, facets),
            answer=message_schema(declared.answered, facets),
            soap=name,
        )
        for name, declared in codec.declared.items()
    ]
    if not operations:
        raise ContractUnusable("contract.empty", wsdl, "no operation can be made of this file")
    root = roots[wsdl]
    location = next((found.get("location", "") for one in roots.values() for found in one.iter(*_ADDRESSES)), "")
    parts = urlsplit(location)
    return Contract(
        title=root.get("name") or next(iter(root.iter(f"{{{WSDL}}}service")), root).get("name") or "WSDL",
        version=root.get("targetNamespace") or "1",
        operations=tuple(operations),
        address=f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else None,
        path=parts.path or "/",
        mtom=any(_MTOM in raw.decode("utf-8", "replace") for raw in files.values()),
        notes=("Whether an operation changes something was guessed from its name: look at every effect.",),
    )


def _titles(roots: dict[str, etree._Element]) -> dict[str, str]:
    """What the port types say of their operations, in one line."""
    found = {}
    for root in roots.values():
        for operation in root.iterfind(f"{{{WSDL}}}portType/{{{WSDL}}}operation"):
            said = (operation.findtext(f"{{{WSDL}}}documentation") or "").strip()
            if said:
                found[operation.get("name", "")] = said.splitlines()[0][:200]
    return found
