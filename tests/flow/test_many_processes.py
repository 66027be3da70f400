"""Two of every role on PostgreSQL and RabbitMQ, while each process, the broker and the database are killed in turn.

The short form is part of `make test`; `make crew` is the long one, with 20,000 inquiries.
"""

import asyncio
import os
import signal

import orjson
import pytest

import hub
from connectors.http import HttpClient, TransportError
from connectors.sandbox import create_sandbox
from connectors.serving import listen, serving
from console.story.cast import LEGAL_BASIS, PURPOSE, Subscriber, engage
from gateway.settings import Settings
from pki.receipt import Receipt, verify_receipt
from tests.flow.conftest import now
from tests.flow.crew import Crew
from tests.postgres_server import postgres_server

pytestmark = pytest.mark.flow

INQUIRIES = int(os.environ.get("HUB_FLOW_INQUIRIES", "120"))
AT_ONCE = 16
IN_ONE_CASE = 500
BETWEEN_ROUNDS = 5.0
PATIENCE = 240.0 + INQUIRIES / 20
DONE = {"answered", "refused", "parked", "cancelled"}


@pytest.fixture
def servers(rabbit):
    with postgres_server() as postgres:
        yield postgres, rabbit


class Town:
    """Who asks: always through whichever gateway answers, again under the same key until one does."""

    def __init__(self, crew: Crew, key: str) -> None:
        self.crew = crew
        self.http = HttpClient(connections=AT_ONCE * 2)
        self._headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}

    async def send(self, method, path, body=None, key=""):
        headers = {**self._headers, "idempotency-key": key} if key else self._headers
        content = None if body is None else orjson.dumps(body)
        async with asyncio.timeout(PATIENCE):
            while True:
                url = next(self.crew.gates)
                try:
                    reply = await self.http.send(method, url + path, headers=headers, content=content, timeout=20)
                except TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if reply.status in {200, 201, 202}:
                    return orjson.loads(reply.body)
                assert reply.status == 503, (reply.status, reply.body)  # The database is away; nothing was half done.
                await asyncio.sleep(0.2)


def questions(number: int, code: str) -> tuple[str, dict]:
    """Every third a `once` operation, the others `idempotent` and `read`."""
    at = now().isoformat(timespec="seconds")
    kind = number % 3
    if kind == 0:
        return "land_window.answer_inquiry", {
            "request_number": f"1405123{number:05d}800248"[:18], "organ_code": "2101", "response": "agree",
            "responded_on": at[:10], "letter_number": f"1405/{number}",
        }  # fmt: skip
    if kind == 1:
        return "smart_gov.push_folder", {
            "national_id": "9990000018", "tracking_code": code, "title": "پروانه", "body": f"پیام {number}",
            "stage": "approved", "occurred_at": at,
        }  # fmt: skip
    return "land_window.parcel_geometry", {
        "unit_id": "5110", "section_code": "11", "subsection_code": "0", "plaque": {"main": str(number % 8000 + 1)},
    }  # fmt: skip


async def ready(http: HttpClient, crew: Crew) -> None:
    async with asyncio.timeout(PATIENCE):
        for member in crew.members:
            while True:
                try:
                    reply = await http.send("GET", f"{member.url}/readyz", headers={}, content=None, timeout=5)
                    if reply.status == 200:
                        break
                except TransportError:
                    pass
                await asyncio.sleep(0.1)


async def test_nothing_is_lost_and_nothing_happens_twice_while_everything_dies_in_turn(servers, tmp_path):
    postgres, rabbit = servers
    settings = {
        "HUB_DATABASE": postgres.url(postgres.database()),
        "HUB_BROKER": rabbit.virtual_host("crew"),
        "HUB_STATE": str(tmp_path),
    }
    site = hub.WiredSite(Settings(database=settings["HUB_DATABASE"], broker=settings["HUB_BROKER"], state=tmp_path))
    sandbox = create_sandbox(site.catalogue, clock=now, seed=7)
    listener = Subscriber(now)
    async with (
        serving(sandbox, listen("127.0.0.1", 0)) as sandbox_url,
        serving(listener.app(), listen("127.0.0.1", 0)) as listener_url,
    ):
        await asyncio.to_thread(site.prepare)
        store = site.store()
        keys = engage(store, now=now())
        store.close_now()
        crew = Crew(tmp_path, {**settings, "HUB_SANDBOX": sandbox_url})
        town = Town(crew, keys.permits)
        await crew.start()
        try:
            await ready(town.http, crew)
            made = await town.send("POST", "/v1/subscriptions", {"url": f"{listener_url}/events", "types": ["*"]})
            listener.secret = made["secret"]
            await asyncio.sleep(3)  # The other processes take the subscription over within two seconds.
            accepted, codes = await while_all_die(town, postgres, rabbit)
            ended = await outcomes(town, accepted)
            assert set(ended.values()) == {"answered"}, set(ended.values())
            effects = [
                (name, effect.operation, effect.reference)
                for name, context in sandbox.state.contexts.items()
                for effect in context.ledger.effects
            ]
            expected = {(system, reference) for reference, system in accepted.items() if system != "read"}
            assert len(effects) == len(set(effects)), "an effect happened twice"
            assert {(name, reference) for name, _, reference in effects} == expected
            await everything_was_told_and_sealed(town, listener, codes)
            assert all(member.starts >= 2 for member in crew.members), "a process was never killed"
        finally:
            left = await crew.stop()
            await town.http.close()
        assert set(left) == {0}, "a process did not leave in good order"


async def open_case(town: Town, number: int) -> str:
    body = {"service": "building-permit", "applicant": {"national_id": "9990000018"}, "channel": "C2G"}
    return (await town.send("POST", "/v1/cases", body, key=f"case-{number}"))["tracking_code"]


async def while_all_die(town: Town, postgres, rabbit) -> tuple[dict[str, str], list[str]]:
    """Half of the questions are put while one round of misfortune follows another, the other half after the last."""
    codes = [await open_case(town, number) for number in range(-(-INQUIRIES // IN_ONE_CASE))]
    accepted: dict[str, str] = {}
    places = asyncio.Semaphore(AT_ONCE)
    enough = asyncio.Event()

    async def ask(number: int) -> None:
        async with places:
            code = codes[number // IN_ONE_CASE]
            service, payload = questions(number, code)
            body = {
                "service": service, "payload": payload, "case": code, "purpose": PURPOSE, "legal_basis": LEGAL_BASIS,
            }  # fmt: skip
            promise = await town.send("POST", "/v1/inquiries", body, key=f"q-{number}")
            system, _, operation = service.partition(".")
            accepted[promise["inquiry_id"]] = "read" if operation == "parcel_geometry" else system

    async def misfortune() -> None:
        while True:
            for member in town.crew.members:
                await asyncio.sleep(0.4)
                member.kill()
            rabbit.kill()
            await asyncio.to_thread(rabbit.start)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
            await asyncio.to_thread(postgres.start)
            await ready(town.http, town.crew)
            if enough.is_set():
                return
            await asyncio.sleep(BETWEEN_ROUNDS)

    dying = asyncio.create_task(misfortune())
    half = INQUIRIES // 2
    await asyncio.gather(*(ask(number) for number in range(half)))
    enough.set()
    await dying
    await asyncio.gather(*(ask(number) for number in range(half, INQUIRIES)))
    assert len(accepted) == INQUIRIES
    return accepted, codes


async def outcomes(town: Town, accepted) -> dict[str, str]:
    ended: dict[str, str] = {}
    async with asyncio.timeout(PATIENCE):
        while len(ended) < len(accepted):
            for inquiry_id in accepted.keys() - ended.keys():
                seen = await town.send("GET", f"/v1/inquiries/{inquiry_id}")
                if seen["state"] in DONE:
                    ended[inquiry_id] = seen["state"]
            await asyncio.sleep(0.2)
    return ended


async def everything_was_told_and_sealed(town: Town, listener: Subscriber, codes: list[str]) -> None:
    timelines = [await town.send("GET", f"/v1/cases/{code}/timeline") for code in codes]
    events = sum(len(timeline["events"]) for timeline in timelines)
    async with asyncio.timeout(PATIENCE):
        while len(set(listener.heard)) < events:
            await asyncio.sleep(0.1)
        for code in codes:
            while (found := await town.send("GET", f"/v1/cases/{code}/receipts"))["pending"]:
                await asyncio.sleep(0.1)
            for one in found["receipts"]:
                assert verify_receipt(Receipt.model_validate(one), [found["verifier_key"]]).valid
    assert listener.refused == []
