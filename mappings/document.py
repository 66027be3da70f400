"""Loading mapping documents. `load_document` reads and checks; what it returns can be compiled."""

import hashlib
import re
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from mappings.canonical import CANONICAL, pointer_to
from mappings.compiler import check_document
from mappings.errors import MOST_FINDINGS, DocumentError, Finding
from mappings.source import Source, read_source
from mappings.written import CanonicalNames, Case, Document, Exercise, Outcome, Title, nearest

__all__ = ["Document", "DocumentError", "Finding", "load_document"]

_SIDES = ("to_native", "from_native", "outcome", "there_and_back")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def _model_fields(parts: tuple[str | int, ...]) -> list[str]:
    """The field names of the model at `parts`, for suggestions."""
    model: type[BaseModel] = Document
    named: dict[str, type[BaseModel]] = {"outcome": Outcome, "title": Title, "canonical": CanonicalNames, "tests": Case}
    if len(parts) > 1 and isinstance(parts[0], str):
        model = named.get(parts[0], Document)
        if parts[0] == "tests" and len(parts) > 3:  # noqa: PLR2004 - /tests/<n>/<direction>/<field>
            model = Exercise
    return list(model.model_fields)


def _shape_findings(source: Source, error: ValidationError) -> list[Finding]:
    findings = []
    for detail in error.errors(include_url=False, include_input=False)[:MOST_FINDINGS]:
        pointer = pointer_to(*detail["loc"])
        last = str(detail["loc"][-1]) if detail["loc"] else ""
        if detail["type"] == "extra_forbidden":
            hint = nearest(last, _model_fields(detail["loc"]))
            findings.append(
                Finding(
                    source.name, source.line(pointer), pointer, "document.unknown_key", f"unknown key {last!r}", hint
                )
            )
        else:
            code = "document.missing_key" if detail["type"] == "missing" else "document.value"
            message = f"{pointer or '/'}: {detail['msg']}"
            findings.append(Finding(source.name, source.line(pointer), pointer, code, message))
    return findings


def _content_findings(document: Document) -> list[Finding]:
    findings = []
    if not _IDENTIFIER.fullmatch(document.id):
        findings.append(document.finding("/id", "document.id", "the id is written <system>.<operation>"))
    names = document.canonical
    for field, name in (("request", names.request), ("answer", names.answer)):
        if name is not None and name not in document.models:
            hint = nearest(name, tuple(document.models))
            pointer = f"/canonical/{field}"
            findings.append(document.finding(pointer, "document.unknown_model", f"no canonical model {name!r}", hint))
    if document.to_native is not None and names.request is None:
        findings.append(document.finding("/to_native", "document.no_model", "to_native needs canonical.request"))
    if document.from_native is not None and names.answer is None:
        findings.append(document.finding("/from_native", "document.no_model", "from_native needs canonical.answer"))
    if document.to_native is None and document.from_native is None:
        findings.append(document.finding("", "document.empty", "neither to_native nor from_native is there"))
    targets = [f"to_native/{field}" for field in document.to_native or {}]
    targets += [f"from_native/{field}" for field in document.from_native or {}]
    for graded in document.grades:
        if graded not in targets:
            pointer = "/grades" + pointer_to(graded)
            hint = nearest(graded, targets)
            findings.append(document.finding(pointer, "document.unknown_field", f"no field {graded!r} to grade", hint))
    findings.extend(_test_findings(document))
    return findings


def _test_findings(document: Document) -> list[Finding]:
    findings = []
    seen: set[str] = set()
    for place, case in enumerate(document.tests):
        pointer = f"/tests/{place}"
        if case.name in seen:
            findings.append(document.finding(pointer, "document.test_name", f"two tests are called {case.name!r}"))
        seen.add(case.name)
        sides = [side for side in _SIDES if getattr(case, side) is not None]
        if len(sides) != 1:
            message = f"a test does exactly one of {', '.join(_SIDES)}"
            findings.append(document.finding(pointer, "document.test", message))
            continue
        exercise: Exercise = getattr(case, sides[0])
        pointer += f"/{sides[0]}"
        if sides[0] == "there_and_back":
            findings.extend(_round_findings(document, exercise, pointer))
            continue
        if (exercise.error is None) == ("expect" not in exercise.model_fields_set):
            findings.append(document.finding(pointer, "document.test", "a test has exactly one of expect and error"))
        if getattr(document, sides[0]) is None and sides[0] != "outcome":
            findings.append(document.finding(pointer, "document.test", f"the document has no {sides[0]}"))
    return findings


def _round_findings(document: Document, exercise: Exercise, pointer: str) -> list[Finding]:
    names = document.canonical
    wrong = ""
    if document.to_native is None or document.from_native is None or names.request != names.answer:
        wrong = "there_and_back needs both directions between the same canonical model"
    elif exercise.error is not None or "expect" in exercise.model_fields_set:
        wrong = "there_and_back expects what is given; it has neither expect nor error"
    return [document.finding(pointer, "document.test", wrong)] if wrong else []


def load_document(raw: bytes, *, name: str, models: Mapping[str, type[BaseModel]] = CANONICAL) -> Document:
    """Read a mapping document. `name` is the file's, for findings; `models` are the canonical ones it may name.

    Raises:
        DocumentError: with everything that is wrong in it, each with its line.
    """
    source = read_source(raw, name=name)
    if not isinstance(source.value, dict):
        raise DocumentError([Finding(name, 1, "", "document.empty", "a mapping document is a YAML mapping")])
    try:
        document = Document.model_validate(source.value)
    except ValidationError as error:
        raise DocumentError(_shape_findings(source, error)) from error
    document.read_from(source, hashlib.sha256(raw).hexdigest(), models)
    findings = _content_findings(document) or check_document(document)
    if findings:
        raise DocumentError(findings)
    return document
