"""The SOAP face of the status push: a message becomes the same request as REST's, a problem becomes a fault.

A fault carries the stable code of the problem table in its `detail`, titles in both languages beside it. SOAP 1.1
faults come with HTTP 500 (SOAP 1.1 §6.2), those of SOAP 1.2 with the problem's own status where the sender is to
blame (part 2, §7.5.2); a missing credential is 401 in both, and a body too large 413.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from lxml import etree
from lxml.etree import _Element
from starlette.responses import Response

from broker.orders import Pushed
from connectors.soap import SoapCodec
from connectors.soap_envelope import (
    MEDIA_TYPES,
    SOAP_11,
    SOAP_12,
    MessageInvalid,
    child_of,
    fault,
    only_child,
    read_envelope,
    standard_code,
)
from gateway.bodies import StatusRequest
from gateway.language import Language
from gateway.problems import Problem
from gateway.reading import parse
from pki.wss_names import WSSE

PATH: Final = "/soap/status"
OPERATION: Final = "pushStatus"
NAMESPACE: Final = "urn:peyvand:status:1"
_FOLDER: Final = Path(__file__).parent / "contract"
_FILE: Final = "status.wsdl"
_SERVER_FAULT: Final = 500
_ALWAYS_TOLD: Final = frozenset({401, 413})


def wsdl(base_url: str) -> bytes:
    """The description with this hub's own address in it."""
    text = (_FOLDER / _FILE).read_text(encoding="utf-8")
    return text.replace("{address}", f"{base_url}{PATH}").encode()


class StatusService:
    """Reads and writes the messages of both SOAP versions."""

    def __init__(self) -> None:
        self._codecs = {version: SoapCodec(_FOLDER, _FILE, version=version) for version in (SOAP_11, SOAP_12)}

    def envelope(self, raw: bytes, headers: Mapping[str, str]) -> _Element:
        """The envelope of a request. Raises `Problem`: `soap.malformed`, `body.…`, `soap.not_understood`."""
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Problem("body.encoding")
        try:
            envelope = read_envelope(raw)
        except MessageInvalid as wrong:
            raise Problem("soap.malformed", (f"پاکت SOAP خوانده نشد: {wrong.detail}", wrong.detail)) from wrong
        version = version_of(envelope)
        media, _, parameters = headers.get("content-type", "").partition(";")
        charset = [part.partition("=")[2].strip('" ').lower() for part in parameters.split(";") if "charset" in part]
        if media.strip().lower() != MEDIA_TYPES[version] or charset not in ([], ["utf-8"]):
            wanted = MEDIA_TYPES[version]
            raise Problem("body.media_type", (f"نوع محتوا باید {wanted} باشد.", f"Send {wanted} in UTF-8."))
        for header in envelope.iterfind(f"{{{version}}}Header/*"):
            must = header.get(f"{{{version}}}mustUnderstand", "0") in {"1", "true"}
            if must and etree.QName(header).namespace != WSSE:
                raise Problem("soap.not_understood", (f"سرآیند {header.tag}", f"The header {header.tag}."))
        return envelope

    def request(self, version: str, body: _Element | None, envelope: _Element) -> StatusRequest:
        """What is asked: the signed `body` alone where there is one, else the envelope's. Raises `request.invalid`."""
        try:
            child = child_of(envelope) if body is None else only_child(body)
            _, native = self._codecs[version].read_child(child)
        except MessageInvalid as wrong:
            raise Problem("request.invalid", (f"پیام با WSDL نمی‌خواند: {wrong.detail}", wrong.detail)) from wrong
        asked = {
            "system": native.get("system"),
            "reference": native.get("reference"),
            "status": native.get("status"),
            "occurred_at": native.get("occurredAt"),
            "sequence": native.get("sequence"),
            "detail": _entries(native.get("detail")) or {},
            "decision": _entries(native.get("decision")),
        }
        return parse(StatusRequest, orjson.dumps({name: value for name, value in asked.items() if value is not None}))

    def answer(self, version: str, pushed: Pushed) -> Response:
        """The reply with the receipt."""
        native = {
            "trackingCode": pushed.tracking_code,
            "sequence": pushed.sequence,
            "duplicate": pushed.duplicate,
            "outOfOrder": pushed.out_of_order,
            "receipt": pushed.receipt,
        }
        told = {name: value for name, value in native.items() if value is not None}
        return _reply(self._codecs[version].write_reply(OPERATION, told), version, 200)


def version_of(envelope: _Element) -> str:
    """The namespace of an envelope, which is its SOAP version."""
    return str(etree.QName(envelope).namespace)


def signed(envelope: _Element) -> bool:
    """Whether the envelope carries a WS-Security header, which then must hold."""
    return envelope.find(f"{{{version_of(envelope)}}}Header/{{{WSSE}}}Security") is not None


def refused(problem: Problem, language: Language, trace_id: str, version: str = SOAP_11) -> Response:
    """A problem as a fault. The far side's tools read the code in `detail`, people the text."""
    status, title = problem.kind.status, problem.kind.fa if language == "fa" else problem.kind.en
    document = problem.document(language, trace_id)
    told = _element("problem")
    for name, value in {
        "code": problem.code,
        "status": str(status),
        "titleFa": problem.kind.fa,
        "titleEn": problem.kind.en,
        "detail": document["detail"],
        "traceId": trace_id,
    }.items():
        _element(name, told).text = _printable(value)
    for error in document.get("errors", ()):
        held = _element("error", told)
        for name in ("pointer", "code", "message"):
            _element(name, held).text = _printable(str(error[name]))
    standard = {"soap.not_understood": "MustUnderstand"}.get(problem.code)
    code = standard or ("Server" if status >= _SERVER_FAULT else "Client")
    body = fault(
        version, standard_code(version, code), _printable(f"{problem.code}: {title}"), detail=told, language=language
    )
    blamed = version == SOAP_12 and status < _SERVER_FAULT
    headers = {**problem.headers, "Cache-Control": "no-store", "Content-Language": language}
    if status == 401:  # noqa: PLR2004 - the status is its own name.
        headers["WWW-Authenticate"] = 'Basic realm="peyvand", charset="UTF-8"'
    return _reply(body, version, status if blamed or status in _ALWAYS_TOLD else _SERVER_FAULT, headers)


def _reply(body: bytes, version: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(body, status, dict(headers or {}), media_type=f"{MEDIA_TYPES[version]}; charset=utf-8")


def _element(name: str, parent: _Element | None = None) -> _Element:
    tag = etree.QName(NAMESPACE, name)
    return etree.Element(tag, nsmap={"p": NAMESPACE}) if parent is None else etree.SubElement(parent, tag)


def _printable(text: str) -> str:
    """The text without characters that XML cannot hold."""
    kept = {"\t", "\n", "\r"}
    return "".join(letter for letter in text if letter in kept or (letter >= " " and letter not in "\ufffe\uffff"))


def _entries(found: Any) -> dict[str, str] | None:
    """Names and values of a list of entries. Raises `request.invalid` for a name that stands there twice."""
    if found is None:
        return None
    pairs = [(item["name"], item.get("value") or "") for item in found.get("entry", ())]
    entries = dict(pairs)
    if len(entries) != len(pairs):
        raise Problem("request.invalid", ("یک نام دو بار آمده است.", "An entry's name stands there twice."))
    return entries
