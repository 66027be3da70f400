import asyncio
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from argon2 import PasswordHasher
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from broker.site_secrets import SiteSecrets
from broker.versions.commands import app
from broker.versions.leaves import catch_up, follow
from broker.versions.recorded import how_many, read, unsealed, where_used
from connectors.active import Shelf
from connectors.port import Refused
from mappings.shelf import compile_file
from pki import passwords
from pki.one_time_codes import code_at, new_code_secret
from registry.schema import journal_leaves
from registry.staff import officers as staff
from registry.staff.officers import Role
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
        approve_mappings=False,
        vault=world.vault,
        mappings_folder=tmp_path / "mappings",
        tables_folder=tmp_path / "tables",
        reader=lambda: Store.open_reader(url),
        store=lambda: Store.open(url, clock=world.clock),
    )

    def call(*args: Any, demands: bool = False, said: str = "") -> Result:
        site.approve_mappings = demands
        return CliRunner().invoke(app, list(map(str, args)), input=said, obj=site)

    return call


def leaves(store: Any, *kinds: str) -> list[dict[str, Any]]:
    query = select(journal_leaves.c.statement).where(journal_leaves.c.kind.in_(kinds)).order_by(journal_leaves.c.id)
    return [json.loads(text) for text in store.read_now(lambda t: list(t.execute(query).scalars()))]


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


async def test_recordings_go_with_their_time(world: Any, catalogue: dict[str, Any]) -> None:
    await exchanged(world, {"ok": 1, "code": "A-1"})
    world.clock.pass_by(timedelta(days=60))
    await exchanged(world, {"ok": 1, "code": "A-2"})
    used = where_used(catalogue, "portal.ask")
    assert used is not None
    world.clock.pass_by(timedelta(days=31))
    assert await world.flow.retention.look() > 0
    assert await world.store.read(lambda t: how_many(t, used)) == 1
    found = await world.store.read(lambda t: read(t, used, None, None, 100))
    [left], _ = unsealed(world.vault, found)
    assert left.reply == {"ok": 1, "code": "A-2"}
    assert await world.flow.retention.look() == 0


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


PASSWORD = "a long walk by the river"


@pytest.fixture
def officer(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Enrols an officer; what is returned gives what they type: the password and the code of the moment."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))

    def enrol(username: str, *roles: Role) -> Any:
        secret, now = new_code_secret(), world.clock()

        def act(t: Any) -> None:
            staff.invite(t, officer_id=f"id-{username}", username=username, name=username, roles=roles, now=now)
            sealed = SiteSecrets.of_site(t, world.vault, now=now).seal(f"officer:id-{username}", [secret])
            hashed = passwords.hash_password(PASSWORD)
            staff.set_credentials(t, f"id-{username}", password_hash=hashed, totp_sealed=sealed, totp_step=0, now=now)

        store = Store.open(f"sqlite:///{tmp_path}/hub.db", clock=world.clock)
        store.write_now(act)
        store.close_now()

        def typed() -> str:
            world.clock.pass_by(timedelta(seconds=30))  # A code is good once.
            return f"{PASSWORD}\n{code_at(secret, world.clock())}\n"

        return typed

    return enrol


async def test_a_second_person_approves_the_very_bytes_that_run(
    world: Any, hub: Any, officer: Any, tmp_path: Path
) -> None:
    await world.flow.stop()
    await world.store.close()
    sara = officer("sara", Role.ADMINISTRATOR, Role.APPROVER)
    reza = officer("reza", Role.APPROVER)
    file = tmp_path / "next.yaml"
    hub("draft", "portal.ask", file)
    assert "has not approved" in hub("activate", file, demands=True).stderr
    refused = hub("propose", file, "--by", "sara", said="wrong\n000000\n")
    assert (refused.exit_code, "sign_in.refused" in refused.stderr) == (1, True)
    assert "has not the role administrator" in hub("propose", file, "--by", "reza", said=reza()).stderr
    made = hub("propose", file, "--by", "sara", "--reason", "letter 12", said=sara())
    assert made.exit_code == 0, made.output
    change = made.stdout.split()[0]
    assert "change.moved: the change is proposed already" in hub("propose", file, "--by", "sara", said=sara()).stderr
    own = hub("approve", change, "--by", "sara", said=sara())
    assert "change.own: proposed_by" in own.stderr
    assert hub("activate", file, demands=True).exit_code == 1
    assert hub("approve", change, "--by", "reza", said=reza()).exit_code == 0
    bytes_approved = file.read_bytes()
    file.write_bytes(bytes_approved + b"# one more line\n")
    assert "has not approved" in hub("activate", file, demands=True).stderr
    file.write_bytes(bytes_approved)
    assert hub("activate", file, "--by", "sara", demands=True).exit_code == 0
    [shown] = json.loads(hub("changes", "--json").stdout)
    assert (shown["state"], shown["proposed_by"], shown["decided_by"]) == ("applied", "id-sara", "id-reza")
    assert hub("rollback", "portal.ask", "--by", "sara").exit_code == 0
    store = Store.open_reader(f"sqlite:///{tmp_path}/hub.db")
    kinds = "mapping.proposed", "mapping.approved", "mapping.activated", "mapping.taken_back"
    written = leaves(store, *kinds)
    store.close_now()
    assert [leaf["kind"] for leaf in written] == list(kinds)
    digest = hashlib.sha256(bytes_approved).hexdigest()
    assert [leaf.get("content_sha256") for leaf in written[:3]] == [digest] * 3
    assert (written[2]["approved_by"], written[3]["before_sha256"]) == ("id-reza", digest)


async def test_what_is_activated_beside_a_running_hub_is_written_down_once_by_the_hub(
    world: Any, hub: Any, tmp_path: Path
) -> None:
    file = tmp_path / "next.yaml"
    hub("draft", "portal.ask", file)
    assert hub("activate", file, "--by", "sara").exit_code == 0
    assert leaves(world.store, "mapping.activated") == []
    writing = [asyncio.create_task(follow(world.store, tmp_path / "mappings")) for _ in range(2)]
    async with asyncio.timeout(10):
        while not leaves(world.store, "mapping.activated"):
            await asyncio.sleep(0.01)
    for task in writing:
        task.cancel()
    [leaf] = leaves(world.store, "mapping.activated")
    assert (leaf["by"], leaf["mapping"], "approved_by" in leaf) == ("sara", "portal.ask", False)
    assert await world.store.write(lambda t: catch_up(t, Shelf(tmp_path / "mappings"))) == 0
