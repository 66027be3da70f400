from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from registry import cases, codes, inquiries, schema_upgrade
from registry.cases import Case
from registry.ids import new_id
from registry.inquiries import NewInquiry
from registry.schema import Transaction
from registry.store import Store
from tests.postgres_server import PostgresServer, postgres_server

MUNICIPALITY = "IR/MUN/tehran"
NOON = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of an upgraded database: copying them is quicker than upgrading for every test."""
    path = tmp_path_factory.mktemp("template") / "hub.db"
    schema_upgrade.upgrade(f"sqlite:///{path}")
    return path.read_bytes()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A private server for the whole run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def empty_postgres(postgres: PostgresServer) -> str:
    """The name of an upgraded database in it, to be copied."""
    name = postgres.database()
    schema_upgrade.upgrade(postgres.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on. A test about one of them is parametrised with its name alone."""
    return request.param


@pytest.fixture
def url(database: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an upgraded, empty database of the test's own."""
    if database == "sqlite":
        path: Path = request.getfixturevalue("tmp_path") / "hub.db"
        path.write_bytes(request.getfixturevalue("empty_database"))
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.database(request.getfixturevalue("empty_postgres"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    opened = Store.open(url, clock=clock)
    yield opened
    opened.close_now()


@pytest.fixture
def other(url: str, clock: Any) -> Iterator[Store]:
    """A second process's store on the same database."""
    opened = Store.open(url, clock=clock)
    yield opened
    opened.close_now()


@pytest.fixture
def open_case(clock: Clock) -> Callable[..., Case]:
    def act(t: Transaction, **other: Any) -> Case:
        values: dict[str, Any] = {
            "issue": lambda: codes.issue(5, 101),
            "service": "building-permit",
            "channel": "C2G",
            "lead_agency": MUNICIPALITY,
            "owner": MUNICIPALITY,
            "subject_id": None,
            "applicant_sealed": None,
            "now": clock(),
        }
        return cases.open_case(t, **values | other)

    return act


@pytest.fixture
def accept(clock: Clock, open_case: Callable[..., Case]) -> Callable[..., inquiries.Inquiry]:
    def act(t: Transaction, case: Case | None = None, **other: Any) -> inquiries.Inquiry:
        case = case or open_case(t)
        values: dict[str, Any] = {
            "id": new_id(clock()),
            "case_id": case.id,
            "code": case.code,
            "service": "land_window.geometry",
            "system": "land_window",
            "operation": "geometry",
            "effect": "read",
            "owner": MUNICIPALITY,
            "purpose": "building-permit",
            "legal_basis": "council-3166-3-1",
            "channel": "C2G",
            "subject_id": None,
            "payload_sealed": b"sealed",
            "accepted_at": clock(),
        }
        return inquiries.accept(t, NewInquiry(**values | other))

    return act
