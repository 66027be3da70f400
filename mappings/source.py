"""YAML read into plain values with the line of every one of them, and nothing that YAML can hide.

Only what a mapping needs is accepted: one document of mappings, sequences and scalars. Aliases, tags, merge keys,
duplicate keys, deep nesting and files over 256 KiB are refused. Plain scalars follow the YAML 1.2 core schema, with
one difference: a number with leading zeros is text, because it is somebody's code. Marks that turn text around
(bidirectional embeddings, overrides, isolates) are refused everywhere, unseen marks of any kind in names.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from mappings.canonical import pointer_to
from mappings.errors import DocumentError, Finding

LARGEST = 256 * 1024
"""Bytes of the largest document."""
DEEPEST = 40
"""Levels of nesting."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,39})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,16})\.[0-9]{1,17}")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_UNSEEN = re.compile("[\u200b\u200e\u200f\u061c\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Source:
    """A document's values, and the 1-based line of each, by JSON pointer.

    Lines are for people who are told what is wrong: they are found by reading the text once more, when first asked for.
    """

    __slots__ = ("_lines", "_text", "name", "value")

    def __init__(self, name: str, value: Any, text: str) -> None:
        self.name = name
        self.value = value
        self._text = text
        self._lines: dict[str, int] | None = None

    def line(self, pointer: str) -> int:
        """The line of `pointer`, or of the nearest thing around it."""
        if self._lines is None:
            reader = _Reader(self.name, lines={})
            reader.read(self._text)
            self._lines = reader.lines or {}
        while pointer not in self._lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self._lines.get(pointer, 1)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet. `pointer` is kept only where lines are wanted."""

    pointer: str
    value: Any
    key: str | None = None
    waiting: bool = False


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = str(event.value)
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text


class _Reader:
    def __init__(self, name: str, *, lines: dict[str, int] | None = None) -> None:
        self.name = name
        self.lines = lines
        self.root: Any = None
        self.open: list[_Open] = []
        self.documents = 0

    def read(self, text: str) -> None:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            self.take(event)

    def fault(self, event: yaml.Event | None, code: str, message: str) -> DocumentError:
        where = self.open[:-1] if self.open else []
        pointer = pointer_to(*(_last(top) for top in where))
        return DocumentError([Finding(self.name, _line(event), pointer, f"document.{code}", message)])

    def place(self, event: yaml.Event, value: Any) -> str:
        """Put `value` where it belongs and return its pointer, where lines are wanted."""
        pointer = ""
        if not self.open:
            self.root = value
        else:
            top = self.open[-1]
            if type(top.value) is list:
                top.value.append(value)
            else:
                top.value[top.key] = value
                top.waiting = False
            if self.lines is not None:
                pointer = f"{top.pointer}{pointer_to(_last(top))}"
        if self.lines is not None:
            self.lines.setdefault(pointer, _line(event))
        return pointer

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent or kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if event.anchor is not None:
                raise self.fault(event, "alias", "anchors (&name) are not accepted")
            if event.tag is not None:
                raise self.fault(event, "tag", "tags (!name) are not accepted")
            self.node(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.open.pop()
        elif kind is yaml.AliasEvent:
            raise self.fault(event, "alias", "aliases (*name) are not accepted")
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise self.fault(event, "several", "one file holds one document")

    def node(self, event: Any) -> None:
        scalar = type(event) is yaml.ScalarEvent
        top = self.open[-1] if self.open else None
        if top is not None and not top.waiting and type(top.value) is dict:
            if not scalar:
                raise self.fault(event, "key", "a key must be text")
            self.key(event, top)
            return
        if scalar:
            self.place(event, _scalar(event))
            return
        if len(self.open) >= DEEPEST:
            raise self.fault(event, "depth", f"nested deeper than {DEEPEST} levels")
        value: Any = {} if type(event) is yaml.MappingStartEvent else []
        self.open.append(_Open(self.place(event, value), value))

    def key(self, event: yaml.ScalarEvent, top: _Open) -> None:
        key = str(event.value)
        if key == "<<":
            raise self.fault(event, "merge", "merge keys (<<) are not accepted")
        if key in top.value:
            raise self.fault(event, "duplicate_key", f"the key {key!r} stands here twice")
        if not key.isascii() and _UNSEEN.search(key):
            raise self.fault(event, "bidi", "a name with marks that nobody sees; they can turn the text around it")
        top.key, top.waiting = key, True
        if self.lines is not None:
            self.lines[top.pointer + pointer_to(key)] = _line(event)


def _last(top: _Open) -> str | int:
    """The part of a pointer that a collection is at."""
    return len(top.value) - 1 if isinstance(top.value, list) else top.key or ""


def _line(event: yaml.Event | None) -> int:
    return event.start_mark.line + 1 if event is not None and event.start_mark else 1


def read_source(raw: bytes, *, name: str) -> Source:
    """Read one YAML document.

    Raises:
        DocumentError: when it is not YAML, or is more than the plain subset described above.
    """
    reader = _Reader(name)
    if len(raw) > LARGEST:
        raise reader.fault(None, "size", f"larger than {LARGEST // 1024} KiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _at(name, raw.count(b"\n", 0, error.start) + 1, "encoding", "not UTF-8") from error
    turned = _TURNING.search(text)
    if turned is not None:
        message = "a mark that turns the text around it; write it as an escape in quotes"
        raise _at(name, text.count("\n", 0, turned.start()) + 1, "bidi", message)
    try:
        reader.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _at(name, line, "yaml", f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise _at(name, 1, "yaml", f"not YAML: {error}") from error
    return Source(name, reader.root, text)


def _at(name: str, line: int, code: str, message: str) -> DocumentError:
    return DocumentError([Finding(name, line, "", f"document.{code}", message)])
