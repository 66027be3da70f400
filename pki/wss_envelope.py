"""What every writer of WS-Security headers does first."""

from datetime import UTC, datetime

from lxml import etree

from pki.wss_names import SOAP, wsse


def instant(moment: datetime) -> str:
    """An instant as WS-Security writes it: UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def body_and_header(envelope: etree._Element) -> tuple[etree._Element, etree._Element]:
    """Body and Header of an envelope that is not secured yet; the Header is made where there is none.

    Raises ValueError.
    """
    space = etree.QName(envelope).namespace
    body = envelope.find(f"{{{space}}}Body")
    if space not in SOAP or body is None:
        raise ValueError("not a SOAP envelope with a Body")
    header = envelope.find(f"{{{space}}}Header")
    if header is None:
        header = etree.Element(f"{{{space}}}Header")
        envelope.insert(0, header)
    if header.find(wsse("Security")) is not None:
        raise ValueError("the envelope has a Security header already")
    return body, header
