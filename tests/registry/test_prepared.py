from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, create_mock_engine, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from registry.portable import insert_row
from registry.prepared import Prepared
from registry.schema import participants, rights, status_events
from registry.store import Store, StoreUnavailable
from tests.postgres_server import ON_POSTGRESQL

AGENCY = {
    "identifier": "IR/COM/x",
    "kind": "agency",
    "title_fa": "فا",
    "title_en": "en",
    "agency_number": None,
    "parent": None,
    "roles": ["lead"],
    "active": True,
    "system": None,
}
RIGHT = {"participant": "IR/COM/x", "service": "s", "purposes": ["a"], "legal_bases": [], "field_mask": []}
INSERT = Prepared(insert_row(participants, list(AGENCY)))
INSERT_RIGHT = Prepared(insert_row(rights, [*RIGHT, "quota_per_day", "expires_at"], "service"), [rights.c.service])
EXPIRY = Prepared(
    select(rights.c.expires_at, rights.c.purposes).where(rights.c.service == bindparam("service")),
    [rights.c.expires_at, rights.c.purposes],
)


def test_values_are_converted_both_ways_as_sqlalchemy_does(store: Store) -> None:
    end = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)

    def act(t: Any) -> None:
        assert INSERT.count(t, AGENCY) == 1
        assert INSERT_RIGHT.scalar(t, RIGHT | {"quota_per_day": 5, "expires_at": end}) == "s"
        assert EXPIRY.one(t, {"service": "s"}) == (end, ["a"])
        ordinary = t.execute(select(participants)).one()
        assert ordinary._asdict() == AGENCY
        assert EXPIRY.one(t, {"service": "none"}) is None
        assert EXPIRY.scalar(t, {"service": "none"}) is None
        assert EXPIRY.rows(t, {"service": "s"}) == [
            tuple(t.execute(select(rights.c.expires_at, rights.c.purposes)).one())
        ]

    store.write_now(act)


def test_values_the_statement_holds_itself_stay(store: Store) -> None:
    sleep = Prepared(
        update(participants).where(participants.c.identifier == bindparam("who")).values(active=False, roles=["none"])
    )

    def act(t: Any) -> None:
        INSERT.count(t, AGENCY)
        assert sleep.count(t, {"who": "IR/COM/x"}) == 1
        assert sleep.count(t, {"who": "IR/COM/y"}) == 0
        found = t.execute(select(participants.c.active, participants.c.roles)).one()
        assert tuple(found) == (False, ["none"])

    store.write_now(act)


def test_many_rows_go_in_by_one_call_in_their_order(store: Store) -> None:
    many = [AGENCY | {"identifier": f"IR/COM/{number}", "parent": f"IR/COM/{number - 1}"} for number in range(1, 6)]

    def act(t: Any) -> None:
        INSERT.count(t, AGENCY | {"identifier": "IR/COM/0"})
        INSERT.many(t, many)  # Each has the one before for its parent.
        INSERT.many(t, [])
        assert [row._asdict() for row in t.execute(select(participants).offset(1))] == many

    store.write_now(act)
    with pytest.raises(IntegrityError) as caught:
        store.write_now(lambda t: INSERT.many(t, [AGENCY, many[0]]))
    assert "فا" not in str(caught.value)
    assert len(store.read_now(lambda t: t.execute(select(participants)).all())) == 6


def test_errors_are_of_the_family_the_store_knows(store: Store) -> None:
    store.write_now(lambda t: INSERT.count(t, AGENCY))
    with pytest.raises(IntegrityError) as caught:
        store.write_now(lambda t: INSERT.count(t, AGENCY))
    assert "فا" not in str(caught.value)  # Values may be personal; they stay out of messages.
    broken = Prepared(text("SELECT * FROM nowhere"))
    with pytest.raises(StoreUnavailable) as unavailable:
        store.read_now(lambda t: broken.count(t, {}))
    assert isinstance(unavailable.value.__cause__, (OperationalError, ProgrammingError))


def test_a_forgotten_value_is_a_mistake(store: Store) -> None:
    with pytest.raises(KeyError, match="roles"):
        store.write_now(lambda t: INSERT.count(t, {name: AGENCY[name] for name in AGENCY if name != "roles"}))


@ON_POSTGRESQL
def test_a_character_that_postgresql_cannot_store_is_replaced(store: Store, database: str) -> None:
    def act(t: Any) -> None:
        assert INSERT.count(t, AGENCY | {"title_fa": "a\0b"}) == 1
        INSERT.many(t, [AGENCY | {"identifier": "IR/COM/y", "title_fa": "a\0b"}])
        assert t.execute(select(participants.c.title_fa)).scalars().all() == ["a\ufffdb"] * 2

    store.write_now(act)


def test_ordinary_and_prepared_statements_share_the_transaction(store: Store) -> None:
    def half(t: Any) -> None:
        INSERT.count(t, AGENCY)
        t.execute(insert(participants), AGENCY | {"identifier": "IR/COM/y"})
        raise KeyError

    with pytest.raises(KeyError):
        store.write_now(half)
    assert store.read_now(lambda t: t.execute(select(participants)).all()) == []


def test_the_words_fit_postgresql_too() -> None:
    dialect = create_mock_engine("postgresql+psycopg://", lambda *_: None).dialect
    statement = Prepared(insert_row(status_events, ["id", "occurred_at", "detail"], "position"))
    ready = statement._compile(dialect)
    assert ready.raw
    assert ready.names == ["id", "occurred_at", "detail"]
    assert "$2" in ready.sql
    assert ready.sql.endswith('RETURNING "position"')
