"""Functions that a connector's folder registers for its mapping documents."""

import shutil
from pathlib import Path

import pytest

from connectors.catalogue import PACKAGE, CatalogueError, functions_of, read_folder

FUNCTIONS = '"""What the documents may call."""\n\nFUNCTIONS = {"loud": str.upper}\n'


def _copy(tmp_path: Path) -> Path:
    folder = tmp_path / "smart_gov"
    shutil.copytree(PACKAGE / "smart_gov", folder, ignore=shutil.ignore_patterns("__pycache__"))
    document = folder / "mappings" / "push_folder.yaml"
    text = document.read_text(encoding="utf-8")
    at = text.index("from_native:")
    document.write_text(f"{text[:at]}  Loud: [{{path: /title}}, {{function: loud}}]\n{text[at:].split('tests:')[0]}")
    return folder


def test_a_document_calls_what_its_folder_registers(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "functions.py").write_text(FUNCTIONS)
    assert set(functions_of(folder)) == {"loud"}
    mapping = read_folder(folder).mappings["push_folder"]
    assert mapping.lineage("to_native")[-1].steps == ("function",)


def test_without_it_the_document_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_folder(_copy(tmp_path))
    assert "no function 'loud' is registered" in str(caught.value)
    assert functions_of(tmp_path) == {}
