"""The mapping documents of a site, found by name."""

from collections.abc import Sequence
from pathlib import Path

from mappings.compiler import Mapping, Tables, compile_document
from mappings.document import load_document
from mappings.errors import DocumentError, Finding
from mappings.source import LARGEST
from mappings.tables.shelf import shipped


def compile_file(path: Path, tables: Tables | None = None) -> Mapping:
    """Read and compile one file. `tables` are the shared ones; left out, those that came with the program.

    Raises:
        DocumentError: when it cannot be read or is no usable document.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise DocumentError([Finding(str(path), 0, "", "document.unreadable", error.strerror or str(error))]) from error
    return compile_document(load_document(raw, name=str(path)), shipped() if tables is None else tables)


def compile_files(paths: Sequence[Path], tables: Tables | None = None) -> tuple[dict[str, Mapping], list[Finding]]:
    """Compile every file. Returns the good ones by document id, and what is wrong with the others."""
    good: dict[str, Mapping] = {}
    findings: list[Finding] = []
    for path in sorted(paths):
        try:
            mapping = compile_file(path, tables)
        except DocumentError as error:
            findings.extend(error.findings)
            continue
        if mapping.id in good:
            other = good[mapping.id].document.source.name
            findings.append(mapping.document.finding("/id", "document.id_taken", f"{mapping.id} is also in {other}"))
        else:
            good[mapping.id] = mapping
    return good, findings
