"""The quality scale: what a connector folder has to show, looked at by machine.

A rule is `done` when the folder shows it, `exempt` when the manifest says why it does not apply, else `todo` with what
is missing. A manifest that claims `done` for what is missing is found out by the conformance suite.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from connectors.catalogue import Connected
from connectors.drift import shapes_of
from connectors.faults import GENERAL, FaultKind
from connectors.manifest import Exempt, Grade
from connectors.port import Effect

_MATRIX = GENERAL | {FaultKind.UNKNOWN_CODE, FaultKind.DRIFT_RENAMED, FaultKind.DRIFT_ENUM}
_SET_BY_HAND = ("timeouts", "limits", "breaker", "retry")


class Rule(NamedTuple):
    """One rule: what it asks in both languages, and what a folder lacks of it (empty: nothing)."""

    fa: str
    en: str
    lacking: Callable[[Connected], list[str]]


@dataclass(frozen=True, slots=True)
class Assessed:
    """How a connector stands with one rule. `lacking` names what is missing, `why` the reason of an exemption.

    `overstated` says that the manifest claims `done` all the same.
    """

    rule: str
    fa: str
    en: str
    state: Literal["done", "todo", "exempt"]
    lacking: tuple[str, ...] = ()
    why: str = ""
    overstated: bool = False


def assess(one: Connected) -> list[Assessed]:
    """How the connector stands with every rule."""
    return [_assessed(one, name, rule) for name, rule in RULES.items()]


def _assessed(one: Connected, name: str, rule: Rule) -> Assessed:
    claimed = one.manifest.quality.get(name)
    lacking = tuple(rule.lacking(one))
    if not lacking:
        return Assessed(name, rule.fa, rule.en, "done")
    if isinstance(claimed, Exempt):
        return Assessed(name, rule.fa, rule.en, "exempt", lacking, claimed.exempt)
    return Assessed(name, rule.fa, rule.en, "todo", lacking, overstated=claimed == "done")


def _contract_files(one: Connected) -> list[str]:
    return [] if any(path.is_file() for path in (one.folder / "contract").rglob("*")) else ["contract/"]


def _mapping_tests(one: Connected) -> list[str]:
    lacking = []
    for name, mapping in one.mappings.items():
        document, results = mapping.document, mapping.run_tests()
        shown = {"to_native": False, "from_native": False}
        for case in document.tests:
            for direction in shown:
                shown[direction] |= getattr(case, direction, None) is not None
        lacking += [f"{name}.{direction}" for direction, there in shown.items() if not there]
        lacking += [f"{name}: {result.name}" for result in results if not result.passed]
    return lacking


def _simulator(one: Connected) -> list[str]:
    return [name for name in one.manifest.operations if not one.simulation.faults.get(name)]


def _fault_matrix(one: Connected) -> list[str]:
    return [
        f"{name}: {', '.join(kind.value for kind in sorted(_MATRIX - kinds))}"
        for name in one.manifest.operations
        if _MATRIX - (kinds := one.simulation.faults.get(name, frozenset()))
    ]


def _examples(one: Connected) -> list[str]:
    answered = {example.operation for example in one.examples if example.answer is not None}
    return [name for name in one.manifest.operations if name not in answered]


def _readme(one: Connected) -> list[str]:
    path = one.folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [name for name in one.manifest.operations if name not in text]


def _resolve(one: Connected) -> list[str]:
    return [
        name
        for name, operation in one.manifest.operations.items()
        if operation.effect is Effect.ONCE and operation.resolve_with is None
    ]


def _limits(one: Connected) -> list[str]:
    return [name for name in _SET_BY_HAND if name not in one.manifest.model_fields_set]


def _questions(one: Connected) -> list[str]:
    assumed = [name for name, operation in one.manifest.operations.items() if operation.grade is Grade.ASSUMED]
    return [] if one.manifest.questions else assumed


def _drift(one: Connected) -> list[str]:
    shapes = shapes_of(one.manifest, one.folder)
    # A SOAP reply is held against its XML schema as it is read.
    rest = [name for name, operation in one.manifest.operations.items() if operation.http and not operation.soap]
    return [name for name in rest if name not in shapes]


RULES: Mapping[str, Rule] = {
    "contract_files": Rule("قرارداد به شکل فایل", "the contract as files", _contract_files),
    "mapping_tests": Rule(
        "هر نگاشت در هر دو سو آزمون گذرانده دارد", "each mapping passes tests of its own, both ways", _mapping_tests
    ),
    "examples": Rule("هر عملیات نمونه‌ای با پاسخ دارد", "each operation has an answered example", _examples),
    "simulator": Rule("هر عملیات شبیه‌سازی شده است", "each operation is simulated", _simulator),
    "fault_matrix": Rule(
        "شبیه‌ساز همهٔ خطاهای عمومی و دگرگونی قرارداد را نشان می‌دهد",
        "the simulator shows the general faults and contract drift",
        _fault_matrix,
    ),
    "readme": Rule("هر عملیات در README آمده است", "each operation is in the README", _readme),
    "resolve": Rule(
        "سرنوشت هر فراخوان یک‌باره پرسیدنی است", "what became of a call that is made once can be asked", _resolve
    ),
    "limits": Rule("مهلت‌ها و حدها سنجیده نوشته شده‌اند", "time-outs and limits are set on purpose", _limits),
    "questions": Rule(
        "هر فرض با پرسشی از مالک سامانه همراه است", "what is assumed comes with a question to the owner", _questions
    ),
    "drift": Rule("دگرگونی پاسخ با قرارداد سنجیده می‌شود", "replies are held against the contract for drift", _drift),
}
