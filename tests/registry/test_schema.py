import ast
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_mock_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

import registry
from registry import schema_upgrade
from registry.schema import APPEND_ONLY, metadata
from registry.store import Store, StoreBusy, StoreUnavailable
from tests.postgres_server import ON_POSTGRESQL, ON_SQLITE, PostgresServer

ROOM = Path(registry.__file__).parent


def test_migrations_and_tables_agree(store: Store) -> None:
    assert store.read_now(lambda t: compare_metadata(MigrationContext.configure(t), metadata)) == []


def test_upgrading_again_changes_nothing(url: str) -> None:
    schema_upgrade.upgrade(url)
    store = Store.open_reader(url)
    assert store.read_now(schema_upgrade.revision) == schema_upgrade.newest()
    store.close_now()


@ON_SQLITE
def test_nothing_is_upgraded_under_a_running_hub(store: Store, url: str) -> None:
    assert store.acts == 0
    with pytest.raises(StoreBusy):
        schema_upgrade.upgrade(url)


def test_a_file_that_is_no_database_is_not_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreUnavailable):
        schema_upgrade.upgrade(f"sqlite:///{path}")


@ON_POSTGRESQL
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_tables_of_facts_only_grow_in_postgresql_too(store: Store, table: str, database: str) -> None:
    column = next(iter(metadata.tables[table].columns)).name
    for act in (f"DELETE FROM {table}", f'UPDATE {table} SET "{column}" = NULL', f"TRUNCATE {table} CASCADE"):  # noqa: S608 - test.
        with pytest.raises(IntegrityError, match="only grows"):
            store.write_now(lambda t, act=act: t.execute(text(act)))


@ON_POSTGRESQL
def test_processes_that_start_at_once_upgrade_once(postgres: PostgresServer, database: str) -> None:
    name = postgres.database()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(schema_upgrade.upgrade, [postgres.url(name)] * 4))
    reader = Store.open_reader(postgres.url(name))
    assert reader.read_now(schema_upgrade.revision) == schema_upgrade.newest()
    reader.close_now()
    postgres.drop(name)


@ON_SQLITE
@pytest.mark.parametrize("table", APPEND_ONLY)
def test_tables_of_facts_only_grow(store: Store, table: str) -> None:
    columns = store.read_now(lambda t: [row[1] for row in t.execute(text(f"PRAGMA table_info({table})"))])
    values = ", ".join("1" for _ in columns)

    def insert_then(act: str) -> None:
        def change(t: object) -> None:
            t.execute(text(f"INSERT INTO {table} VALUES ({values})"))  # type: ignore[attr-defined]  # noqa: S608 - test.
            t.execute(text(act))  # type: ignore[attr-defined]

        store.write_now(lambda t: t.execute(text("PRAGMA defer_foreign_keys=ON")) and change(t))

    for act in (f"DELETE FROM {table}", f'UPDATE {table} SET "{columns[-1]}" = 2'):  # noqa: S608 - test.
        with pytest.raises(IntegrityError, match="only grows"):
            insert_then(act)


def test_the_tables_can_be_made_in_postgresql() -> None:
    dialect = create_mock_engine("postgresql+psycopg://", lambda *_: None).dialect
    for table in metadata.sorted_tables:
        assert "AUTOINCREMENT" not in str(CreateTable(table).compile(dialect=dialect))


def test_only_one_file_knows_sqlite() -> None:
    for path in ROOM.glob("*.py"):
        names = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert "sqlite3" not in names or path.name == "sqlite.py"
        assert "PRAGMA" not in path.read_text("utf-8") or path.name == "sqlite.py"


LOOK_UPS = pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT * FROM cases WHERE code = 'x'", "cases"),
        ("SELECT * FROM aliases WHERE system = 'x' AND value = 'y'", "aliases"),
        ("SELECT * FROM inquiries WHERE case_id = 'x' ORDER BY id", "ix_inquiries_case_id_owner"),
        ("SELECT * FROM inquiries WHERE state = 'x' AND id > 'a' ORDER BY id", "ix_inquiries_state_id"),
        ("SELECT * FROM inquiries WHERE system='s' AND state='x' ORDER BY id DESC", "ix_inquiries_system_state_id"),
        ("SELECT * FROM inquiries WHERE owner = 'x' ORDER BY id DESC LIMIT 50", "ix_inquiries_owner_id"),
        ("SELECT * FROM inquiries WHERE trace_parent BETWEEN 'a' AND 'b'", "ix_inquiries_trace_parent"),
        ("SELECT * FROM attempts WHERE inquiry_id = 'x'", "ix_attempts_inquiry_id"),
        (
            "SELECT * FROM outbox WHERE state='owed' AND lease='' AND due_at<=5 ORDER BY due_at, id",
            "ix_outbox_state_lease_due_at",
        ),
        ("SELECT min(due_at) FROM outbox WHERE state='owed' AND lease=''", "ix_outbox_state_lease_due_at"),
        ("SELECT * FROM status_events WHERE case_id = 'x' ORDER BY sequence", "status_events"),
        ("SELECT * FROM status_events WHERE system = 'x' AND source_key = 'y'", "status_events"),
        ("SELECT * FROM journal_leaves WHERE case_id = 'x'", "ix_journal_leaves_case_id"),
        ("SELECT * FROM idempotency WHERE participant = 'x' AND key = 'y'", "idempotency"),
        ("SELECT * FROM subjects WHERE fingerprint = 'x'", "subjects"),
    ],
)


@ON_POSTGRESQL
@LOOK_UPS
def test_every_look_up_can_go_by_an_index_in_postgresql_too(store: Store, sql: str, index: str, database: str) -> None:
    few = index == "ix_inquiries_case_id_owner"  # A case has few inquiries; they may be sorted.
    # Empty tables tempt the planner to the ways that do not scale.
    ways = ["seqscan", "bitmapscan"] if few else ["seqscan", "bitmapscan", "sort"]

    def explain(t: Any) -> str:
        for way in ways:
            t.execute(text(f"SET LOCAL enable_{way} = off"))
        return " ".join(row[0] for row in t.execute(text(f"EXPLAIN {sql}")))

    plan = store.write_now(explain)
    assert "Index" in plan
    assert index in plan
    assert "Seq Scan" not in plan
    assert few or re.search(r"(^|-> +)Sort ", plan) is None  # "Incremental Sort" orders within one due time.


@ON_SQLITE
@LOOK_UPS
def test_every_look_up_goes_by_an_index_and_sorts_by_it(store: Store, sql: str, index: str) -> None:
    plan = store.read_now(lambda t: " ".join(row[3] for row in t.execute(text(f"EXPLAIN QUERY PLAN {sql}"))))
    assert "SEARCH" in plan
    assert index in plan
    if index == "ix_inquiries_case_id_owner":
        return  # A case has few inquiries; they may be sorted.
    assert "TEMP B-TREE" not in plan
