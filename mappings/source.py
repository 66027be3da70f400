"""YAML read into plain values with the line of every one of them, and nothing that YAML can hide.

Only what a mapping needs is accepted: one document of mappings, sequences and scalars. Aliases, tags, merge keys,
duplicate keys, deep nesting and files over 256 KiB are refused. Plain scalars follow the YAML 1.2 core schema, with
one difference: a number with leading zeros is text, because it is somebody's code.
"""

import re
from dataclasses import dataclass, field
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
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Source:
    """A document's values and the 1-based line of each, by JSON pointer."""

    name: str
    value: Any
    lines: dict[str, int]

    def line(self, pointer: str) -> int:
        """The line of `pointer`, or of the nearest thing around it."""
        while pointer not in self.lines and pointer:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


@dataclass(slots=True)
class _Open:
    """A mapping or sequence whose end has not come yet."""

    pointer: str
    value: Any
    key: str | None = None
    waiting: bool = field(default=False)


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


def _key(event: yaml.ScalarEvent) -> str:
    return str(event.value)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, int] = {}
        self.root: Any = None
        self.open: list[_Open] = []
        self.documents = 0

    def fault(self, line: int, code: str, message: str) -> DocumentError:
        pointer = self.open[-1].pointer if self.open else ""
        return DocumentError([Finding(self.name, line, pointer, f"document.{code}", message)])

    def place(self, line: int, value: Any) -> str:
        """Put `value` where it belongs and return its pointer."""
        if not self.open:
            self.root = value
            self.lines[""] = line
            return ""
        top = self.open[-1]
        if isinstance(top.value, list):
            pointer = f"{top.pointer}{pointer_to(len(top.value))}"
            top.value.append(value)
        else:
            pointer = f"{top.pointer}{pointer_to(top.key or '')}"
            top.value[top.key] = value
            top.waiting = False
        self.lines.setdefault(pointer, line)
        return pointer

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise self.fault(line, "alias", "aliases (*name) are not accepted")
        if isinstance(event, yaml.NodeEvent):
            if event.anchor is not None:
                raise self.fault(line, "alias", "anchors (&name) are not accepted")
            if getattr(event, "tag", None) is not None:
                raise self.fault(line, "tag", "tags (!name) are not accepted")
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.fault(line, "several", "one file holds one document")
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            self.node(event, line)

    def node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        top = self.open[-1] if self.open else None
        if top is not None and isinstance(top.value, dict) and not top.waiting:
            if not isinstance(event, yaml.ScalarEvent):
                raise self.fault(line, "key", "a key must be text")
            key = _key(event)
            if key == "<<":
                raise self.fault(line, "merge", "merge keys (<<) are not accepted")
            if key in top.value:
                raise self.fault(line, "duplicate_key", f"the key {key!r} stands here twice")
            top.key, top.waiting = key, True
            self.lines[top.pointer + pointer_to(key)] = line
            return
        if isinstance(event, yaml.ScalarEvent):
            self.place(line, _scalar(event))
            return
        if len(self.open) >= DEEPEST:
            raise self.fault(line, "depth", f"nested deeper than {DEEPEST} levels")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.open.append(_Open(self.place(line, value), value))


def read_source(raw: bytes, *, name: str) -> Source:
    """Read one YAML document.

    Raises:
        DocumentError: when it is not YAML, or is more than the plain subset described above.
    """
    reader = _Reader(name)
    if len(raw) > LARGEST:
        raise reader.fault(1, "size", f"larger than {LARGEST // 1024} KiB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise reader.fault(line, "encoding", "not UTF-8") from error
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise reader.fault(line, "yaml", f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise reader.fault(1, "yaml", f"not YAML: {error}") from error
    return Source(name, reader.root, reader.lines)
