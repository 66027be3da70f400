"""The font of letters, what it takes to write one, and what a PDF says to whoever reads its text."""

import os
import re
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from gateway.missing.bodies import Bilingual, SentLetter, Signatory
from gateway.missing.fonts import FontMissing, Fonts, find_fonts
from gateway.missing.letter import Names

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.DOTALL)
_FONT = re.compile(rb"/F(\d) [\d.]+ Tf|BT (.*?) ET", re.DOTALL)
_SHOWN = re.compile(rb"\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    try:
        return find_fonts()
    except FontMissing as missing:
        if "CI" in os.environ:
            raise
        pytest.skip(str(missing))


def both(fa: str, en: str) -> Bilingual:
    return Bilingual(fa=fa, en=en)


@pytest.fixture
def names() -> Names:
    return Names(
        site=both("شهرداری تهران", "Municipality of Tehran"),
        owner=both("سازمان ثبت اسناد و املاک کشور", "Land and deeds registry"),
        units=[both("معاونت شهرسازی", "Deputy for urban planning"), both("معاونت مالی", "Deputy for finance")],
        processes=[both("مجوز ساخت و ساز", "Building permit")],
    )


@pytest.fixture
def sent() -> SentLetter:
    return SentLetter(
        number="123/456-الف",
        date=date(2026, 11, 22),
        signatory=Signatory(name=both("سارا احمدی", "Sara Ahmadi"), title=both("معاون شهرسازی", "Deputy")),
        annexes=[both("شناسنامهٔ خدمت، ویرایش 3", "Service card, third edition")],
    )


def runs_of(pdf: bytes) -> list[list[str]]:
    """The text layer: what each glyph stands for, run by run, a run from left to right as it stands on the paper."""
    streams = [one if b"CIDInit" in one else _inflated(one) for one in _STREAM.findall(pdf)]
    maps = [one for one in streams if b"beginbfchar" in one]
    fonts = [dict(re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", one)) for one in maps]
    runs, font = [], {}
    for page in (one for one in streams if b" Tf ET" in one):
        for number, run in _FONT.findall(page):
            inner = re.match(rb"/F(\d)", run)
            if number or inner:
                font = fonts[int(number or inner[1]) - 1]
                continue
            codes = b"".join(_unescaped(one) for one in _SHOWN.findall(run))
            pairs = [codes[at : at + 2].hex().upper().encode() for at in range(0, len(codes), 2)]
            runs.append([bytes.fromhex(font[one].decode()).decode("utf-16-be") for one in pairs])
    return runs


def words_of(pdf: bytes, *, right_to_left: bool) -> str:
    """The runs as they are read, a line each."""
    order: Callable[[list[str]], str] = lambda run: "".join(reversed(run) if right_to_left else run)  # noqa: E731 - one word for two orders.
    return "\n".join(order(run) for run in runs_of(pdf))


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def _unescaped(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)
