import base64

import pytest
from lxml import etree

from connectors.soap_attachments import packed, unpacked
from connectors.soap_envelope import SOAP_11, SOAP_12, NotSoap

RAW = bytes(range(256)) + b"\r\n--part\r\n\r\n"
TEXT = base64.b64encode(RAW).decode()
ENVELOPE = (
    '<e:Envelope xmlns:e="{}"><e:Body><a xmlns="urn:a"><plan>{}</plan><plan>{}</plan><n>1</n></a></e:Body></e:Envelope>'
)


@pytest.mark.parametrize("version", [SOAP_11, SOAP_12])
def test_there_and_back_byte_by_byte(version: str) -> None:
    kind, body = packed(etree.fromstring(ENVELOPE.format(version, TEXT, "QQ==")), [("plan",)], "urn:act")
    assert kind.startswith("multipart/related; ")
    assert RAW in body
    assert TEXT.encode() not in body
    assert b"xop:Include" in body
    found = etree.fromstring(unpacked(kind, body))
    assert [leaf.text for leaf in found.iter("{urn:a}plan")] == [TEXT, "QQ=="]
    assert ('action="urn:act"' in kind) is (version == SOAP_12)


def test_a_message_in_one_part_stays_as_it_is() -> None:
    assert unpacked("text/xml", b"<a/>") == b"<a/>"


def foreign(*parts: str, start: str = "") -> tuple[str, bytes]:
    """As another stack writes it: other names, base64, no start."""
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return f"multipart/related; boundary=b{start}", body.encode()


ROOT = (
    "Content-Type: application/xop+xml\r\nContent-ID: <r>\r\n\r\n"
    f'<e:Envelope xmlns:e="{SOAP_11}"><e:Body><a><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" '
    'href="cid:x%40y"/></a></e:Body></e:Envelope>'
)
PART = "Content-ID: <x@y>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8="


def test_other_peoples_messages_are_read() -> None:
    for kind, body in (foreign(ROOT, PART), foreign(PART, ROOT, start='; start="<r>"')):
        assert b"<a>aGVsbG8=</a>" in unpacked(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/related", b"--b--"),
        ("multipart/related; boundary=b", b""),
        ("multipart/related; boundary=b", b"--b\r\nno end of the head--b--"),
        foreign(ROOT),
        foreign(ROOT.replace("<a>", "<a><c>").replace("</a>", "</c></a>"), "no blank line"),
        foreign("Content-ID: <r>\r\n\r\n<html/>", PART),
        foreign(*["Content-ID: <r>\r\n\r\n"] * 200),
        (foreign(ROOT, PART)[0], foreign(ROOT, PART)[1][:-40]),
    ],
)
def test_what_is_damaged_is_no_message(kind: str, body: bytes) -> None:
    with pytest.raises(NotSoap):
        unpacked(kind, body)


def test_one_part_is_used_once() -> None:
    """A thousand references to one large part would make a message that nobody can hold."""
    include = ROOT[ROOT.index("<xop:") : ROOT.index("/>") + 2]
    twice = ROOT.replace(include, f"<b>{include}</b><c>{include}</c>")
    with pytest.raises(NotSoap, match="used before"):
        unpacked(*foreign(twice, PART))
