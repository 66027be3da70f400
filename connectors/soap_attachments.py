"""Attachments of SOAP messages: MTOM/XOP (W3C 2005), both ways. base64 leaves the envelope and travels beside it.

A part is put back where it is referred to, once: what is inside an envelope and what travels beside it mean the same.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from lxml import etree
from lxml.etree import _Element

from connectors.soap_envelope import MEDIA_TYPES, NotSoap, read_envelope, to_bytes

XOP: Final = "http://www.w3.org/2004/08/xop/include"
_MOST_PARTS: Final = 100
_LARGEST: Final = 8 * 1024 * 1024
_PARAMETER: Final = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]+))')


def is_multipart(content_type: str) -> bool:
    """Whether a message comes in several parts."""
    return content_type.strip().lower().startswith("multipart/related")


def packed(envelope: _Element, binary: Iterable[tuple[str, ...]], action: str = "") -> tuple[str, bytes]:
    """Content type and bytes of a message whose base64 at `binary` (below the Body's child) travels beside it."""
    version = str(etree.QName(envelope).namespace)
    body = envelope.find(f"{{{version}}}Body")
    parts: list[tuple[str, bytes]] = []
    for path in sorted(binary):
        for element in _at(body[0] if body is not None else None, [*path]):
            raw = base64.b64decode(element.text or "")
            name = f"{len(parts)}.{hashlib.sha256(raw).hexdigest()[:32]}@peyvand"
            element.text = None
            etree.SubElement(element, etree.QName(XOP, "Include"), nsmap={"xop": XOP}).set("href", f"cid:{name}")
            parts.append((name, raw))
    root, media = to_bytes(envelope), MEDIA_TYPES[version]
    boundary = f"part-{hashlib.sha256(root).hexdigest()[:40]}"
    started = f'; action="{action}"' if action and media != "text/xml" else ""
    leads = f'application/xop+xml; charset=UTF-8; type="{media}"'
    content = b"".join(
        f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: <{name}>\r\n\r\n".encode()
        + raw
        + b"\r\n"
        for kind, name, raw in [
            (leads, "root@peyvand", root),
            *(("application/octet-stream", name, raw) for name, raw in parts),
        ]
    )
    kind = (
        f'multipart/related; type="application/xop+xml"; start="<root@peyvand>"; start-info="{media}"{started}; '
        f'boundary="{boundary}"'
    )
    return kind, content + f"--{boundary}--\r\n".encode()


def _at(element: _Element | None, path: list[str]) -> Iterable[_Element]:
    """Elements at a path of local names; zeep's `_value_1` is the element's own text."""
    if element is None:
        return
    if not path or path == ["_value_1"]:
        yield element
        return
    for child in element.iterchildren("*"):
        if etree.QName(child).localname == path[0]:
            yield from _at(child, path[1:])


def unpacked(content_type: str, body: bytes) -> bytes:
    """The envelope with every part in its place; a message in one part as it is. Raises NotSoap."""
    if not is_multipart(content_type):
        return body
    if len(body) > _LARGEST:
        raise NotSoap(f"a message has at most {_LARGEST} bytes")
    given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(content_type)}
    boundary = given.get("boundary", "")
    if not boundary:
        raise NotSoap("a multipart message names no boundary")
    parts = list(_parts(body, boundary.encode("latin-1", "replace")))
    if not parts:
        raise NotSoap("a multipart message without a part")
    named = dict(parts[1:])
    start = given.get("start", "").strip("<>")
    root = next((raw for name, raw in parts if name == start), parts[0][1]) if start else parts[0][1]
    return _included(root, {**named, **dict(parts)})


def _parts(body: bytes, boundary: bytes) -> Iterable[tuple[str, bytes]]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) > _MOST_PARTS + 2 or len(pieces) < 3 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004 - before, one part, end.
        raise NotSoap("the parts of a multipart message are cut short, or too many")
    for piece in pieces[1:-1]:
        head, blank, raw = piece.partition(b"\r\n\r\n")
        if not blank:
            raise NotSoap("a part has no end to its head")
        lines = head.decode("latin-1").replace("\r\n ", " ").split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if fields.get("content-transfer-encoding", "binary").lower() == "base64":
            try:
                raw = base64.b64decode(raw)
            except binascii.Error as wrong:
                raise NotSoap("a part is not the base64 it says it is") from wrong
        yield fields.get("content-id", "").strip("<>"), raw


def _included(root: bytes, parts: dict[str, bytes]) -> bytes:
    envelope = read_envelope(root)
    for include in list(envelope.iter(f"{{{XOP}}}Include")):
        name = unquote(include.get("href", "").removeprefix("cid:"))
        holder = include.getparent()
        if name not in parts or holder is None:
            raise NotSoap(f"the message refers to a part {name[:100]!r} that is not there, or that it has used before")
        raw = parts.pop(name)  # Once: a part used a thousand times would be a bomb.
        holder.remove(include)
        holder.text = base64.b64encode(raw).decode()
    return to_bytes(envelope)
