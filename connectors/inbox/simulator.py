"""Nobody simulates a clerk: an inbox has no far side, and what people do wrong is no fault of a wire."""

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.applications import Starlette

from connectors.faults import FaultKind
from connectors.manifest import Manifest
from connectors.simulation import SimulationContext, simulate


def simulation(
    folder: Path,  # noqa: ARG001 - the shape of every kind.
    manifest: Manifest,
) -> tuple[
    Callable[[SimulationContext], Starlette],
    Mapping[str, frozenset[FaultKind]],
    Mapping[tuple[str, FaultKind], frozenset[str]],
]:
    """An application with control routes only."""
    return lambda context: simulate(context, []), dict.fromkeys(manifest.operations, frozenset()), {}
