"""From a document to functions: compiled once, then nothing is parsed per message."""

from collections import abc
from dataclasses import dataclass
from typing import Any, cast

from mappings.canonical import CanonicalError, read
from mappings.errors import DocumentError, Finding, MappingError
from mappings.exercises import TestResult, run_case
from mappings.generator import Lazy
from mappings.lineage import FieldLineage, trace
from mappings.nodes import ABSENT
from mappings.outcomes import Judge, Verdict, build_outcome
from mappings.pipeline import build_pipeline
from mappings.tables.table import CodeTable
from mappings.targets import build_fields
from mappings.workbench import Bench, Direction
from mappings.written import Document

__all__ = ["Mapping", "MappingError", "TestResult", "Verdict", "check_document", "compile_document"]

Tables = abc.Mapping[str, abc.Mapping[str, Any] | CodeTable]

Functions = abc.Mapping[str, abc.Callable[[Any], Any]]
"""Registered functions of one value, by name. They must be pure and quick: they run where messages are translated."""

_NOTHING: abc.Mapping[str, Any] = {}
_NO_FUNCTIONS: Functions = {}


@dataclass(frozen=True, slots=True)
class _Parts:
    """What is made of a document. `outside` are the tables and functions it looks for outside of itself."""

    to_native: Lazy | None
    from_native: Lazy | None
    judge: Judge | None
    findings: list[Finding]
    outside: list[str]


def _model(document: Document, name: str | None) -> Any:
    return document.models.get(name, Any) if name else Any


def _build(document: Document, tables: Tables | None, functions: Functions | None) -> _Parts:
    findings: list[Finding] = []
    shared: list[str] = []
    named: list[str] = []

    asked, answered = _model(document, document.canonical.request), _model(document, document.canonical.answer)

    def bench(direction: Direction, model: Any) -> Bench:
        return Bench(
            document,
            direction,
            tables,
            build_pipeline,
            findings,
            shared,
            functions,
            named,
            model=model,
            root_model=model,
            asked_model=asked,
        )

    there, back, judge = None, None, None
    if document.to_native is not None:
        work = bench("to_native", asked)
        there = Lazy(build_fields(document.to_native, "/to_native", work))
    if document.from_native is not None:
        work = bench("from_native", answered)
        back = Lazy(build_fields(document.from_native, "/from_native", work))
    if document.outcome is not None:
        judge = build_outcome(document.outcome, bench("outcome", Any))
    outside = [] if document.outcome is None or document.outcome.shared is None else [document.outcome.shared]
    return _Parts(there, back, judge, findings, [*shared, *named, *outside])


def check_document(document: Document) -> list[Finding]:
    """Everything that would stop `document` from being compiled, except tables that may be shared ones."""
    parts = _build(document, None, None)
    if not parts.findings and not parts.outside:
        document.keep_parts(parts)
    return parts.findings


class Mapping:
    """A document made into functions. They are pure: no clock, no chance, no memory between messages."""

    def __init__(self, document: Document, parts: _Parts) -> None:
        self.document = document
        self.id = document.id
        self.version = document.version
        self.content_hash = document.content_hash
        self._parts = parts
        self._answer = document.models.get(document.canonical.answer or "")

    def to_native(self, canonical: abc.Mapping[str, Any], context: abc.Mapping[str, str] = _NOTHING) -> dict[str, Any]:
        """The native request for a canonical one, already validated. `context` is what `/$context/…` reads.

        Raises:
            MappingError: when a field is missing or cannot be translated.
        """
        if self._parts.to_native is None:
            raise MappingError("mapping.direction", "", f"{self.id} does not translate requests")
        result = self._parts.to_native.function(ABSENT, canonical, canonical, context, canonical)
        return {} if result is ABSENT else cast("dict[str, Any]", result)

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
        if self._answer is None:
            raise MappingError("mapping.direction", "", f"{self.id} does not translate replies")
        try:
            answer = read(self._answer, self.fields_from_native(native, context, asked=asked))
        except CanonicalError as error:
            first = error.errors[0]
            if first.code == "field.missing":
                raise MappingError("mapping.missing", first.pointer, "a required field is not there") from error
            raise MappingError("mapping.answer_invalid", first.pointer, f"{first.code}: {first.message_en}") from error
        return answer.model_dump(mode="json", exclude_none=True)

    def fields_from_native(
        self,
        native: Any,
        context: abc.Mapping[str, str] = _NOTHING,
        *,
        asked: abc.Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The fields of the answer as the pipelines give them, before the answer model has seen them.

        Raises:
            MappingError: what a step says.
        """
        if self._parts.from_native is None:
            raise MappingError("mapping.direction", "", f"{self.id} does not translate replies")
        given = ABSENT if asked is None else asked
        result = self._parts.from_native.function(ABSENT, native, native, context, given)
        return {} if result is ABSENT else cast("dict[str, Any]", result)

    def outcome(self, native: Any, http_status: int | None = None) -> Verdict:
        """What a native reply means. Without an outcome section every reply is an answer."""
        if self._parts.judge is None:
            return Verdict("answered", f"{self.id.partition('.')[0]}.answered", "")
        return self._parts.judge(native, http_status)

    def lineage(self, direction: str) -> list[FieldLineage]:
        """Where every field of `to_native` or `from_native` comes from, and code and text of the `outcome`."""
        if direction == "outcome":
            return [] if self._parts.judge is None else list(trace(self._parts.judge.tree))
        tree = self._parts.to_native if direction == "to_native" else self._parts.from_native
        return [] if tree is None else list(trace(tree.node))

    def run_tests(self) -> list[TestResult]:
        """Run the tests inside the document."""
        return [run_case(self, case) for case in self.document.tests]


def activate(mapping: Mapping) -> Mapping:
    """The same mapping, all of whose tests pass.

    Raises:
        DocumentError: with a finding for each test that fails.
    """
    findings = [
        mapping.document.finding(
            f"/tests/{place}", "document.test_failed", f"the test {result.name!r} fails: {result.difference}"
        )
        for place, result in enumerate(mapping.run_tests())
        if not result.passed
    ]
    if findings:
        raise DocumentError(findings)
    return mapping


def compile_document(document: Document, tables: Tables = _NOTHING, functions: Functions = _NO_FUNCTIONS) -> Mapping:
    """Make a document into functions.

    `tables` are the shared code tables by name; `functions` what `{function: name}` may call.

    Raises:
        DocumentError: when it uses a table that is nowhere, or anything else that cannot be compiled.
    """
    parts = document.parts if isinstance(document.parts, _Parts) else _build(document, tables, functions)
    if parts.findings:
        raise DocumentError(parts.findings)
    return Mapping(document, parts)
