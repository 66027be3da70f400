"""What every connector folder promises without being called."""

import pytest

from connectors.faults import GENERAL, FaultKind
from connectors.port import Effect
from mappings.canonical import CANONICAL, validate

from .theatre import CATALOGUE, EXAMPLES, OPERATIONS, example

NAMES = sorted(CATALOGUE)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_the_mapping_fits_the_manifest(name: str, operation: str) -> None:
    declared = CATALOGUE[name].manifest.operations[operation]
    document = CATALOGUE[name].mappings[operation].document
    assert (document.canonical.request, document.canonical.answer) == (declared.request, declared.answer)
    assert {declared.request, declared.answer} <= set(CANONICAL)
    assert document.id.partition(".")[2] == operation


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_the_mapping_passes_its_own_tests(name: str, operation: str) -> None:
    results = CATALOGUE[name].mappings[operation].run_tests()
    assert results, "a mapping without tests proves nothing"
    assert [result for result in results if not result.passed] == []


@pytest.mark.parametrize("name", [name for name in NAMES if CATALOGUE[name].inbound])
def test_the_inbound_mapping_passes_its_own_tests(name: str) -> None:
    inbound = CATALOGUE[name].inbound
    assert inbound is not None
    assert inbound.document.canonical.answer == "StatusUpdate"
    results = inbound.run_tests()
    assert results
    assert [result for result in results if not result.passed] == []


@pytest.mark.parametrize(("name", "which"), EXAMPLES)
def test_the_example_holds_both_ways(name: str, which: str) -> None:
    golden = example(name, which)
    mapping = CATALOGUE[name].mappings[golden.operation]
    declared = CATALOGUE[name].manifest.operations[golden.operation]
    validate(declared.request, golden.request)
    if golden.native_request is not None:
        assert mapping.to_native(golden.request, golden.context) == golden.native_request
    if golden.native_reply is None:
        return
    verdict = mapping.outcome(golden.native_reply)
    if golden.answer is None:
        assert verdict.kind == golden.outcome
    else:
        assert verdict.kind == "answered"
        assert mapping.from_native(golden.native_reply, golden.context, asked=golden.request) == golden.answer
        validate(declared.answer, golden.answer)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_every_operation_has_an_example_that_is_answered(name: str, operation: str) -> None:
    assert any(e.operation == operation and e.answer is not None for e in CATALOGUE[name].examples)


@pytest.mark.parametrize("name", NAMES)
def test_the_simulator_knows_the_operations_and_no_others(name: str) -> None:
    simulation = CATALOGUE[name].simulation
    operations = set(CATALOGUE[name].manifest.operations)
    assert set(simulation.faults) == operations
    assert all(kind in simulation.faults[operation] for operation, kind in simulation.expected)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_the_simulator_shows_the_general_faults_and_an_unknown_code(name: str, operation: str) -> None:
    faults = CATALOGUE[name].simulation.faults[operation]
    assert GENERAL | {FaultKind.UNKNOWN_CODE} <= faults


@pytest.mark.parametrize("name", NAMES)
def test_once_operations_can_be_asked_after(name: str) -> None:
    operations = CATALOGUE[name].manifest.operations
    for operation in operations.values():
        if operation.effect is Effect.ONCE:
            assert operation.resolve_with in operations or operation.resolved_by == "person"


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_what_the_manifest_declares(name: str) -> None:
    one = CATALOGUE[name]
    readme = (one.folder / "README.md").read_text(encoding="utf-8")
    assert [operation for operation in one.manifest.operations if operation not in readme] == []


@pytest.mark.parametrize("name", NAMES)
def test_quality_done_means_done(name: str) -> None:
    one = CATALOGUE[name]
    shows = {
        "contract_files": any((one.folder / "contract").glob("*")),
        "mapping_tests": all(mapping.run_tests() for mapping in one.mappings.values()),
        "simulator": bool(one.simulation.faults),
        "examples": bool(one.examples),
        "readme": (one.folder / "README.md").exists(),
    }
    claimed = {rule for rule, state in one.manifest.quality.items() if state == "done"}
    assert [rule for rule, shown in shows.items() if rule in claimed and not shown] == []
    assert set(shows) <= set(one.manifest.quality), "every rule is done, todo or exempt"
