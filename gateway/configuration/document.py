"""The site document: what it may hold, and how it is read. Nothing is taken of one in which anything is wrong.

The document holds what an administrator has set and nothing else: a connector that is not in it is as shipped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.catalogue import Connected
from connectors.instances.running import read_own
from connectors.instances.settings import InstanceSettings, sealed_away
from connectors.manifest import Name
from gateway.json_rules import escape
from gateway.problems import FieldProblem, Problem
from gateway.reading import field_problem
from mappings.errors import DocumentError, Finding
from mappings.source import Source, read_source
from registry.configuration.revisions import Revision

FORMAT: Literal["peyvand.site/1"] = "peyvand.site/1"
MOST_INSTANCES = 500
InstanceName = Annotated[Name, Field(max_length=50)]


class SiteDocument(BaseModel):
    """A site's configuration. `revision` is the one it was exported from: a change made on an older one is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal["peyvand.site/1"]
    revision: Annotated[int, Field(ge=0)] | None = None
    approval: Literal["none", "second_person"] = "none"
    connectors: dict[InstanceName, InstanceSettings] = Field(default_factory=dict, max_length=MOST_INSTANCES)


class _Outline(SiteDocument):
    """The document before the instances are read, each by the model of its folder."""

    connectors: dict[InstanceName, dict[str, Any]] = Field(  # type: ignore[assignment]  # Read once more below.
        default_factory=dict, max_length=MOST_INSTANCES
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A document that was read: its normal form, the revision it names, and sealed texts that are to be kept."""

    document: dict[str, Any]
    base: int | None
    sealed: tuple[str, ...]


def refusal(problems: Iterable[FieldProblem]) -> Problem:
    """A configuration refused whole, with every wrong field named."""
    return Problem("configuration.refused", errors=list(problems))


def from_yaml(raw: bytes, *, name: str) -> Source:
    """Read YAML as plain values with their lines: no alias, tag, merge or repeated key. Raises DocumentError."""
    source = read_source(raw, name=name)
    if not isinstance(source.value, dict):
        raise DocumentError([Finding(name, 1, "", "document.shape", "a site document is a mapping")])
    return source


def read_document(value: Any, catalogue: Mapping[str, Connected]) -> Read:
    """Read a document's plain values. Raises `configuration.refused`, with every wrong field."""
    try:
        outline = _Outline.model_validate_json(orjson.dumps(value), strict=True)
    except ValidationError as wrong:
        raise refusal(_found(wrong, "")) from wrong
    problems: list[FieldProblem] = []
    connectors: dict[str, Any] = {}
    sealed: list[str] = []
    for name, written in outline.connectors.items():
        below = f"/connectors/{escape(name)}"
        settings, texts = sealed_away({"connector": name, **written})
        connected = catalogue.get(str(settings["connector"]))
        if connected is None:
            there = f"There is no such connector folder; there are {', '.join(sorted(catalogue))}."
            problems.append(FieldProblem(f"{below}/connector", "connector.unknown", "رابطی به این نام نیست", there))
            continue
        if name in catalogue and connected.name != name:
            problems.append(
                FieldProblem(
                    f"{below}/connector", "connector.name_taken", "این نام از آن رابط دیگری است",
                    f"{name} is the name of a connector folder and stands for that folder only.",
                )
            )  # fmt: skip
            continue
        try:
            own = read_own(connected, settings)
        except ValidationError as wrong:
            problems += _found(wrong, below)
            continue
        sealed += texts
        data = own.as_data()
        if data.keys() - {"connector"} or name not in catalogue:
            connectors[name] = data
    if problems:
        raise refusal(problems)
    return Read(_document(outline.approval, connectors), outline.revision, tuple(sealed))


def _document(approval: str, connectors: Mapping[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "approval": approval, "connectors": dict(sorted(connectors.items()))}


def document_of(revision: Revision) -> dict[str, Any]:
    """The revision's document; that of a site that was never configured is empty, not absent."""
    return _document(revision.document.get("approval", "none"), revision.document.get("connectors", {}))


def with_connector(document: Mapping[str, Any], name: str, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """The document with other settings for one instance; without it for None."""
    others = {key: value for key, value in document.get("connectors", {}).items() if key != name}
    return {**document, "connectors": others if settings is None else {**others, name: dict(settings)}}


def to_yaml(revision: Revision) -> str:
    """Write a revision down as YAML that `read_document` reads back to the same document."""
    document = document_of(revision)
    shown = {"format": document["format"], "revision": revision.number, **document}
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=120)


def _found(wrong: ValidationError, below: str) -> list[FieldProblem]:
    found = []
    for item in wrong.errors(include_url=False, include_input=False):
        steps = _steps(item["loc"])
        name = item.get("ctx", {}).get("name")
        steps += [str(name)] if name else []
        found.append(field_problem({**item, "loc": steps}).below(below))
    return found


def _steps(place: Iterable[int | str]) -> list[int | str]:
    """A finding's place in the document: without pydantic's own steps, the tag of a profile and the mark of a key."""
    steps = [step for step in place if step != "[key]"]
    tag = {"auth": 1, "operation_auth": 2}.get(str(steps[0])) if steps else None
    return [step for index, step in enumerate(steps) if index != tag]
