import shutil
from pathlib import Path

import pytest

from connectors.catalogue import PACKAGE, ROOTS_VARIABLE, CatalogueError, discover, read_folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(
        PACKAGE / "civil_registry", tmp_path / "civil_registry", ignore=shutil.ignore_patterns("__pycache__")
    )


def renamed(copy: Path, name: str) -> Path:
    folder = copy.rename(copy.parent / name)
    manifest = folder / "manifest.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("civil_registry", name), encoding="utf-8")
    return folder


def test_more_roots_come_from_the_environment(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = renamed(copy, "another")
    monkeypatch.setenv(ROOTS_VARIABLE, str(folder.parent))
    found = discover()
    assert {"another", "civil_registry"} <= set(found)
    assert found["another"].create_connector is not found["civil_registry"].create_connector
    assert (
        found["another"].mappings["identity"].content_hash == found["civil_registry"].mappings["identity"].content_hash
    )


def test_two_folders_with_one_name(copy: Path) -> None:
    with pytest.raises(CatalogueError, match="civil_registry") as unusable:
        discover(PACKAGE, copy.parent)
    assert "is taken by" in unusable.value.problems[0]


@pytest.mark.parametrize("missing", ["mappings/identity.yaml", "connector.py", "simulator.py", "__init__.py"])
def test_what_is_missing_is_named(copy: Path, missing: str) -> None:
    folder = renamed(copy, "without_" + missing.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0].strip("_"))
    (folder / missing).unlink()
    with pytest.raises(CatalogueError, match=str(folder / missing)):
        read_folder(folder)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mappings/identity.yaml", "id: [unclosed"),
        ("examples/identity.json", '{"request": 1}'),
        ("examples/identity.json", "[]"),
        ("manifest.toml", 'name = "x"'),
        ("connector.py", "import nowhere_to_be_found"),
        ("connector.py", "nothing = 1"),
        ("simulator.py", "FAULTS = {}"),
    ],
)
def test_what_is_broken_is_named(copy: Path, file: str, text: str) -> None:
    folder = renamed(copy, f"broken_{abs(hash((file, text)))}")
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=str(folder)):
        read_folder(folder)
