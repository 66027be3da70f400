import asyncio
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from connectors.active import Follower, Shelf, documents_of, overlay
from connectors.catalogue import PACKAGE, CatalogueError, folders, read_folder
from connectors.reach import ConnectorSettings
from connectors.runtime import build_systems
from mappings.shelf import compile_file

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
NAME = "smart_gov.push_folder"
SHIPPED = PACKAGE / "smart_gov" / "mappings" / "push_folder.yaml"
CATALOGUE = {"smart_gov": read_folder(PACKAGE / "smart_gov")}


def draft(folder: Path, version: int, **changes: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8").replace("\nversion: 1\n", f"\nversion: {version}\n")
    for old, new in changes.items():
        text = text.replace(old, new)
    path = folder / f"draft-{version}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def activate(shelf: Shelf, path: Path, before: Path) -> None:
    document = compile_file(path)
    shelf.activate(document, before=compile_file(before), by="operator", now=NOW)


def active_version(folder: Path) -> int:
    return overlay(CATALOGUE, folder, None)["smart_gov"].mappings["push_folder"].version


def test_versions_come_and_go_and_every_byte_is_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "mappings")
    assert active_version(shelf.folder) == 1
    second, third = draft(tmp_path, 2), draft(tmp_path, 3)
    activate(shelf, second, SHIPPED)
    activate(shelf, third, second)
    assert active_version(shelf.folder) == 3
    kept = {path.stem for path in (shelf.folder / "kept").iterdir()}
    assert kept == {compile_file(path).content_hash for path in (second, third)}
    assert shelf.take_back(NAME, by="operator", now=NOW) == compile_file(second).content_hash
    assert (shelf.folder / f"{NAME}.yaml").read_bytes() == second.read_bytes()
    assert shelf.take_back(NAME, by="operator", now=NOW) is None
    assert active_version(shelf.folder) == 1
    with pytest.raises(LookupError):
        shelf.take_back(NAME, by="operator", now=NOW)
    assert [(line["action"], line["by"]) for line in shelf.history()] == [
        ("activated", "operator"),
        ("activated", "operator"),
        ("taken back", "operator"),
        ("taken back", "operator"),
    ]


def test_a_look_counts_for_these_two_documents_only(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert not shelf.looked_at("a", "b")
    shelf.look("a", "b", {"exchanges": 3})
    assert shelf.looked_at("a", "b")
    assert not shelf.looked_at("a", "c")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"messageId}, required": "messageID}, required"}, "the test"),
        ({"id: smart_gov.push_folder": "id: smart_gov.push_floder"}, "no connector uses"),
        ({"required": "requierd"}, "did you mean 'required'"),
    ],
)
def test_what_cannot_run_stops_the_start(tmp_path: Path, changes: dict[str, str], problem: str) -> None:
    (tmp_path / f"{NAME}.yaml").write_bytes(draft(tmp_path, 2, **changes).read_bytes())
    (tmp_path / "draft-2.yaml").unlink()
    with pytest.raises(CatalogueError, match=problem):
        overlay(CATALOGUE, tmp_path, None)


async def test_a_running_hub_takes_what_is_activated_and_keeps_what_works(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "mappings")
    settings = {"smart_gov": ConnectorSettings()}
    systems = build_systems(CATALOGUE, settings, clock=lambda: NOW, random=Random(1))
    follower = Follower(
        {shelf.folder: "*.yaml"}, lambda: overlay(CATALOGUE, shelf.folder, None), systems.translate_with
    )
    assert not follower.look()
    activate(shelf, draft(tmp_path, 2), SHIPPED)
    following = asyncio.create_task(follower.follow(every=0.01))
    system = systems.get("smart_gov")
    async with asyncio.timeout(5):
        while documents_of(system._connected)["push_folder"].version != 2:
            await asyncio.sleep(0.01)
    following.cancel()
    (shelf.folder / f"{NAME}.yaml").write_text("id: [", encoding="utf-8")
    assert not follower.look()
    assert system._connected.mappings["push_folder"].version == 2
    with pytest.raises(ValueError, match="is not the folder"):
        system.translate_with(read_folder(PACKAGE / "setad"))
    await systems.close()


async def test_a_fault_that_nobody_expected_does_not_end_the_following(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("1", encoding="utf-8")
    taken = asyncio.Event()
    failed: list[int] = []

    def take(_: object) -> None:
        if not failed:
            failed.append(1)
            raise RuntimeError("a fault of our own")
        taken.set()

    follower = Follower({tmp_path: "*.yaml"}, dict, take)
    following = asyncio.create_task(follower.follow(every=0.01))
    async with asyncio.timeout(5):
        while not taken.is_set():
            (tmp_path / "one.yaml").write_text(f"{len(failed) + 1}" * (len(failed) + 2), encoding="utf-8")
            await asyncio.sleep(0.02)
    following.cancel()
    assert failed == [1]


def test_folders_are_found_without_reading_them() -> None:
    assert PACKAGE / "setad" in folders()
