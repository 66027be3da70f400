import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from broker.versions.commands import app
from broker.versions.recorded import how_many, read, unsealed, where_used
from connectors.port import Refused
from mappings.shelf import compile_file
from registry.schema import journal_leaves
from registry.store import Store

DOCUMENT = """
id: portal.ask
version: 1
title: {fa: پرسش, en: Ask}
canonical: {request: ReferenceQuery, answer: Acknowledgement}
grade: seen
to_native: {Number: {path: /reference}}
from_native: {reference: [{path: /code}, required, text]}
outcome: {code: [{path: /ok}, text], table: {"1": answered}}
tests:
  - {name: there, to_native: {given: {reference: "1"}, expect: {Number: "1"}}}
"""


@pytest.fixture
def active(tmp_path: Path) -> Path:
    file = tmp_path / "portal.ask.yaml"
    file.write_text(DOCUMENT, encoding="utf-8")
    return file


@pytest.fixture
def catalogue(active: Path) -> dict[str, Any]:
    operations = {"ask": SimpleNamespace(resolve_with=None), "tell": SimpleNamespace(resolve_with="ask")}
    manifest = SimpleNamespace(operations=operations)
    portal = SimpleNamespace(mappings={"ask": compile_file(active)}, inbound=None, arrivals={}, manifest=manifest)
    return {"portal": portal}


@pytest.fixture
def hub(catalogue: dict[str, Any], tmp_path: Path, world: Any) -> Any:
    url = f"sqlite:///{tmp_path}/hub.db"
    site = SimpleNamespace(
        catalogue=catalogue,
        clock=world.clock,
        vault=world.vault,
        mappings_folder=tmp_path / "mappings",
        tables_folder=tmp_path / "tables",
        reader=lambda: Store.open_reader(url),
        store=lambda: Store.open(url, clock=world.clock),
    )

    def call(*args: Any) -> Result:
        return CliRunner().invoke(app, list(map(str, args)), obj=site)

    return call


async def exchanged(world: Any, *replies: dict[str, Any]) -> list[str]:
    ids = []
    for reply in replies:
        world.far_side.script["ask"].append({"reference": "A", "$reply": orjson.dumps(reply)})
        accepted = await world.exchange.accept(world.order("ask", payload={"reference": "9990000018"}))
        await world.ends(accepted.inquiry_id, "answered")
        ids.append(accepted.inquiry_id)
        world.clock.pass_by(timedelta(seconds=1))  # So that ids sort by time.
    return ids


async def test_replies_are_recorded_sealed_and_opened_for_a_trial(world: Any, catalogue: dict[str, Any]) -> None:
    first, second = await exchanged(world, {"ok": 1, "code": "A-1"}, {"ok": 1, "code": "A-2"})
    refused = Refused("portal.no", "نه")
    refused.sample = b'{"ok": 2}'
    world.far_side.script["ask"].append(refused)
    third = await world.exchange.accept(world.order("ask", payload={"reference": "9990000018"}))
    await world.ends(third.inquiry_id, "refused")
    used = where_used(catalogue, "portal.ask")
    assert used is not None
    assert (used.system, used.operations, used.asks_after) == ("portal", ("ask",), ("tell",))
    assert where_used(catalogue, "portal.put") is None
    assert await world.store.read(lambda t: how_many(t, used)) == 3
    found = await world.store.read(lambda t: read(t, used, None, None, 100))
    assert b"A-1" not in b"".join(item.reply_sealed for item in found)
    exchanges, closed = unsealed(world.vault, found)
    assert closed == 0
    assert [(item.id, item.reply) for item in exchanges] == [
        (third.inquiry_id, {"ok": 2}),
        (second, {"ok": 1, "code": "A-2"}),
        (first, {"ok": 1, "code": "A-1"}),
    ]
    assert exchanges[0].asked == {"reference": "9990000018"}
    assert exchanges[0].context["reference"] == third.inquiry_id
    some = await world.store.read(lambda t: read(t, used, first, second, 100))
    assert [item.inquiry_id for item in some] == [second, first]


async def test_a_new_version_is_looked_at_before_it_runs(world: Any, hub: Any, tmp_path: Path) -> None:
    await exchanged(world, {"ok": 1, "code": "A-1"})
    file = tmp_path / "next.yaml"
    assert hub("draft", "portal.ask", file).exit_code == 0
    assert hub("draft", "portal.ask", file).exit_code == 2
    text = file.read_text(encoding="utf-8")
    assert "version: 2" in text
    file.write_text(text.replace("{path: /code}", "{coalesce: [{path: /number}, {path: /code}]}"), encoding="utf-8")
    early = hub("activate", file)
    assert early.exit_code == 1
    assert "look first" in early.stderr
    looked = json.loads(hub("shadow", "portal.ask", "--file", file, "--json").stdout)
    assert (looked["exchanges"], looked["fields"], looked["failures"]) == (1, {}, [])
    assert hub("activate", file, "--dry-run").exit_code == 0
    assert not (tmp_path / "mappings" / "portal.ask.yaml").exists()
    assert hub("activate", file, "--by", "sara").exit_code == 0
    assert (tmp_path / "mappings" / "portal.ask.yaml").read_bytes() == file.read_bytes()
    assert json.loads(hub("history", "--json").stdout)[0]["by"] == "sara"
    assert "the document of the connector itself" in hub("rollback", "portal.ask").stdout
    assert hub("rollback", "portal.ask").exit_code == 1


async def test_what_stops_a_version(world: Any, hub: Any, tmp_path: Path) -> None:
    def tried(*pairs: tuple[str, str]) -> str:
        text = DOCUMENT
        for old, new in pairs:
            text = text.replace(old, new)
        (tmp_path / "try.yaml").write_text(text, encoding="utf-8")
        result = hub("activate", tmp_path / "try.yaml", "--dry-run")
        assert result.exit_code == 1, result.output
        return str(result.stderr)

    assert "version 1 is active" in tried()
    up = ("version: 1", "version: 2")
    assert "the test 'there' fails" in tried(up, ('expect: {Number: "1"}', 'expect: {Number: "2"}'))
    assert "has no tests" in tried(up, ("tests:\n", "tests: []\n"), (DOCUMENT.partition("tests:\n")[2], ""))
    assert "callers rely on it" in tried(up, ("answer: Acknowledgement", "answer: ReferenceQuery"))
    assert "did you mean" in tried(up, ("required", "requierd"))
    missing = hub("activate", tmp_path / "nowhere.yaml")
    assert missing.exit_code == 1


async def test_values_are_shown_only_for_a_reason_that_is_journalled(
    make_world: Any, world: Any, hub: Any, tmp_path: Path
) -> None:
    await exchanged(world, {"ok": 1, "code": "A-1"})
    file = tmp_path / "next.yaml"
    file.write_text(DOCUMENT.replace("path: /code", "path: /ok").replace("version: 1", "version: 2"), encoding="utf-8")
    hidden = hub("shadow", "portal.ask", "--file", file)
    assert "answer/reference: 3 characters -> 1 characters" in hidden.stdout
    assert "A-1" not in hidden.output
    assert hub("shadow", "portal.ask", "--file", file, "--reveal").exit_code == 2
    busy = hub("shadow", "portal.ask", "--file", file, "--reveal", "--reason", "letter 12")
    assert busy.exit_code == 2
    assert "A-1" not in busy.output
    await world.flow.stop()
    await world.store.close()
    shown = hub("shadow", "portal.ask", "--file", file, "--reveal", "--reason", "letter 12", "--by", "sara")
    assert "'A-1' -> '1'" in shown.stdout
    again = await make_world()
    query = select(journal_leaves.c.statement).where(journal_leaves.c.kind == "exchanges.revealed")
    [statement] = [json.loads(text) for text in await again.store.read(lambda t: list(t.execute(query).scalars()))]
    assert (statement["reason"], statement["by"], len(statement["inquiries"])) == ("letter 12", "sara", 1)
