"""A whole flow over a real ledger; only the far side is made up, call by call."""

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace

import pytest

from broker.flow import Flow, FlowParts
from broker.memory import MemoryBroker
from broker.orders import CaseOrder, InquiryOrder
from broker.site_secrets import SiteSecrets
from connectors.http import HttpClient
from connectors.port import Answer, ContractBroken, Effect, Provenance
from pki import jws
from pki.checkpoint import CheckpointSigner
from pki.keys import SigningKey
from pki.merkle import MerkleTree
from pki.vault import Vault
from registry import codes, inquiries, participants, services, subjects
from registry.participants import Participant
from registry.schema_upgrade import upgrade
from registry.services import Service
from registry.snapshot import Current
from registry.store import Store

CITY = "IR/MUN/tehran"
PERMITS = "IR/MUN/tehran/permits"
OTHER = "IR/MUN/tehran/other"
PORTAL = "IR/GOV/portal"
PROVENANCE = Provenance("portal.ask", "ab" * 32, "1")


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@dataclass
class FarSide:
    """Answers from a script, per operation; remembers every call and every effect."""

    name: str = "portal"
    pushes: bool = True
    concurrency: int = 4
    script: dict[str, list[object]] = field(default_factory=lambda: defaultdict(list))
    asked_after: list[object] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def effect(self, operation: str) -> Effect:
        return {"ask": Effect.READ, "tell": Effect.ONCE, "put": Effect.IDEMPOTENT}[operation]

    def seconds_for(self, _operation: str) -> float:
        return 5.0

    async def ask(self, call):
        self.calls.append((call.operation, call.reference))
        turn = self.script[call.operation].pop(0) if self.script[call.operation] else {"echo": dict(call.payload)}
        return await self._play(turn, call)

    async def ask_after(self, call):
        self.questions.append(call.reference)
        turn = self.asked_after.pop(0)
        return None if turn is None else await self._play(turn, call)

    async def _play(self, turn, call):
        if callable(turn):
            turn = await turn(call)
        if isinstance(turn, BaseException):
            raise turn
        aliases = turn.pop("$aliases", {}) if isinstance(turn, dict) else {}
        reply = turn.pop("$reply", b"") if isinstance(turn, dict) else b""
        return turn if isinstance(turn, Answer) else Answer(turn, PROVENANCE, aliases, reply=reply)

    def inbound(self, native):
        stages = {"10": ("under_review", "در حال بررسی", "Under review"), "20": ("approved", "تأیید شد", "Approved")}
        if native["status"] not in stages:
            raise ContractBroken("portal.status", f"no status {native['status']}")
        stage, fa, en = stages[native["status"]]
        return {"stage": stage, "title_fa": fa, "title_en": en, "detail": {}}


class FarSides:
    def __init__(self, *sides: FarSide) -> None:
        self._sides = {side.name: side for side in sides}
        self.names = tuple(self._sides)

    def get(self, name):
        return self._sides[name]

    def find(self, name):
        return self._sides.get(name)

    def switch(self, switches):
        """Nothing here can be switched."""

    def statuses(self):
        return {}

    def untold(self, now):
        return {}


class World:
    """Everything a test touches."""

    def __init__(self, store, current, flow, far_side, clock, vault, signing_key, http) -> None:
        self.store, self.current, self.flow, self.far_side = store, current, flow, far_side
        self.clock, self.vault, self.signing_key, self.http = clock, vault, signing_key, http
        self.exchange = flow.exchange

    def service(self, operation: str) -> Service:
        return self.current.value.services[f"portal.{operation}"]

    def order(self, operation: str = "ask", caller: str = PERMITS, **changes) -> InquiryOrder:
        return InquiryOrder(
            **{
                "caller": caller,
                "service": self.service(operation),
                "payload": {"number": "1"},
                "purpose": "test",
                "legal_basis": "T 3-1",
                "channel": "G2G",
                **changes,
            }
        )

    async def open_case(self, **changes):
        order = CaseOrder(
            **{"caller": PERMITS, "service": self.service("ask"), "applicant": {"national_id": "9990000018"},
               "channel": "C2G", **changes}
        )  # fmt: skip
        case, _ = await self.exchange.open_case(order)
        return case

    async def ends(self, inquiry_id: str, *states: str):
        """Wait, turning the loop only, until the inquiry is in one of the states."""
        import asyncio

        async with asyncio.timeout(10):
            while True:
                found = await self.store.read(lambda t: inquiries.get(t, inquiry_id))
                if found.state in states:
                    return found
                await asyncio.sleep(0.005)

    async def events(self, case_id: str):
        from registry import events

        return await self.store.read(lambda t: events.timeline(t, case_id))


def furnish(transaction) -> None:
    participants.put(transaction, Participant(CITY, "agency", "شهر", "City", agency_number=1000))
    for identifier in (PERMITS, OTHER):
        participants.put(transaction, Participant(identifier, "system", "سامانه", "System", parent=CITY))
    participants.put(transaction, Participant(PORTAL, "system", "درگاه", "Portal", system="portal"))
    for operation in ("ask", "tell", "put"):
        services.put(
            transaction,
            Service(
                f"portal.{operation}", 1, PORTAL, f"خدمت {operation}", f"Service {operation}", "sovereign",
                "electronic", approved=True, system="portal", operation=operation,
            ),
        )  # fmt: skip


@pytest.fixture
async def make_world(tmp_path) -> Callable:
    opened: list[World] = []

    async def make(reach=None, far_side=None) -> World:
        url = f"sqlite:///{tmp_path}/hub.db"
        clock = opened[-1].clock if opened else Clock()
        upgrade(url)
        store = Store.open(url, clock=clock)
        await store.write(furnish)
        current = Current(store)
        await current.refresh()
        vault = Vault(bytes(range(32)))
        owner = await store.write(
            lambda t: subjects.ensure(t, fingerprint="site", new_key=vault.new_subject_key, now=clock())
        )
        key = SigningKey.generate("Ed25519")
        far_side = far_side or FarSide()
        http = HttpClient()
        flow = Flow(
            FlowParts(
                store=store,
                current=current,
                systems=FarSides(far_side),
                broker=MemoryBroker(),
                http=http,
                vault=vault,
                secrets=SiteSecrets(vault, owner.wrapped_key),
                tree=MerkleTree(),
                signer=CheckpointSigner(key, "test/journal"),
                sign=lambda claims: jws.sign(key, claims, typ="receipt+jwt"),
                issue=lambda: codes.issue(5, 1000),
                source="http://hub.test",
                lease=f"test-{len(opened)}",
                clock=clock,
                random_bytes=os.urandom,
                random=Random(7),
                **({"reach": reach} if reach else {}),
            )
        )
        await flow.start()
        world = World(store, current, flow, far_side, clock, vault, key, http)
        opened.append(world)
        return world

    yield make
    for world in opened:
        await world.flow.stop()
        await world.http.close()
        await world.store.close()


@pytest.fixture
async def world(make_world) -> World:
    return await make_world()


@pytest.fixture
def parties() -> SimpleNamespace:
    return SimpleNamespace(permits=PERMITS, other=OTHER, portal=PORTAL, city=CITY)
