"""A new connector folder from its owner's file: read, write, and read back as the hub would, before it is there."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from connectors.auth_profiles import Auth, NoAuth
from connectors.catalogue import Connected, read_folder
from connectors.contract import Contract, ContractOperation, ContractUnusable
from connectors.from_openapi import from_openapi
from connectors.from_wsdl import contract_files, from_wsdl
from connectors.port import Effect
from connectors.skeleton import Skeleton, skeleton
from mappings.canonical import SchemaUnusable
from mappings.errors import DocumentError, MappingError

_NAME_RULE: Final = "a name is a small letter, then small letters, digits and _"


class FolderTaken(Exception):
    """There is something in the place of the new folder."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the administrator says beside the file. `effects` overrides what was guessed; `only` leaves out the rest."""

    name: str
    title_fa: str = ""
    title_en: str = ""
    owner: str = ""
    effects: Mapping[str, Effect] | None = None
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """The folder that was written, and what a person should know of it."""

    connected: Connected
    notes: tuple[str, ...]


def new_folder(source: Path, into: Path, wishes: Wishes) -> Made:
    """Write the folder `into/<name>`. Raises ContractUnusable, FolderTaken, OSError, CatalogueError."""
    if not wishes.name.replace("_", "").isalnum() or not wishes.name.islower() or not wishes.name[:1].isalpha():
        raise ContractUnusable("contract.name", wishes.name, _NAME_RULE)
    place = into / wishes.name
    if place.exists():
        raise FolderTaken(f"{place} is there already")
    contract, files, kind = _read(source)
    skeletons, refused = [], []
    for operation in _chosen(contract, wishes):
        try:
            skeletons.append(skeleton(wishes.name, operation, transport=kind))
        except (MappingError, DocumentError, SchemaUnusable) as unusable:
            refused.append(f"{operation.name} is left out: no example could be made up that fits ({unusable})")
    if not skeletons:
        raise ContractUnusable("contract.empty", source.name, "; ".join(refused))
    for one in skeletons:
        files |= one.files
    notes = (*contract.notes, *refused, *(note for one in skeletons for note in one.notes))
    files["manifest.toml"] = _manifest(contract, wishes, skeletons, kind, next(iter(files))).encode()
    files["README.md"] = _readme(contract, wishes, skeletons, notes).encode()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into, prefix=".new-") as workshop:
        draft = Path(workshop) / wishes.name
        for name, raw in files.items():
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(raw)
        read_folder(draft)
        shutil.move(draft, place)
    return Made(read_folder(place), notes)


def _read(source: Path) -> tuple[Contract, dict[str, bytes], str]:
    """The contract, the files it is kept in (the one that leads first), and how the system is reached."""
    raw = source.read_bytes()
    if not raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return from_openapi(raw), {f"contract/{source.name}": raw}, "rest"
    files = contract_files(source)
    with tempfile.TemporaryDirectory() as workshop:
        for name, content in files.items():
            (Path(workshop) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(workshop) / name).write_bytes(content)
        contract = from_wsdl(Path(workshop), source.name)
    leads = {source.name: files[source.name]} | files
    return contract, {f"contract/{name}": content for name, content in leads.items()}, "soap"


def _chosen(contract: Contract, wishes: Wishes) -> list[ContractOperation]:
    known = [operation.name for operation in contract.operations]
    effects = wishes.effects or {}
    for name in (*wishes.only, *effects):
        if name not in known:
            raise ContractUnusable(
                "contract.operation", name, f"there is no such operation; there are {', '.join(known)}"
            )
    wanted = [one for one in contract.operations if not wishes.only or one.name in wishes.only]
    return [replace(one, effect=effects.get(one.name, one.effect)) for one in wanted]


def _manifest(contract: Contract, wishes: Wishes, made: Sequence[Skeleton], kind: str, leads: str) -> str:
    persian, english = (_text(title or contract.title) for title in (wishes.title_fa, wishes.title_en))
    lines = [
        f"name = {_text(wishes.name)}",
        f"title = {{ fa = {persian}, en = {english} }}",
        f"owner = {_text(wishes.owner or 'IR/ORG/' + wishes.name.replace('_', '-'))}",
        f"kind = {_text('generic_' + kind)}",
        f"transport = {_text(kind)}",
        f"contract_version = {_text(contract.version)}",
        "",
        *_auth(contract.auth),
        f"[{kind}]",
        f"wsdl = {_text(leads)}" if kind == "soap" else f"openapi = {_text(leads)}",
        *([f"path = {_text(contract.path)}"] if kind == "soap" else []),
        *(["mtom = true"] if contract.mtom else []),
        "",
    ]
    for one in made:
        operation = one.operation
        title = _text(operation.title)
        lines += [
            f"[operations.{operation.name}]",
            f"title = {{ fa = {title}, en = {title} }}",
            f"effect = {_text(operation.effect.value)}",
            f"request = {_text(one.request)}",
            f"answer = {_text(one.answer)}",
            f"mapping = {_text(f'mappings/{operation.name}.yaml')}",
            'grade = "verified"',
        ]
        if kind == "soap":
            lines.append(f"soap = {_text(operation.soap or operation.name)}")
        else:
            form = ", form = true" if operation.form else ""
            lines.append(f"http = {{ method = {_text(operation.method)}, path = {_text(operation.path)}{form} }}")
        if operation.effect is Effect.ONCE:
            lines.append('resolved_by = "person"')
        lines.append("")
    resolves = "The file does not say how a call in doubt is asked after; a person finds out."
    lines += [
        "[quality]",
        *(f'{rule} = "done"' for rule in ("contract_files", "mapping_tests", "simulator", "examples", "readme")),
        f"resolve = {{ exempt = {_text(resolves)} }}",
        "",
    ]
    return "\n".join(lines)


def _auth(auth: Auth) -> list[str]:
    if isinstance(auth, NoAuth):
        return []
    given = {"profile": auth.profile.value} | auth.model_dump(mode="json", exclude_defaults=True)
    return ["[auth]", *(f"{key} = {_text(value)}" for key, value in given.items()), ""]


def _text(value: str) -> str:
    """A TOML basic string; JSON writes it the same way."""
    return json.dumps(value, ensure_ascii=False)


def _readme(contract: Contract, wishes: Wishes, made: Sequence[Skeleton], notes: Sequence[str]) -> str:
    rows = [
        f"| `{one.operation.name}` | {one.operation.title.replace('|', '/')} | `{one.request}` | `{one.answer}` "
        f"| {one.operation.effect.value} | verified |"
        for one in made
    ]
    once = [one.operation.name for one in made if one.operation.effect is Effect.ONCE]
    doubts = (
        "An operation with effect `once` is never repeated by itself. When its answer is lost a person has to find out "
        'what happened (`resolved_by = "person"`), until the manifest names the operation that can be asked '
        "(`resolve_with`, `resolve_request`), or says that a repetition is harmless (`idempotent`): "
        + ", ".join(f"`{name}`" for name in once)
        + "."
    )
    parts = [
        f"# {wishes.title_en or contract.title}",
        f"{wishes.title_fa or contract.title}. Made from the owner's file in `contract/`; nothing here is code.",
        "| operation | title | asks with | answers with | effect | grade |\n|---|---|---|---|---|---|\n"
        + "\n".join(rows),
        *([doubts] if once else []),
        "Types are in `canonical/`, mapping documents with their tests in `mappings/`, golden pairs in `examples/`.",
        *([f"The owner's address in the file: <{contract.address}>."] if contract.address else []),
        *(["## What to know\n\n" + "\n".join(f"- {note}" for note in notes)] if notes else []),
    ]
    return "\n\n".join(parts) + "\n"
