"""A gateway over the real registry and the real exchange; only the far sides are simulated, and time stands still."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from broker.chronicle import Chronicle
from broker.exchange import Exchange
from broker.inbox import InboxDesk
from broker.intake import Intake
from broker.ledger import Ledger
from broker.memory import MemoryBroker
from broker.meters import Meters
from broker.points import pass_by
from broker.site_secrets import SiteSecrets
from broker.status import StatusDesk
from broker.versions.desk import VersionDesk
from gateway.app import OperationSchema, Parts, create_app
from pki.checkpoint import CheckpointSigner
from pki.jws import sign
from pki.keys import SigningKey
from pki.merkle import MerkleTree
from pki.vault import Vault
from registry import journal, participants, rights, services
from registry.codes import issue, jalali_year2
from registry.columns import metadata
from registry.credentials import add_jwt_key, issue_api_key
from registry.participants import Participant
from registry.rights import Right
from registry.schema_upgrade import upgrade
from registry.services import Service
from registry.snapshot import Current
from registry.store import Store, Transaction
from tests.connector_desk import desk_and_instances
from tests.counting import counting
from tests.gateway.far_side import IDENTITY, Clock, FarSide
from tests.mapping_site import site_without_mappings

BASE = "https://hub.test"
URBAN, FINANCE, PORTAL, CLOSED = "IR/MUN/tehran/urban", "IR/MUN/shiraz/finance", "IR/GOV/permits", "IR/ORG/closed"
PERMIT, SHADOW = "building-permit", "shadow.identity"


@dataclass
class House:
    """Everything a test may look into."""

    store: Store
    current: Current
    parts: Parts
    clock: Clock
    far: FarSide
    keys: dict[str, str]
    portal_key: SigningKey
    client: TestClient
    reasons: dict[str, str]

    def rows(self) -> dict[str, int]:
        return self.store.read_now(
            lambda t: {
                name: t.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
            }
        )

    def call(self, method: str, path: str, *, who: str = URBAN, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)

    def change(self, act: Callable[[Transaction], Any]) -> Any:
        result = self.store.write_now(act)
        self.current.refresh_now()
        return result

    def inquiry(self, **changes: Any) -> dict[str, Any]:
        """A good inquiry, with changes; None leaves a field out."""
        body = {
            "service": IDENTITY,
            "payload": {"national_id": "9990000018", "birth_date": "1990-12-13"},
            "purpose": "permit.issue",
            "legal_basis": "E-11",
        } | changes
        return {name: value for name, value in body.items() if value is not None}

    def case(self, **changes: Any) -> dict[str, Any]:
        return {"service": PERMIT, "applicant": {"national_id": "9990000018"}, "channel": "C2G"} | changes

    def seal(self) -> None:
        signer = CheckpointSigner(self.parts.signing_key, "hub.test")
        self.store.write_now(lambda t: journal.seal(t, MerkleTree(), signer, now=self.clock()))


def _furnish(t: Transaction, now: datetime, keys: dict[str, str], portal_key: SigningKey) -> None:
    people = [
        Participant("IR/MUN/tehran", "agency", "شهرداری تهران", "Tehran", agency_number=1),
        Participant(URBAN, "system", "شهرسازی", "Urban planning", parent="IR/MUN/tehran"),
        Participant("IR/MUN/shiraz", "agency", "شهرداری شیراز", "Shiraz", agency_number=2),
        Participant(FINANCE, "system", "مالی", "Finance", parent="IR/MUN/shiraz"),
        Participant(
            PORTAL, "agency", "درگاه مجوزها", "Permits", roles=("portal:permit_portal",), system="permit_portal"
        ),
        Participant(CLOSED, "agency", "بسته", "Closed", active=False),
    ]
    for person in people:
        participants.put(t, person)
    for caller in (URBAN, FINANCE, PORTAL, CLOSED):
        keys[caller] = issue_api_key(t, participant=caller, now=now)
    keys["expired"] = issue_api_key(t, participant=URBAN, now=now, expires_at=now - timedelta(seconds=1))
    add_jwt_key(t, participant=PORTAL, jwk=portal_key.public_jwk(), now=now)
    card = {"legal_basis": ["E-11"]}
    identity = Service(
        IDENTITY, 1, PORTAL, "استعلام هویت", "Identity", "supportive", "electronic", approved=True,
        system="civil_registry", operation="identity", channels=("C2G", "G2G"), card=card,
    )  # fmt: skip
    permit = Service(
        PERMIT, 1, "IR/MUN/tehran", "پروانه ساختمان", "Building permit", "sovereign", "semi", approved=True,
        channels=("C2G", "B2G"),
    )  # fmt: skip
    shadow = Service(
        SHADOW, 1, PORTAL, "تصویب‌نشده", "Not approved", "supportive", "electronic", approved=False,
        system="civil_registry", operation="identity", channels=("G2G",),
    )  # fmt: skip
    for service in (identity, permit, shadow):
        services.put(t, service)
    for service_id in (IDENTITY, SHADOW, PERMIT):
        rights.put(t, Right(URBAN, service_id, ("permit.issue",), ("E-11",), ("given_name", "family_name")))
    rights.put(t, Right(FINANCE, IDENTITY, ("levy",), ("E-11",), ("*",)))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing in it, migrated once."""
    path = tmp_path_factory.mktemp("empty") / "hub.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def house(tmp_path: Path, empty_database: Path) -> Iterator[House]:
    shutil.copy(empty_database, tmp_path / "hub.db")
    with open_house(tmp_path / "hub.db", BASE) as opened, opened.client:
        yield opened


@contextmanager
def open_house(database: Path, base_url: str) -> Iterator[House]:
    """A house over an empty database that has the schema, known by `base_url`. Nothing serves it yet."""
    clock = Clock()
    store = Store.open(f"sqlite:///{database}", clock=clock)
    keys: dict[str, str] = {}
    portal_key, signing_key = SigningKey.generate(), SigningKey.generate()
    store.write_now(lambda t: _furnish(t, clock(), keys, portal_key))
    current = Current(store)
    current.refresh_now()
    vault = Vault(bytes(range(32)))
    far = FarSide(vault, clock, store=store)
    chronicle = Chronicle(current, system_name="hub", random=counting())
    ledger = Ledger(store, lease="test", hand_over=far.hand_over)
    meters = Meters()
    exchange = Exchange(
        ledger=ledger,
        intake=Intake(
            vault=vault,
            chronicle=chronicle,
            issue=lambda: issue(jalali_year2(clock()), 1),
            effect_of=lambda _system, _operation: "read",
            lease="test",
            clock=clock,
            random=counting(),
            reach=pass_by,
        ),
        desk=StatusDesk(
            ledger=ledger,
            systems=far,  # type: ignore[arg-type]  # A complete far side of its own.
            chronicle=chronicle,
            vault=vault,
            sign=lambda claims: sign(signing_key, claims, typ="receipt+jwt"),
            clock=clock,
        ),
        chronicle=chronicle,
        vault=vault,
        waiters=far.waiters,
        clock=clock,
        meters=meters,
        reach=pass_by,
    )
    reasons: dict[str, str] = {}
    models = {("civil_registry", "identity"): OperationSchema("IdentityQuery", "Person", "read")}
    parts = Parts(
        store=store,
        current=current,
        exchange=exchange,
        inbox=InboxDesk(
            ledger=ledger, chronicle=chronicle, vault=vault, waiters=far.waiters, broker=MemoryBroker(), clock=clock
        ),
        clock=clock,
        signing_key=signing_key,
        vkey=CheckpointSigner(signing_key, "hub.test").verifier_key(),
        base_url=base_url,
        ready=lambda: reasons,
        operations=lambda system, operation: models.get((system, operation)),
        secrets=SiteSecrets(vault, vault.new_subject_key()),
        **desk_and_instances(store, vault, clock, counting(), current.refresh),
        versions=VersionDesk(site_without_mappings(database.parent, store)),
        metrics=lambda: meters.exposition(store),
        random=counting(),
    )
    client = TestClient(create_app(parts), base_url=base_url)
    try:
        yield House(store, current, parts, clock, far, keys, portal_key, client, reasons)
    finally:
        store.close_now()
