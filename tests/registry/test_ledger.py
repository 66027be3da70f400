"""A stateful model of the ledger: whatever order things come in, and however often the process dies, nothing accepted
is lost and nothing final moves.
"""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from registry import cases, codes, events, inquiries, outbox, schema_upgrade
from registry.ids import new_id
from registry.inquiries import NewInquiry
from registry.schema import Transaction
from registry.states import ARROWS, TERMINAL, Arrow, IllegalMove, State
from registry.store import Store
from tests.postgres_server import PostgresServer

NOON = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
TEMPLATE = Path(tempfile.mkdtemp(prefix="ledger-")) / "empty.db"
SERVER: list[tuple[PostgresServer, str]] = []


@pytest.fixture(scope="module", autouse=True)
def template() -> Any:
    schema_upgrade.upgrade(f"sqlite:///{TEMPLATE}")
    yield
    shutil.rmtree(TEMPLATE.parent)


@pytest.fixture
def server(postgres: PostgresServer, empty_postgres: str) -> Any:
    SERVER.append((postgres, empty_postgres))
    yield
    SERVER.clear()


class Ledger(RuleBasedStateMachine):
    accepted = Bundle("accepted")

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, State] = {}
        self.owed: dict[str, str] = {}  # inquiry → state of its outbox row
        self.sent: dict[str, int] = {}
        self.events = 0
        self.now = NOON
        self.lives = 0

    @initialize()
    def start(self) -> None:
        self.url = self.make()
        self.open()

    def make(self) -> str:
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-"))
        shutil.copy(TEMPLATE, self.folder / "hub.db")
        return f"sqlite:///{self.folder}/hub.db"

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def open(self) -> None:
        self.lives += 1
        self.lease = f"process-{self.lives}"
        self.store = Store.open(self.url, clock=lambda: self.now)

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    @rule(target=accepted)
    def accept(self) -> str:
        now = self.tick()

        def act(t: Transaction) -> str:
            case = cases.open_case(
                t,
                issue=lambda: codes.issue(5, 101),
                service="building-permit",
                channel="C2G",
                lead_agency="IR/MUN/tehran",
                owner="IR/MUN/tehran",
                subject_id=None,
                applicant_sealed=None,
                now=now,
            )
            new = NewInquiry(
                new_id(now), case.id, case.code, "s.o", "s", "o", "read", case.owner, "p", "l", "C2G", None, b"", now
            )
            inquiries.accept(t, new)
            outbox.owe(t, kind="inquiry", system="s", ref=new.id, body=b"", due_at=now, lease=self.lease)
            return new.id

        made = self.store.write_now(act)
        self.model[made] = State.ACCEPTED
        self.owed[made] = "owed"
        self.sent[made] = 0
        return made

    @rule(ref=accepted, arrow=st.sampled_from(Arrow), fails=st.booleans())
    def move(self, ref: str, arrow: Arrow, fails: bool) -> None:
        now = self.tick()

        def act(t: Transaction) -> None:
            moved = inquiries.move(t, ref, arrow, now=now, reason_code="why")
            events.record(
                t,
                case_id=moved.case_id,
                code=moved.code,
                type=f"moved.{arrow}",
                system="s",
                stage=None,
                title_fa="",
                title_en="",
                detail={},
                occurred_at=now,
                now=now,
                by="test",
                inquiry_id=ref,
            )
            if moved.state in TERMINAL:
                for row in outbox.of_ref(t, ref):
                    outbox.settle(t, row.id)
            if fails:
                raise ConnectionError

        sources, target = ARROWS[arrow]
        legal = self.model[ref] in sources
        if not legal:
            with pytest.raises(IllegalMove):
                self.store.write_now(act)
        elif fails:
            with pytest.raises(ConnectionError):
                self.store.write_now(act)
        else:
            self.store.write_now(act)
            self.model[ref] = target
            self.events += 1
            self.sent[ref] += arrow is Arrow.SEND
            if target in TERMINAL:
                self.owed.pop(ref, None)

    @rule(refs=st.lists(accepted, max_size=5, unique=True))
    def enqueue(self, refs: list[str]) -> None:
        now = self.tick()

        def act(t: Transaction) -> int:
            outbox.queued(t, [row.id for ref in refs for row in outbox.of_ref(t, ref)])
            return inquiries.enqueue_many(t, refs, now)

        moved = self.store.write_now(act)
        movable = [ref for ref in refs if self.model[ref] in ARROWS[Arrow.ENQUEUE][0]]
        assert moved == len(movable)
        self.model.update(dict.fromkeys(movable, State.QUEUED))
        self.owed.update({ref: "queued" for ref in refs if ref in self.owed})

    @precondition(lambda self: self.lives < 6)
    @rule()
    def crash_and_come_back(self) -> None:
        self.store.close_now()
        self.open()
        adopted = self.store.write_now(lambda t: outbox.adopt(t, self.lease, []))
        assert adopted >= sum(state == "queued" for state in self.owed.values())
        due = self.store.read_now(lambda t: outbox.due(t, self.now, 1_000))
        assert sorted(row.ref for row in due) == sorted(self.owed)
        self.owed = dict.fromkeys(self.owed, "owed")

    @invariant()
    def the_ledger_is_as_the_model_says(self) -> None:
        if not hasattr(self, "store"):
            return

        def look(t: Transaction) -> tuple[dict[str, inquiries.Inquiry], dict[str, str], int]:
            found = {one.id: one for one in inquiries.page(t, limit=1_000)}
            rows = {row.ref: row.state for ref in self.model for row in outbox.of_ref(t, ref)}
            happened = sum(len(events.timeline(t, one.case_id)) for one in found.values())
            return found, rows, happened

        found, rows, happened = self.store.read_now(look)
        assert {ref: one.state for ref, one in found.items()} == self.model
        assert {ref: one.attempts for ref, one in found.items()} == self.sent
        assert all((one.finished_at is not None) == (one.state in TERMINAL) for one in found.values())
        assert rows == self.owed
        assert happened == self.events

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close_now()
            self.remove()


class LedgerOnPostgresql(Ledger):
    def make(self) -> str:
        server, template = SERVER[0]
        self.name = server.database(template)
        return server.url(self.name)

    def remove(self) -> None:
        SERVER[0][0].drop(self.name)


Ledger.TestCase.settings = settings(
    max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
LedgerOnPostgresql.TestCase.settings = settings(Ledger.TestCase.settings, max_examples=6)
TestLedger = Ledger.TestCase
TestLedgerOnPostgresql = pytest.mark.usefixtures("server")(LedgerOnPostgresql.TestCase)
