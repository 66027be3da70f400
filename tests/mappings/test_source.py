from typing import Any

import pytest

from mappings.errors import DocumentError
from mappings.source import LARGEST, read_source


def fault(raw: bytes) -> tuple[str, int]:
    with pytest.raises(DocumentError) as caught:
        read_source(raw, name="x.yaml")
    assert caught.value.findings[0].file == "x.yaml"
    return caught.value.findings[0].code.removeprefix("document."), caught.value.findings[0].line


def test_values_and_their_lines() -> None:
    source = read_source(b"a: 1\nb:\n  - x\n  - {c/d: true, '~': null}\n", name="x.yaml")
    assert source.value == {"a": 1, "b": ["x", {"c/d": True, "~": None}]}
    assert source.line("/b/1/c~1d") == 4
    assert source.line("/b/0") == 3
    assert source.line("/b/0/nowhere/at/all") == 3
    assert source.line("") == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1405/05/29", "1405/05/29"),
        ("2026-08-20", "2026-08-20"),
        ("0912", "0912"),
        ("00", "00"),
        ("0", 0),
        ("-5", -5),
        ("12345678901234567890", 12345678901234567890),
        ("9007199254740993", 9007199254740993),
        ("no", "no"),
        ("on", "on"),
        ("NULL", "NULL"),
        ("~", None),
        ("", None),
        ("true", True),
        ("'true'", "true"),
        ("'1'", "1"),
        ("35.70", 35.7),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("0x1F", "0x1F"),
        ("10:30", "10:30"),
        ("1_000", "1_000"),
    ],
)
def test_scalars_are_what_they_look_like(text: str, value: Any) -> None:
    found = read_source(f"v: {text}\n".encode(), name="x").value["v"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_always_text() -> None:
    assert read_source(b"1: a\ntrue: b\n00: c\n", name="x").value == {"1": "a", "true": "b", "00": "c"}


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"a: 1\nb: &x 2\n", "alias", 2),
        (b"a: 1\nb: *x\n", "alias", 2),
        (b"a: !!python/object/apply:os.system [ls]\n", "tag", 1),
        (b"a: !x 1\n", "tag", 1),
        (b"a: 1\n\na: 2\n", "duplicate_key", 3),
        (b"a: {b: 1, b: 1}\n", "duplicate_key", 1),
        (b"<<: {a: 1}\n", "merge", 1),
        (b"? [a]\n: 1\n", "key", 1),
        (b"a: 1\n---\nb: 2\n", "several", 2),
        (b"a: [1\nb: 2\n", "yaml", 2),
        (b"a: \xff\n", "encoding", 1),
        (b"a: 1\nb: \xff\n", "encoding", 2),
        (b"[" * 100, "depth", 1),
        (b"a: \x01\n", "yaml", 1),
    ],
)
def test_what_is_refused_and_where(raw: bytes, code: str, line: int) -> None:
    assert fault(raw) == (code, line)


def test_a_document_has_a_largest_size() -> None:
    assert fault(b"a" * (LARGEST + 1)) == ("size", 1)
    assert len(read_source(b"a" * LARGEST, name="x").value) == LARGEST


def test_a_thousand_laughs_are_not_heard() -> None:
    bomb = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (98 + i, 98 + i, 97 + i, 97 + i) for i in range(20))
    assert fault(bomb) == ("alias", 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb\u202ec: 2\n", 2),
        ("a: 1\n# \u2067 hidden\n", 2),
        ("a: x\u2066y\n", 1),
        ("a: 1\nb\u200f: 2\n", 2),
        ('a: 1\n"b\\u202e": 2\n', 2),
        ("\u061ca: 1\n", 1),
    ],
)
def test_marks_that_turn_text_around_are_refused(text: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        read_source(text.encode(), name="x.yaml")
    assert [(fault.code, fault.line) for fault in caught.value.findings] == [("document.bidi", line)]


def test_such_marks_can_be_named_in_values() -> None:
    assert read_source(b'strip: "\\u202e\\u200f"', name="x.yaml").value == {"strip": "\u202e\u200f"}
    assert read_source("نام‌خانوادگی: x".encode(), name="x.yaml").value == {"نام‌خانوادگی": "x"}
