"""YAML read into plain values with the line of every one of them, and nothing that YAML can hide.

Only what a mapping needs is accepted: one document of mappings, sequences and scalars. Aliases, tags, merge keys,
duplicate keys, deep nesting and files over 256 KiB are refused. Plain scalars follow the YAML 1.2 core schema, with
one difference: a number with leading zeros is text, because it is somebody's code. Marks that turn text around
(bidirectional embeddings, overrides, isolates) are refused everywhere, unseen marks of any kind in names.
"""

import re
from collections.abc import Callable
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
_NUMERIC = frozenset("-0123456789")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_FRAME = {yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent}

Following = Callable[[], Any]
"""Gives the next event of the parser."""


class Source:
    """A document's bytes, its values, and the 1-based line of each, by JSON pointer.

    Lines are for people who are told what is wrong: they are found by reading the text once more, when first asked for.
    """

    __slots__ = ("_lines", "name", "raw", "value")

    def __init__(self, name: str, value: Any, raw: bytes) -> None:
        self.name = name
        self.raw = raw
        self.value = value
        self._lines: dict[str, int] | None = None

    def line(self, pointer: str) -> int:
        """The line of `pointer`, or of the nearest thing around it."""
        if self._lines is None:
            self._lines = {}
            _Reader(self.name, lines=self._lines).read(self.raw.decode("utf-8-sig"))
        while pointer not in self._lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self._lines.get(pointer, 1)


def _scalar(event: Any) -> Any:
    text = str(event.value)
    if not event.implicit[0]:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMERIC:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


class _Reader:
    """Reads one document. `path` leads to the collection that is open; `lines` are noted where they are wanted."""

    def __init__(self, name: str, *, lines: dict[str, int] | None = None) -> None:
        self.name = name
        self.lines = lines
        self.path: list[str | int] = []

    def read(self, text: str) -> Any:
        parser = yaml.CSafeLoader(text)
        try:
            return self.document(parser.get_event)
        finally:
            parser.dispose()

    def fault(self, event: yaml.Event | None, code: str, message: str) -> DocumentError:
        where = pointer_to(*self.path[:-1])
        return DocumentError([Finding(self.name, _line(event), where, f"document.{code}", message)])

    def document(self, following: Following) -> Any:
        root: Any = None
        documents = 0
        while (event := following()) is not None:
            if type(event) not in _FRAME:
                self.note(event)
                root = self.value(event, following)
            elif type(event) is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self.fault(event, "several", "one file holds one document")
        return root

    def note(self, event: Any) -> None:
        """Remember the line of what `path` leads to: the key's, where it has one."""
        if self.lines is not None:
            self.lines[pointer_to(*self.path)] = _line(event)

    def plain(self, event: Any) -> None:
        """Refuse what refers to something else or says what it is."""
        if event.anchor is None and event.tag is None:  # An alias's anchor is its name.
            return
        if type(event) is yaml.AliasEvent:
            raise self.fault(event, "alias", "aliases (*name) are not accepted")
        if event.anchor is not None:
            raise self.fault(event, "alias", "anchors (&name) are not accepted")
        raise self.fault(event, "tag", "tags (!name) are not accepted")

    def value(self, event: Any, following: Following) -> Any:
        """The value that begins with `event`."""
        self.plain(event)
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return _scalar(event)
        if len(self.path) >= DEEPEST:
            raise self.fault(event, "depth", f"nested deeper than {DEEPEST} levels")
        self.path.append("")
        value = self.mapping(following) if kind is yaml.MappingStartEvent else self.sequence(following)
        self.path.pop()
        return value

    def sequence(self, following: Following) -> list[Any]:
        found: list[Any] = []
        while type(event := following()) is not yaml.SequenceEndEvent:
            self.path[-1] = len(found)
            self.note(event)
            found.append(self.value(event, following))
        return found

    def mapping(self, following: Following) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while type(event := following()) is not yaml.MappingEndEvent:
            key = self.key(event, found)
            self.path[-1] = key
            self.note(event)
            found[key] = self.value(following(), following)
        return found

    def key(self, event: Any, found: dict[str, Any]) -> str:
        self.plain(event)
        if type(event) is not yaml.ScalarEvent:
            raise self.fault(event, "key", "a key must be text")
        key = str(event.value)
        if key == "<<":
            raise self.fault(event, "merge", "merge keys (<<) are not accepted")
        if key in found:
            raise self.fault(event, "duplicate_key", f"the key {key!r} stands here twice")
        if not key.isascii() and _UNSEEN.search(key):
            raise self.fault(event, "bidi", "a name with marks that nobody sees; they can turn the text around it")
        return key


def _line(event: Any) -> int:
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
        root = reader.read(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _at(name, line, "yaml", f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise _at(name, 1, "yaml", f"not YAML: {error}") from error
    return Source(name, root, raw)


def _at(name: str, line: int, code: str, message: str) -> DocumentError:
    return DocumentError([Finding(name, line, "", f"document.{code}", message)])
