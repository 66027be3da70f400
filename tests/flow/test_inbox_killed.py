"""The process that holds an inbox dies by SIGKILL, on PostgreSQL and RabbitMQ: nothing is lost or answered twice."""

import asyncio
import random
from collections import Counter
from types import SimpleNamespace

import pytest

import hub
from connectors.http import HttpClient
from gateway.settings import Settings
from registry import credentials, participants, rights, services
from registry.participants import Participant
from registry.rights import Right
from registry.services import Service
from tests.flow.conftest import PATIENCE, Died, Town, now
from tests.postgres_server import postgres_server

pytestmark = pytest.mark.flow

UNIT, ASKER = "IR/MUN/tehran/archive-06", "IR/MUN/tehran/engineering-office"
SERVICE = "archive.question"
QUESTIONS = 24


class Office(Town):
    """One hub on PostgreSQL and RabbitMQ, whoever asks it, and the desk of a unit without software."""

    def __init__(self, folder, settings) -> None:
        self.folder, self._settings, self.sandbox_url = folder, settings, "http://127.0.0.1:9"
        self.http = HttpClient()
        site = hub.WiredSite(Settings(database=settings["HUB_DATABASE"], broker=settings["HUB_BROKER"], state=folder))
        site.prepare()
        store = site.store()
        self.asker, self.desk = store.write_now(furnish)
        self.keys = SimpleNamespace(permits=self.asker)
        store.close_now()

    async def start(self, **_: str) -> None:
        await super().start(**self._settings)

    async def dying(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.hub.process.kill()
        await self.hub.process.wait()
        await self.start()

    async def until(self, method, path, body=None, *, who, key=""):
        """Again until something answers, whoever died meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    status, answer = await self.send(method, path, body, key=key, who=who)
                except Died:
                    await asyncio.sleep(0.05)
                    continue
                if status != 503:  # A hub that is just starting; nothing was half done.
                    return status, answer

    async def waiting(self) -> list[str]:
        found, cursor = [], ""
        while True:
            _, page = await self.until("GET", f"/v1/inbox?limit=10{cursor}", who=self.desk)
            found += [item["inquiry_id"] for item in page["items"]]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"


def furnish(t):
    desk = Participant(UNIT, "unit", "بایگانی", "Archive", roles=(f"inbox:{UNIT}",))
    for one in (desk, Participant(ASKER, "system", "دفتر", "Office")):
        participants.put(t, one)
    services.put(
        t,
        Service(SERVICE, 1, UNIT, "استعلام", "Question", "supportive", "semi", approved=True, system="inbox",
                operation="question", channels=("G2G",), deadline_days=5),
    )  # fmt: skip
    rights.put(t, Right(ASKER, SERVICE, ("permit",), ("T 2-4",), ("*",)))
    return tuple(credentials.issue_api_key(t, participant=one, now=now()) for one in (ASKER, UNIT))


def question(number):
    return {
        "service": SERVICE, "purpose": "permit", "legal_basis": "T 2-4", "subject": "9990000018",
        "payload": {"subject": f"نقشهٔ {number}", "text": "هست؟", "reference": str(number)},
    }  # fmt: skip


async def test_an_inbox_outlives_the_process_that_holds_it(rabbit, tmp_path):
    chance = random.Random(1405)
    with postgres_server() as postgres:
        name = postgres.database()
        settings = {"HUB_DATABASE": postgres.url(name), "HUB_BROKER": rabbit.virtual_host("inbox")}
        office = await asyncio.to_thread(Office, tmp_path, settings)
        await office.start()
        try:
            asked: dict[str, int] = {}

            async def ask(number):
                status, made = await office.until(
                    "POST", "/v1/inquiries", question(number), who=office.asker, key=f"q-{number}"
                )
                assert status in {200, 202}, made
                asked[made["inquiry_id"]] = number

            # It dies while questions come in and are carried to the inbox.
            await asyncio.gather(*(ask(number) for number in range(QUESTIONS)), office.dying(0.1 + chance.random() / 5))
            assert len(asked) == QUESTIONS
            async with asyncio.timeout(PATIENCE):
                while sorted(found := await office.waiting()) != sorted(asked):
                    assert len(found) == len(set(found)), "a question lies in the inbox once"
                    await asyncio.sleep(0.1)

            # It dies with everything in the inbox and one question taken: who has it, has it still.
            held, *_ = found
            await office.until("POST", f"/v1/inbox/{held}/claim", {"clerk": "سارا"}, who=office.desk)
            await office.dying(0)
            assert sorted(await office.waiting()) == sorted(asked)
            taken = {"clerk": "رضا", "reason": "نه"}
            status, no = await office.until("POST", f"/v1/inbox/{held}/refusal", taken, who=office.desk)
            assert (status, no["code"]) == (409, "inbox.claimed")

            # It dies while answers are written; each is sent again under its key until it is heard.
            async def answer(inquiry_id):
                body = {"clerk": "سارا", "answer": {"text": f"پاسخ {asked[inquiry_id]}"}}
                path = f"/v1/inbox/{inquiry_id}/answer"
                return await office.until("POST", path, body, who=office.desk, key=f"a-{inquiry_id}")

            *answered, _ = await asyncio.gather(*map(answer, asked), office.dying(0.05 + chance.random() / 10))
            assert {status for status, _ in answered} == {200}
            other = {"clerk": "سارا", "answer": {"text": "دیگر"}}
            for inquiry_id, number in asked.items():
                _, seen = await office.until("GET", f"/v1/inquiries/{inquiry_id}", who=office.asker)
                assert (seen["state"], seen["answer"]) == ("answered", {"text": f"پاسخ {number}"})
            status, closed = await office.until("POST", f"/v1/inbox/{held}/answer", other, who=office.desk, key="late")
            assert (status, closed["code"]) == (409, "inbox.closed")
            assert await office.waiting() == []
        finally:
            await office.hub.stop()
            await office.http.close()
        answered_once_and_nothing_owed(postgres, name, asked)


def answered_once_and_nothing_owed(postgres, name, asked):
    told = postgres.execute("SELECT inquiry_id, type FROM status_events WHERE inquiry_id IS NOT NULL", name)
    leaves = postgres.execute("SELECT inquiry_id, kind FROM journal_leaves WHERE inquiry_id IS NOT NULL", name)
    once = Counter(asked.keys())
    assert Counter(one for one, kind in told if kind.endswith(".delivered")) == once
    assert Counter(one for one, kind in told if kind.endswith(".answered")) == once
    assert Counter(one for one, kind in leaves if kind == "inquiry.answered") == once
    assert postgres.execute("SELECT kind, system, state FROM outbox", name) == []
