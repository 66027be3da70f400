import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from pki.checkpoint import CheckpointSigner
from pki.keys import SigningKey
from pki.merkle import MerkleTree
from pki.receipt import Receipt, verify_receipt
from registry import cases, events, idempotency, inquiries, journal, move, outbox, participants, schema_upgrade, seeding
from registry.cases import Case
from registry.inquiries import Inquiry
from registry.move import Moved, MoveFailed, MoveRefused
from registry.schema import metadata
from registry.states import Arrow
from registry.store import Store, StoreBusy, StoreUnavailable
from tests.postgres_server import ON_SQLITE, PostgresServer

pytestmark = ON_SQLITE
TREE = MerkleTree()
SIGNER = CheckpointSigner(SigningKey.generate(), "hub.test/journal")
SITE = "IR/MUN/tehran"
CASES = 300
BEGUN = {"cursors": 1}
"""Rows that a migration writes."""


@pytest.fixture
def target(postgres: PostgresServer) -> Iterator[str]:
    name = postgres.database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def filled(url: str, clock: Any, open_case: Callable[..., Case], accept: Callable[..., Inquiry]) -> list[Case]:
    store = Store.open(url, clock=clock)
    store.write_now(lambda t: seeding.seed(t, now=clock(), agency_number=101))
    made = []

    def act(t: Any) -> Case:
        now = clock.forward(seconds=1)
        number = len(made)
        case = open_case(t, applicant_sealed=bytes([0, 255, number % 256]))
        inquiry = accept(t, case)
        cases.add_alias(t, case_id=case.id, system="setad", value=f"شماره {number}\t\\", added_by=SITE, now=now)
        events.record(
            t,
            case_id=case.id,
            code=case.code,
            type="opened",
            system="hub",
            stage="opened",
            title_fa="باز شد",
            title_en="opened",
            detail={"a": "خط\nدوم"},
            occurred_at=now,
            now=now,
            by=SITE,
            inquiry_id=inquiry.id,
        )
        row = outbox.owe(t, kind="inquiry", system="s", ref=inquiry.id, body=b"\x00\xff", due_at=now, lease="")
        if number % 3 == 0:
            inquiries.move(t, inquiry.id, Arrow.SEND, now=now, reason_text="a\0b")
            inquiries.record_attempt(
                t,
                inquiry_id=inquiry.id,
                number=1,
                started_at=now,
                ended_at=now,
                outcome="x",
                code="",
                text="",
                mapping_hash=None,
            )
            outbox.settle(t, row.id)
        journal.append(t, kind="k", statement={"n": number}, case_id=case.id, inquiry_id=None, now=now)
        idempotency.remember(t, participant=SITE, key=str(number), body_hash="h", status=202, response=b"\x00", now=now)
        return case

    for number in range(CASES):
        made.append(store.write_now(act))
        if number % 50 == 49 and number < CASES - 1:
            store.write_now(lambda t: journal.seal(t, TREE, SIGNER, now=clock(), limit=37))
    store.close_now()
    return made


def everything(url: str) -> dict[str, list[tuple[Any, ...]]]:
    store = Store.open_reader(url)
    found = store.read_now(
        lambda t: {
            table.name: [tuple(row) for row in t.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }
    )
    store.close_now()
    return found


def test_a_site_is_moved_whole(url: str, filled: list[Case], target: str, clock: Any) -> None:
    before = everything(url)
    moved = move.move(url, target, tree=TREE)
    after = everything(target)
    place = list(metadata.tables["inquiries"].columns.keys()).index("reason_text")
    assert {row[place] for row in after["inquiries"]} == {None, "a\ufffdb"}  # The one thing PostgreSQL cannot hold.
    for rows in (before["inquiries"], after["inquiries"]):
        rows[:] = [(*row[:place], *row[place + 1 :]) for row in rows]
    assert after == before
    assert moved.counts == {name: len(rows) for name, rows in before.items()}
    assert moved.counts["cases"] == CASES
    newest = before["checkpoints"][-1]
    assert moved == Moved(moved.counts, newest[0], newest[1])
    assert everything(url)["cases"] == before["cases"]

    store = Store.open(target, clock=clock)
    last = max(row[0] for row in before["outbox"])
    fresh = store.write_now(
        lambda t: outbox.owe(t, kind="inquiry", system="s", ref="r", body=b"", due_at=clock(), lease="")
    )
    assert fresh.id > last
    sealed = store.write_now(lambda t: journal.seal(t, TREE, SIGNER, now=clock()))
    assert sealed is not None
    assert sealed.size == CASES
    for proof in store.read_now(lambda t: journal.proofs(t, TREE, case_id=filled[250].id)):
        assert verify_receipt(Receipt(**proof), [SIGNER.verifier_key()]).valid
    assert store.read_now(lambda t: cases.by_alias(t, "setad", "شماره 299\t\\")).id == filled[299].id
    store.close_now()


def test_numbers_settled_before_the_move_are_not_used_again(url: str, target: str, clock: Any) -> None:
    store = Store.open(url, clock=clock)

    def owe(t: Any) -> int:
        return outbox.owe(t, kind="delivery", system="s", ref="r", body=b"", due_at=clock()).id

    last = [store.write_now(owe) for _ in range(5)][-1]
    store.write_now(lambda t: outbox.settle_many(t, list(range(1, last + 1))))
    store.close_now()
    assert move.move(url, target, tree=TREE) == Moved(dict.fromkeys(map(str, metadata.tables), 0) | BEGUN, 0, None)
    store = Store.open(target, clock=clock)
    assert store.write_now(owe) == last + 1
    store.close_now()


def test_a_target_with_rows_is_refused_and_stays(url: str, filled: list[Case], target: str, clock: Any) -> None:
    schema_upgrade.upgrade(target)
    store = Store.open(target, clock=clock)
    store.write_now(lambda t: seeding.seed(t, now=clock(), agency_number=101))
    with pytest.raises(MoveRefused, match="participants"):
        move.move(url, target, tree=TREE)
    assert store.read_now(lambda t: t.execute(text("SELECT count(*) FROM cases")).scalar_one()) == 0
    assert store.read_now(participants.every)
    store.close_now()


def test_a_running_source_is_refused(url: str, target: str, clock: Any) -> None:
    running = Store.open(url, clock=clock)
    with pytest.raises(StoreBusy):
        move.move(url, target, tree=TREE)
    running.close_now()


@pytest.mark.parametrize("damage", ["journal_leaves SET statement = '{}'", "journal_nodes SET hash = x'00'"])
def test_a_damaged_journal_is_not_moved(url: str, filled: list[Case], target: str, damage: str) -> None:
    raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    raw.execute(f"DROP TRIGGER {damage.split(maxsplit=1)[0]}_refuses_update")
    key = "id = 5" if "leaves" in damage else 'level = 3 AND "index" = 2'
    assert raw.execute(f"UPDATE {damage} WHERE {key}").rowcount == 1
    raw.close()
    with pytest.raises(MoveFailed, match="do not fit"):
        move.move(url, target, tree=TREE)
    store = Store.open_reader(target)
    for table in metadata.sorted_tables:
        rows = store.read_now(lambda t, one=table: t.execute(select(func.count()).select_from(one)).scalar_one())
        assert rows == BEGUN.get(table.name, 0)
    store.close_now()


def test_an_old_source_and_wrong_addresses_are_refused(url: str, target: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="PostgreSQL"):
        move.move(url, url, tree=TREE)
    with pytest.raises(ValueError, match="sqlite"):
        move.move(target, target, tree=TREE)
    with pytest.raises(StoreUnavailable, match="no database"):
        move.move(f"sqlite:///{tmp_path}/none.db", target, tree=TREE)
    with pytest.raises(StoreUnavailable):
        move.move(url, "postgresql://hub@/none?host=/nowhere", tree=TREE)
    raw = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    raw.execute("UPDATE alembic_version SET version_num = '0001'")
    raw.close()
    with pytest.raises(MoveRefused, match="0001"):
        move.move(url, target, tree=TREE)
