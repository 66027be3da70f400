"""Every operation of every folder against its simulator over real HTTP, well and badly behaved."""

import dataclasses
from datetime import timedelta

import pytest

from connectors.faults import FaultKind
from connectors.port import Call, ContractBroken, Effect, InDoubt, Retryable

from .conftest import Stage
from .endings import ANSWER, IN_DOUBT, REFUSED, RETRYABLE, expected
from .theatre import (
    CATALOGUE,
    EXAMPLES,
    FAULTS,
    NOW,
    ONCE,
    OPERATIONS,
    Scene,
    ending,
    example,
    first_answer,
    options,
    playing,
)

#: How long a call to a system that hangs may take. Only that call: what prepares it has its time.
_PATIENCE = timedelta(seconds=0.6)
_ENDINGS = {"refused": REFUSED, "absent": REFUSED, "retryable": RETRYABLE, "in_doubt": IN_DOUBT, "broken": "broken"}


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
async def test_a_well_behaved_system_answers(stage: Stage, name: str, operation: str) -> None:
    async with playing(stage, name) as scene:
        ended = await ending(scene.system, await scene.prepared(operation))
        assert ended.ending == ANSWER, ended.what
        assert scene.system.status.last_reply_at is not None


@pytest.mark.parametrize(
    ("name", "which"), [(name, which) for name, which in EXAMPLES if example(name, which).answer is None]
)
async def test_the_simulator_gives_the_outcome_of_the_example(stage: Stage, name: str, which: str) -> None:
    golden = example(name, which)
    if not golden.simulated:
        return
    async with playing(stage, name, given=golden) as scene:
        ended = await ending(scene.system, scene.call(golden))
        assert ended.ending == _ENDINGS[golden.outcome or ""], ended.what


@pytest.mark.parametrize(("name", "operation", "kind"), FAULTS)
async def test_a_fault_has_its_one_ending(stage: Stage, name: str, operation: str, kind: FaultKind) -> None:
    effect = CATALOGUE[name].manifest.operations[operation].effect
    allowed = CATALOGUE[name].simulation.expected.get((operation, kind)) or expected(effect, kind)
    async with playing(stage, name) as scene:
        call = await scene.prepared(operation)
        scene.context.faults.arm(kind, operation=operation, times=None, **options(kind))
        if kind is FaultKind.HANG:
            call = dataclasses.replace(call, deadline=NOW + _PATIENCE)
        ended = await ending(scene.system, call)
        assert ended.ending in allowed, ended.what
        if effect is Effect.ONCE:
            # Refused and Retryable promise that nothing happened; nothing ever happens twice.
            most = 0 if ended.ending in {REFUSED, RETRYABLE} else 1
            assert scene.effects(operation) <= most
        if kind in {FaultKind.HOLIDAY, FaultKind.OFFICE_HOURS, FaultKind.QUOTA} and isinstance(ended.what, Retryable):
            assert ended.what.after or ended.what.not_before, "the caller must learn when to ask again"


@pytest.mark.parametrize(("name", "operation"), ONCE)
async def test_a_lost_answer_is_found_and_not_repeated(stage: Stage, name: str, operation: str) -> None:
    async with playing(stage, name) as scene:
        call = scene.call(first_answer(name, operation))
        if CATALOGUE[name].manifest.operations[operation].resolved_by:
            await _found_out_by_a_person(scene, call)
            return
        assert await scene.system.ask_after(call) is None
        scene.context.faults.arm(FaultKind.LOST_ANSWER, operation=operation)
        with pytest.raises(InDoubt):
            await scene.system.ask(call)
        found = await scene.system.ask_after(call)
        assert found is not None
        assert scene.effects(operation) == 1
        if CATALOGUE[name].manifest.operations[operation].alias_from:
            assert found.aliases[name]


async def _found_out_by_a_person(scene: Scene, call: Call) -> None:
    """Nobody can be asked: the call is left to a person, and nothing is ever repeated."""
    scene.context.faults.arm(FaultKind.LOST_ANSWER, operation=call.operation)
    with pytest.raises(InDoubt):
        await scene.system.ask(call)
    with pytest.raises(ContractBroken, match="no_resolver"):
        await scene.system.ask_after(call)
    assert scene.effects(call.operation) == 1


@pytest.mark.parametrize(("name", "operation"), ONCE)
async def test_a_question_that_fails_is_asked_again_later(stage: Stage, name: str, operation: str) -> None:
    resolver = CATALOGUE[name].manifest.operations[operation].resolve_with
    if resolver is None:
        return  # A person finds out: the test above.
    async with playing(stage, name) as scene:
        call = scene.call(first_answer(name, operation), deadline=NOW + _PATIENCE)
        scene.context.faults.arm(FaultKind.HANG, operation=str(resolver), times=None)
        with pytest.raises(Retryable):
            await scene.system.ask_after(call)
        assert scene.effects(operation) == 0
