"""SOAP 1.1 as the simulated agency side reads and writes it: the signed Body in, a receipt or a fault out.

What a message must look like is decided by the contract's own schema, what may be believed by the room of proofs.
"""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

from .needs import Members, Refusal

NEEDS = "urn:peyvand:assumed:setad:needs:1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"

SCHEMA = etree.XMLSchema(etree.parse(str(Path(__file__).parent / "contract" / "needs.xsd")))


class Malformed(Exception):
    """The Body does not fit the schema."""


def question(body: etree._Element) -> tuple[str, Mapping[str, str]]:
    """The operation's element name and its members, from a verified Body. Raises Malformed."""
    children = list(body.iterchildren("*"))
    if len(children) != 1:
        raise Malformed(f"one element is expected in the Body, not {len(children)}")
    asked = children[0]
    try:
        SCHEMA.assertValid(asked)
    except etree.DocumentInvalid as invalid:
        raise Malformed(str(invalid)) from invalid
    return etree.QName(asked).localname, {etree.QName(child).localname: child.text or "" for child in asked}


def reply(
    operation: str, outcome: Members | Refusal, *, prefix: str = "soap", renamed: Mapping[str, str] | None = None
) -> Response:
    """The reply: code 0 with its members, or the code of the refusal. `renamed` are members that have drifted."""
    if isinstance(outcome, Refusal):
        members: Members = [("resultCode", outcome.code), ("resultMessage", outcome.text)]
    else:
        members = [("resultCode", "0"), ("resultMessage", "ثبت شد"), *outcome]
    content = f'<n:{operation}Response xmlns:n="{NEEDS}">{_written(members, renamed or {})}</n:{operation}Response>'
    return _envelope(content, prefix=prefix, status=200)


def _written(members: Members, renamed: Mapping[str, str]) -> str:
    return "".join(
        f"<n:{renamed.get(name, name)}>"
        f"{escape(value) if isinstance(value, str) else _written(value, renamed)}"
        f"</n:{renamed.get(name, name)}>"
        for name, value in members
    )


def fault(code: str, text: str, *, prefix: str = "soap") -> Response:
    """A SOAP 1.1 fault, with the HTTP 500 the binding prescribes. `code` is a qualified name: wsse, wsu or soap."""
    qualified = code.replace("soap:", f"{prefix}:")
    content = (
        f'<{prefix}:Fault xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}">'
        f"<faultcode>{qualified}</faultcode><faultstring>{escape(text)}</faultstring></{prefix}:Fault>"
    )
    return _envelope(content, prefix=prefix, status=500)


def _envelope(content: str, *, prefix: str, status: int) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<{prefix}:Envelope xmlns:{prefix}="{SOAP}"><{prefix}:Body>{content}</{prefix}:Body></{prefix}:Envelope>'
    )
    return Response(text.encode(), status_code=status, media_type="text/xml")
