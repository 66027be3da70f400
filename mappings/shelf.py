"""The mapping documents of a site, found by name."""

from collections import abc
from pathlib import Path

from mappings.compiler import Functions, Mapping, Tables, compile_document
from mappings.document import load_document
from mappings.errors import DocumentError, Finding
from mappings.source import LARGEST
from mappings.tables.shelf import shipped

Registered = abc.Mapping[str, Functions]
"""Registered functions by system, the first part of a document's id."""

_NONE: Registered = {}


def compile_file(path: Path, tables: Tables | None = None, functions: Registered = _NONE) -> Mapping:
    """Read and compile one file. `tables` are the shared ones; left out, those that came with the program.

    Raises:
        DocumentError: when it cannot be read or is no usable document.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise DocumentError([Finding(str(path), 0, "", "document.unreadable", error.strerror or str(error))]) from error
    document = load_document(raw, name=str(path))
    shared = shipped() if tables is None else tables
    return compile_document(document, shared, functions.get(document.id.partition(".")[0], {}))


def compile_files(
    paths: abc.Sequence[Path], tables: Tables | None = None, functions: Registered = _NONE
) -> tuple[dict[str, Mapping], list[Finding]]:
    """Compile every file. Returns the good ones by document id, and what is wrong with the others."""
    good: dict[str, Mapping] = {}
    findings: list[Finding] = []
    for path in sorted(paths):
        try:
            mapping = compile_file(path, tables, functions)
        except DocumentError as error:
            findings.extend(error.findings)
            continue
        if mapping.id in good:
            other = good[mapping.id].document.source.name
            findings.append(mapping.document.finding("/id", "document.id_taken", f"{mapping.id} is also in {other}"))
        else:
            good[mapping.id] = mapping
    return good, findings
