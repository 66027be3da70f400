"""What differs between two versions of a mapping document, in the document's own terms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mappings.written import Document

Kind = Literal["added", "removed", "changed", "renamed"]

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `name` is a field, a row of a table, a code, a test; of a renamed field `old` is its old name."""

    section: str
    name: str
    kind: Kind
    old: Any = None
    new: Any = None


def compare(old: Document, new: Document) -> list[Change]:
    """Every difference that may change what a message becomes, then those of grades and tests."""
    before, after = old.model_dump(by_alias=True), new.model_dump(by_alias=True)
    changes = [
        Change("document", key, "changed", before[key], after[key])
        for key in ("id", "version", "title", "description", "canonical", "grade")
        if before[key] != after[key]
    ]
    for section in ("to_native", "from_native"):
        changes += _renamed(list(_rows(section, before[section], after[section])))
    for name in (*before["tables"], *(name for name in after["tables"] if name not in before["tables"])):
        changes += _rows(f"tables/{name}", before["tables"].get(name), after["tables"].get(name))
    changes += _outcomes(before["outcome"] or _NOTHING, after["outcome"] or _NOTHING)
    changes += _rows("grades", before["grades"], after["grades"])
    tests = ({test["name"]: test for test in version["tests"]} for version in (before, after))
    changes += _rows("tests", *tests)
    return changes


def _rows(section: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[Change]:
    old, new = old or _NOTHING, new or _NOTHING
    for name, value in old.items():
        if name not in new:
            yield Change(section, name, "removed", old=value)
        elif not _same(value, new[name]):
            yield Change(section, name, "changed", value, new[name])
    for name, value in new.items():
        if name not in old:
            yield Change(section, name, "added", new=value)


def _outcomes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    rest = ({key: version[key] for key in version if key != "table"} for version in (old, new))
    yield from _rows("outcome", *rest)
    yield from _rows("outcome/table", old.get("table"), new.get("table"))


def _renamed(changes: list[Change]) -> list[Change]:
    """Put together a field that went and one that came with the same pipeline, where there is only one such pair."""
    gone = [change for change in changes if change.kind == "removed"]
    come = [change for change in changes if change.kind == "added"]
    for left in gone:
        twins = [right for right in come if _same(left.old, right.new)]
        if len(twins) == 1 and sum(_same(left.old, other.old) for other in gone) == 1:
            right = twins[0]
            changes = [change for change in changes if change not in (left, right)]
            changes.append(Change(left.section, right.name, "renamed", left.name, right.name))
    return changes


def _same(left: Any, right: Any) -> bool:
    """Whether two values of a document are the same; 1, "1" and true are three things, and keys keep their order."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return type(left) is type(right) and bool(left == right)
