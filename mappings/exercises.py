"""The tests inside a document, run against the functions made from it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from mappings.canonical import pointer_to
from mappings.errors import MappingError
from mappings.outcomes import Verdict
from mappings.written import Case, Exercise

_LONGEST = 200
_MOST = 50
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test ended. `differences` are the fields that differ, or the one thing that went wrong."""

    __test__ = False

    name: str
    passed: bool
    differences: tuple[str, ...] = ()

    @property
    def difference(self) -> str:
        """The first difference; empty when the test passed."""
        return next(iter(self.differences), "")


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
    if case.there_and_back is not None:
        exercise = case.there_and_back
        return _run(case.name, exercise.model_copy(update={"expect": exercise.given}), lambda: _back(subject, exercise))
    return TestResult(case.name, passed=False, differences=("the test does nothing",))


def _back(subject: Exercised, exercise: Exercise) -> dict[str, Any]:
    """What comes back of a request when the far side answers with what it was sent."""
    native = subject.to_native(exercise.given, exercise.context)
    return subject.from_native(native, exercise.context, asked=exercise.given)


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
        return TestResult(name, passed=False, differences=(str(error),))
    if exercise.error is not None:
        return TestResult(name, passed=False, differences=(f"{exercise.error} was expected, nothing was raised",))
    different = tuple(islice(differences(exercise.expect, found), _MOST))
    return TestResult(name, passed=not different, differences=different)


def differences(expected: Any, found: Any, at: str = "") -> Iterator[str]:
    """Every difference between two JSON values, field by field. Types count: 1, "1" and true are three things."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in (*expected, *(key for key in found if key not in expected)):
            yield from differences(expected.get(key, _NOTHING), found.get(key, _NOTHING), at + pointer_to(key))
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{at or '/'}: {len(expected)} items expected, {len(found)} found"
        for index, pair in enumerate(zip(expected, found, strict=False)):
            yield from differences(*pair, f"{at}/{index}")
    elif type(expected) is not type(found) or expected != found:
        yield f"{at or '/'}: {_shown(expected)} expected, {_shown(found)} found"


def _shown(value: Any) -> str:
    return "nothing" if value is _NOTHING else repr(value)[:_LONGEST]
