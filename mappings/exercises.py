"""The tests inside a document, run against the functions made from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.outcomes import Verdict
from mappings.written import Case, Exercise

_LONGEST = 200
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended. `difference` is empty when it passed, else the first thing that differs."""

    __test__ = False

    name: str
    passed: bool
    difference: str = ""


class Exercised(Protocol):
    """What tests are run against."""

    def to_native(self, canonical: Mapping[str, Any], context: Mapping[str, str]) -> dict[str, Any]:
        """Translate a request."""
        ...

    def from_native(
        self, native: Any, context: Mapping[str, str], *, asked: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Translate a reply."""
        ...

    def outcome(self, native: Any, http_status: int | None) -> Verdict:
        """Judge a reply."""
        ...


def run_case(subject: Exercised, case: Case) -> TestResult:
    """Run one test."""
    if case.to_native is not None:
        exercise = case.to_native
        return _run(case.name, exercise, lambda: subject.to_native(exercise.given, exercise.context))
    if case.from_native is not None:
        exercise = case.from_native
        return _run(
            case.name,
            exercise,
            lambda: subject.from_native(exercise.given, exercise.context, asked=exercise.asked),
        )
    if case.outcome is not None:
        exercise = case.outcome
        return _run(case.name, exercise, lambda: _facts(subject.outcome(exercise.given, exercise.status), exercise))
    return TestResult(case.name, passed=False, difference="the test does nothing")


def _facts(verdict: Verdict, exercise: Exercise) -> dict[str, Any]:
    """Those facts of a verdict that the test names."""
    named = exercise.expect if isinstance(exercise.expect, dict) else {"kind": None}
    return {name: getattr(verdict, name, None) for name in named}


def _run(name: str, exercise: Exercise, act: Callable[[], Any]) -> TestResult:
    try:
        found = act()
    except MappingError as error:
        if error.code == exercise.error:
            return TestResult(name, passed=True)
        return TestResult(name, passed=False, difference=str(error))
    if exercise.error is not None:
        return TestResult(name, passed=False, difference=f"{exercise.error} was expected, nothing was raised")
    difference = first_difference(exercise.expect, found)
    return TestResult(name, passed=not difference, difference=difference)


def first_difference(expected: Any, found: Any, at: str = "") -> str:
    """The first difference between two JSON values, or nothing. Types count: 1, "1" and true are three things."""
    inner: list[tuple[str, Any, Any]] = []
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = (*expected, *(key for key in found if key not in expected))
        inner = [(at + pointer_to(key), expected.get(key, _NOTHING), found.get(key, _NOTHING)) for key in keys]
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{at or '/'}: {len(expected)} items expected, {len(found)} found"
        inner = [(f"{at}/{index}", *pair) for index, pair in enumerate(zip(expected, found, strict=True))]
    elif type(expected) is not type(found) or expected != found:
        return f"{at or '/'}: {_shown(expected)} expected, {_shown(found)} found"
    return next(filter(None, (first_difference(left, right, where) for where, left, right in inner)), "")


def _shown(value: Any) -> str:
    return "nothing" if value is _NOTHING else repr(value)[:_LONGEST]
