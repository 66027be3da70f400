import pytest

from pki.errors import XmlRefused
from pki.xml import DEEPEST, parse


def reason(data: bytes, **limits: int) -> str:
    with pytest.raises(XmlRefused) as caught:
        parse(data, **limits)
    return caught.value.reason


def test_plain_documents_are_read_in_several_encodings() -> None:
    assert parse("<a>سلام</a>".encode()).text == "سلام"
    assert parse("<?xml version='1.0' encoding='windows-1256'?><a>سلام</a>".encode("cp1256")).text == "سلام"
    assert parse("<?xml version='1.0' encoding='utf-16'?><a>سلام</a>".encode("utf-16")).text == "سلام"


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        f'<!DOCTYPE a [<!ENTITY l0 "lol">{BOMB}]><a>&l9;</a>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>',
        '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_a_document_type_is_refused_in_any_encoding(text: str, encoding: str) -> None:
    # libxml2 refuses UTF-32 outright; what matters is that none is expanded.
    assert reason(text.encode(encoding)) in ({"xml.dtd"} if encoding == "utf-8" else {"xml.dtd", "xml.malformed"})


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b"<a/><b/>", b"text", b"<a>&undeclared;</a>", b"<a b='1' b='2'/>", b"<p:a/>", b"\xff<a/>"]
)
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    assert reason(data) == "xml.malformed"


def test_size_and_depth_are_bounded() -> None:
    assert reason(b"<a>" + b"x" * 100 + b"</a>", most_bytes=50) == "xml.too_large"
    assert parse(b"<a>" * DEEPEST + b"</a>" * DEEPEST).tag == "a"
    assert reason(b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1)) == "xml.too_deep"
    assert reason(b"<a>" * 100_000 + b"</a>" * 100_000) in {"xml.too_deep", "xml.malformed"}
