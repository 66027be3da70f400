"""The catalogue finds connector folders: whatever lies beside this file, or under a root given, and has a manifest.

A folder is a package whose modules import one another relatively, so that a copy of it under another name works.
`connector.py` exports `create(reach: Reach) -> Connector`; `simulator.py` exports what `connectors/simulation.py` says.
A folder whose manifest names a `kind` has no code: the package of that name beside this file reads it, and its
`simulator.py` exports `simulation(folder, manifest) -> (create, faults, expected)` instead.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette

from connectors.contract import ContractUnusable
from connectors.faults import FaultKind
from connectors.manifest import Manifest, ManifestError, load_manifest
from connectors.port import Connector
from connectors.reach import Reach
from connectors.simulation import SimulationContext
from mappings.canonical import SchemaUnusable, adopt
from mappings.compiler import Functions, Tables, activate
from mappings.compiler import Mapping as Document
from mappings.errors import DocumentError
from mappings.shelf import Registered, compile_file

PACKAGE = Path(__file__).parent

#: More roots to look under, separated like PATH.
ROOTS_VARIABLE = "HUB_CONNECTORS"


class CatalogueError(ValueError):
    """A connector folder that cannot be used. `problems` are sentences that name file and key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Example(BaseModel):
    """A golden pair, `examples/<operation>.json` or `examples/<operation>.<what>.json`.

    `request` and `answer` are canonical, `native_request` and `native_reply` the system's own. An example without
    `answer` names the `outcome` its reply leads to (`refused`, `retryable`, `broken`, `absent`). `context` is what
    `$context` holds. `simulated` says that the simulator gives this very outcome when asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str
    name: str
    title: str = ""
    request: dict[str, Any]
    native_request: Any = None
    native_reply: Any = None
    answer: dict[str, Any] | None = None
    outcome: str | None = None
    context: dict[str, str] = Field(default_factory=dict)
    simulated: bool = True


@dataclass(frozen=True)
class Simulation:
    """The far side of a folder: how to make it, and what it can do wrong, by operation."""

    create: Callable[[SimulationContext], Starlette]
    faults: Mapping[str, frozenset[FaultKind]]
    expected: Mapping[tuple[str, FaultKind], frozenset[str]]


@dataclass(frozen=True)
class Connected:
    """One connector folder, read and compiled.

    `mappings` goes by operation; `inbound` reads pushed states, `arrivals` what else the system sends, by name.
    """

    name: str
    folder: Path
    manifest: Manifest
    mappings: Mapping[str, Document]
    inbound: Document | None
    create_connector: Callable[[Reach], Connector]
    simulation: Simulation
    examples: tuple[Example, ...]
    arrivals: Mapping[str, Document] = field(default_factory=dict)


def folders(*roots: Path) -> list[Path]:
    """Every connector folder under the roots, unread; without roots as `discover` has it."""
    return [path.parent for root in roots or _roots() for path in sorted(root.glob("*/manifest.toml"))]


def _roots() -> tuple[Path, ...]:
    extra = os.environ.get(ROOTS_VARIABLE, "")
    return (PACKAGE, *(Path(part) for part in extra.split(os.pathsep) if part))


def discover(*roots: Path, tables: Tables | None = None) -> Mapping[str, Connected]:
    """Every connector folder under the roots, by name.

    Without roots: this package and the folders named by the variable HUB_CONNECTORS. `tables` are the shared code
    tables; left out, those that came with the program. Raises CatalogueError.
    """
    found: dict[str, Connected] = {}
    problems: list[str] = []
    for folder in folders(*roots):
        try:
            connected = read_folder(folder, tables)
        except CatalogueError as unusable:
            problems.extend(unusable.problems)
            continue
        if connected.name in found:
            problems.append(f"{folder}: name: {connected.name!r} is taken by {found[connected.name].folder}")
            continue
        found[connected.name] = connected
    if problems:
        raise CatalogueError(problems)
    return MappingProxyType(found)


def read_folder(folder: Path, tables: Tables | None = None) -> Connected:
    """Read one connector folder whole. Raises CatalogueError."""
    try:
        manifest = load_manifest(folder / "manifest.toml")
    except ManifestError as unusable:
        raise CatalogueError(unusable.problems) from unusable
    adopt_types(folder)
    documents = {
        name: _document(folder, operation.mapping, tables)
        for name, operation in manifest.operations.items()
        if operation.mapping is not None
    }
    read = {name: _document(folder, sent.mapping, tables) for name, sent in manifest.inbound.items()}
    return Connected(
        name=manifest.name,
        folder=folder,
        manifest=manifest,
        mappings=MappingProxyType(documents),
        inbound=read.pop("status", None),
        arrivals=MappingProxyType(read),
        create_connector=_exported(folder, _module(_code_of(folder, manifest), "connector"), "create"),
        simulation=_simulation(folder, manifest),
        examples=tuple(_example(path) for path in sorted((folder / "examples").glob("*.json"))),
    )


def _code_of(folder: Path, manifest: Manifest) -> Path:
    return PACKAGE / manifest.kind if manifest.kind else folder


def _simulation(folder: Path, manifest: Manifest) -> Simulation:
    simulator = _module(_code_of(folder, manifest), "simulator")
    if manifest.kind is None:
        return Simulation(
            create=_exported(folder, simulator, "create"),
            faults=_exported(folder, simulator, "FAULTS"),
            expected=getattr(simulator, "EXPECTED", {}),
        )
    try:
        return Simulation(*simulator.simulation(folder, manifest))
    except (ContractUnusable, OSError) as unusable:
        raise CatalogueError([f"{folder}/contract: {unusable}"]) from unusable


def adopt_types(folder: Path) -> None:
    """Make the canonical types that the folder brings along known, `canonical/<Name>.json`."""
    for path in sorted((folder / "canonical").glob("*.json")):
        try:
            adopt(path.stem, path.read_bytes())
        except (SchemaUnusable, OSError) as unusable:
            raise CatalogueError([f"{path}: {unusable}"]) from unusable


def registered(*roots: Path) -> Registered:
    """The functions that each folder registers for its mapping documents, by name. Raises CatalogueError."""
    return {folder.name: functions_of(folder) for folder in folders(*roots)}


def functions_of(folder: Path) -> Functions:
    """What `functions.py` of a folder exports as `FUNCTIONS`, for `{function: name}`; nothing where there is none."""
    if not (folder / "functions.py").exists():
        return {}
    exported: Functions = _exported(folder, _module(folder, "functions"), "FUNCTIONS")
    return exported


def _document(folder: Path, name: str, tables: Tables | None) -> Document:
    path = folder / name
    try:
        return activate(compile_file(path, tables, {folder.name: functions_of(folder)}))
    except DocumentError as unusable:
        raise CatalogueError([str(unusable)]) from unusable


def _example(path: Path) -> Example:
    operation, _, what = path.stem.partition(".")
    try:
        content = json.loads(path.read_bytes())
        return Example.model_validate({"operation": operation, "name": what or operation, **content})
    except (OSError, ValueError, TypeError, ValidationError) as unusable:
        raise CatalogueError([f"{path}: {unusable}"]) from unusable


def _exported(folder: Path, module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError as missing:
        raise CatalogueError([f"{folder}/{module.__name__.rpartition('.')[2]}.py: {name} is missing"]) from missing


def _module(folder: Path, name: str) -> ModuleType:
    """Import a folder's module as part of a package, so that its relative imports work wherever the folder lies."""
    package = f"connectors.{folder.name}" if folder.parent == PACKAGE else _package_elsewhere(folder)
    try:
        return importlib.import_module(f"{package}.{name}")
    except ImportError as problem:
        raise CatalogueError([f"{folder / name}.py: {problem}"]) from problem


def _package_elsewhere(folder: Path) -> str:
    name = "connected_" + "".join(letter if letter.isalnum() else "_" for letter in str(folder.resolve()))
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            raise CatalogueError([f"{folder}: not a package"])
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except FileNotFoundError as missing:
            del sys.modules[name]
            raise CatalogueError([f"{folder}/__init__.py: missing"]) from missing
    return name
