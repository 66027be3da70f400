"""The sandbox gives out what a client is built from: contract files, examples, and what is known of each system.

A contract names this sandbox as the system's address, so that a generated client calls it as it is.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from connectors.catalogue import Connected

BASE = "/_contract"
_LOCATION = re.compile(r'(<(?:\w+:)?address\s+location=")([^"]*)(")')
_FOLDERS = ("contract", "examples")
_TYPES = {
    ".graphql": "application/graphql",
    ".json": "application/json",
    ".md": "text/markdown",
    ".wsdl": "text/xml",
    ".xsd": "text/xml",
    ".yaml": "application/yaml",
}


def contract_routes(catalogue: Mapping[str, Connected], paths: Mapping[str, frozenset[str]]) -> list[Route]:
    """`/_contract/` for all systems, `/_contract/<system>/…` for the files of one. `paths` are a simulator's own."""

    async def index(request: Request) -> Response:
        here = str(request.base_url).rstrip("/")
        return JSONResponse({name: _system(one, here) for name, one in catalogue.items()})

    async def system(request: Request) -> Response:
        one = catalogue.get(request.path_params["name"])
        return _unknown() if one is None else JSONResponse(_system(one, str(request.base_url).rstrip("/")))

    async def file(request: Request) -> Response:
        name, wanted = request.path_params["name"], request.path_params["file"]
        one = catalogue.get(name)
        # Only what is listed is given: a path of the caller's making never reaches the disk.
        path = _files(one).get(wanted) if one else None
        if path is None:
            return _unknown()
        text = path.read_text(encoding="utf-8")
        if wanted.startswith("contract/"):
            text = addressed(text, path.suffix, f"{str(request.base_url).rstrip('/')}/{name}", paths[name])
        return Response(text, media_type=_TYPES.get(path.suffix, "text/plain"))

    return [
        Route(f"{BASE}/", index),
        Route(f"{BASE}/{{name}}/", system),
        Route(f"{BASE}/{{name}}/{{file:path}}", file),
    ]


def addressed(text: str, suffix: str, address: str, paths: frozenset[str]) -> str:
    """A contract with the address of a simulator in it; `paths` are those that the simulator serves."""
    if suffix == ".wsdl":

        def here(found: re.Match[str]) -> str:
            path = urlsplit(found[2]).path
            while path and path not in paths:  # What stands before it is where the contract imagines the system.
                path = path[path.find("/", 1) :] if "/" in path[1:] else ""
            return f"{found[1]}{address}{path}{found[3]}"

        return _LOCATION.sub(here, text)
    if suffix in {".yaml", ".yml"}:
        document = yaml.safe_load(text)
        if isinstance(document, dict) and "openapi" in document:
            document["servers"] = [{"url": address}]
            return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text


def _system(one: Connected, here: str) -> dict[str, Any]:
    manifest = one.manifest
    base = f"{here}{BASE}/{one.name}/"
    operations = {
        name: {
            "title": operation.title.model_dump(),
            "effect": operation.effect.value,
            "grade": operation.grade.value,
            "faults": sorted(kind.value for kind in one.simulation.faults.get(name, frozenset())),
        }
        for name, operation in manifest.operations.items()
    }
    return {
        "name": one.name,
        "title": manifest.title.model_dump(),
        "address": f"{here}/{one.name}",
        "auth": manifest.auth.profile.value,
        "operations": operations,
        "files": [base + name for name in _files(one)],
        "controls": {
            name: f"{here}/{one.name}/_sim/{name}" for name in ("faults", "ledger", "state", "calendar", "reset")
        },
    }


def _files(one: Connected) -> dict[str, Path]:
    """Every file that is given out, by the name it is asked for."""
    found = {"README.md": one.folder / "README.md"} if (one.folder / "README.md").is_file() else {}
    for folder in _FOLDERS:
        for path in sorted((one.folder / folder).rglob("*")):
            if path.is_file() and path.suffix in _TYPES:
                found[path.relative_to(one.folder).as_posix()] = path
    return found


def _unknown() -> Response:
    return PlainTextResponse("چنین فایلی نیست · no such file\n", 404)
