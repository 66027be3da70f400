"""From a document to functions: compiled once, then nothing is parsed per message."""

from collections import abc
from dataclasses import dataclass
from typing import Any

from mappings.canonical import CANONICAL, CanonicalError, read
from mappings.errors import DocumentError, Finding, MappingError
from mappings.exercises import TestResult, run_case
from mappings.outcomes import Judge, Verdict, build_outcome
from mappings.pipeline import build_pipeline
from mappings.tables.table import CodeTable
from mappings.targets import build_fields
from mappings.workbench import ABSENT, Bench, Direction, Pipe, Scope
from mappings.written import Document

__all__ = ["Mapping", "MappingError", "TestResult", "Verdict", "check_document", "compile_document"]

Tables = abc.Mapping[str, abc.Mapping[str, Any] | CodeTable]

_NOTHING: abc.Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class _Parts:
    to_native: Pipe | None
    from_native: Pipe | None
    judge: Judge | None
    findings: list[Finding]


def _model(name: str | None) -> Any:
    return CANONICAL.get(name, Any) if name else Any


def _build(document: Document, tables: Tables | None) -> _Parts:
    findings: list[Finding] = []

    asked, answered = _model(document.canonical.request), _model(document.canonical.answer)

    def bench(direction: Direction, model: Any) -> Bench:
        return Bench(
            document, direction, tables, build_pipeline, findings, model=model, root_model=model, asked_model=asked
        )

    there, back, judge = None, None, None
    if document.to_native is not None:
        work = bench("to_native", asked)
        there = build_fields(document.to_native, "/to_native", work)
    if document.from_native is not None:
        work = bench("from_native", answered)
        back = build_fields(document.from_native, "/from_native", work)
    if document.outcome is not None:
        judge = build_outcome(document.outcome, bench("outcome", Any))
    return _Parts(there, back, judge, findings)


def check_document(document: Document) -> list[Finding]:
    """Everything that would stop `document` from being compiled, except tables that may be shared ones."""
    return _build(document, None).findings


class Mapping:
    """A document made into functions. They are pure: no clock, no chance, no memory between messages."""

    def __init__(self, document: Document, parts: _Parts) -> None:
        self.document = document
        self.id = document.id
        self.version = document.version
        self.content_hash = document.content_hash
        self._parts = parts
        self._answer = CANONICAL.get(document.canonical.answer or "")

    def to_native(self, canonical: abc.Mapping[str, Any], context: abc.Mapping[str, str] = _NOTHING) -> dict[str, Any]:
        """The native request for a canonical one, already validated. `context` is what `/$context/…` reads.

        Raises:
            MappingError: when a field is missing or cannot be translated.
        """
        if self._parts.to_native is None:
            raise MappingError("mapping.direction", "", f"{self.id} does not translate requests")
        result = self._parts.to_native(ABSENT, Scope(canonical, canonical, context, canonical))
        return {} if result is ABSENT else dict(result)

    def from_native(
        self,
        native: Any,
        context: abc.Mapping[str, str] = _NOTHING,
        *,
        asked: abc.Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The canonical answer in a native reply: plain JSON values that fit the answer model, null left out.

        `asked` is the canonical request, for replies that do not repeat it: `/$asked/…` reads it.

        Raises:
            MappingError: `mapping.missing`, `mapping.answer_invalid`, or what a step says.
        """
        if self._parts.from_native is None or self._answer is None:
            raise MappingError("mapping.direction", "", f"{self.id} does not translate replies")
        result = self._parts.from_native(ABSENT, Scope(native, native, context, ABSENT if asked is None else asked))
        try:
            answer = read(self._answer, {} if result is ABSENT else result)
        except CanonicalError as error:
            first = error.errors[0]
            if first.code == "field.missing":
                raise MappingError("mapping.missing", first.pointer, "a required field is not there") from error
            raise MappingError("mapping.answer_invalid", first.pointer, f"{first.code}: {first.message_en}") from error
        return answer.model_dump(mode="json", exclude_none=True)

    def outcome(self, native: Any, http_status: int | None = None) -> Verdict:
        """What a native reply means. Without an outcome section every reply is an answer."""
        if self._parts.judge is None:
            return Verdict("answered", f"{self.id.partition('.')[0]}.answered", "")
        return self._parts.judge(native, http_status)

    def run_tests(self) -> list[TestResult]:
        """Run the tests inside the document."""
        return [run_case(self, case) for case in self.document.tests]


def compile_document(document: Document, tables: Tables = _NOTHING) -> Mapping:
    """Make a document into functions. `tables` are the shared code tables by name.

    Raises:
        DocumentError: when it uses a table that is nowhere, or anything else that cannot be compiled.
    """
    parts = _build(document, tables)
    if parts.findings:
        raise DocumentError(parts.findings)
    return Mapping(document, parts)
