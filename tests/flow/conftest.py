"""The hub as a process of its own that can be killed; the far sides and the subscriber live on in the test."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

import hub
from connectors.http import HttpClient, TransportError
from connectors.sandbox import create_sandbox
from connectors.serving import listen, serving
from console.story.cast import LEGAL_BASIS, PURPOSE, Keys, Subscriber, engage
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0


def now() -> datetime:
    return datetime.now(UTC)


class Died(Exception):
    """The hub went away while it was spoken to."""


class HubProcess:
    """`hub serve` in a process, on a port of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def stop(self) -> None:
        if self.alive:
            self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 20)


class Town:
    """One site on disk, its far sides, its subscriber, and whoever speaks to it."""

    def __init__(self, folder: Path, sandbox_url: str, contexts: Any, listener: Subscriber, listener_url: str) -> None:
        self.folder, self.sandbox_url, self.contexts = folder, sandbox_url, contexts
        self.listener, self.listener_url = listener, listener_url
        self.http = HttpClient()
        self.keys: Keys
        self.hub: HubProcess

    def found(self) -> None:
        site = hub.WiredSite(Settings(database=f"sqlite:///{self.folder}/hub.db", state=self.folder))
        store = site.store()
        try:
            hub.seed_site(site, store)
            self.keys = engage(store, now=now())
        finally:
            store.close_now()

    async def start(self, **extra: str) -> None:
        door = listen("127.0.0.1", 0)
        port = door.getsockname()[1]
        door.close()
        settings = {
            "HUB_DATABASE": f"sqlite:///{self.folder}/hub.db",
            "HUB_STATE": str(self.folder),
            "HUB_SANDBOX": self.sandbox_url,
            "HUB_LISTEN": f"127.0.0.1:{port}",
            **extra,
        }
        with (self.folder / "hub.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(ROOT / "hub.py"), "serve", cwd=self.folder, env={**os.environ, **settings},
                stdout=log, stderr=log,
            )  # fmt: skip
        self.hub = HubProcess(process, f"http://127.0.0.1:{port}")
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    if (await self.send("GET", "/readyz"))[0] == 200:
                        return
                except Died:
                    if not self.hub.alive:
                        return
                await asyncio.sleep(0.05)

    async def send(self, method: str, path: str, body: Any = None, *, key: str = "", who: str = "") -> tuple[int, Any]:
        headers = {"content-type": "application/json", "authorization": f"Bearer {who or self.keys.permits}"}
        if key:
            headers["idempotency-key"] = key
        content = None if body is None else orjson.dumps(body)
        try:
            reply = await self.http.send(method, self.hub.url + path, headers=headers, content=content, timeout=10)
        except TransportError as gone:
            raise Died(str(gone)) from gone
        return reply.status, orjson.loads(reply.body) if reply.body else None

    async def persist(self, path: str, body: Any, key: str) -> Any:
        """Send as a careful client does: again under the same key until there is an answer, whoever died meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    status, answer = await self.send("POST", path, body, key=key)
                except Died:
                    await self.revive()
                    continue
                assert status in {200, 201, 202}, (status, answer)
                return answer

    async def revive(self) -> None:
        """Start the hub again once it is dead. One that lives is left alone."""
        try:
            await asyncio.wait_for(self.hub.process.wait(), 1)
        except TimeoutError:
            return
        await self.start()

    async def state_of(self, inquiry_id: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    status, seen = await self.send("GET", f"/v1/inquiries/{inquiry_id}")
                except Died:
                    await self.revive()
                    continue
                assert status == 200, seen
                if seen["state"] in {"answered", "refused", "parked", "cancelled"}:
                    return seen
                await asyncio.sleep(0.05)

    def effects(self) -> list[tuple[str, str, str]]:
        return [
            (name, effect.operation, effect.reference)
            for name, context in self.contexts.items()
            for effect in context.ledger.effects
        ]

    def ask(self, service: str, payload: dict[str, Any], case: str) -> dict[str, Any]:
        return {
            "service": service, "payload": payload, "case": case, "purpose": PURPOSE, "legal_basis": LEGAL_BASIS,
        }  # fmt: skip


@asynccontextmanager
async def town_in(folder: Path) -> AsyncIterator[Town]:
    sandbox = create_sandbox(hub.WiredSite(Settings()).catalogue, clock=now, seed=7)
    listener = Subscriber(now)
    async with (
        serving(sandbox, listen("127.0.0.1", 0)) as sandbox_url,
        serving(listener.app(), listen("127.0.0.1", 0)) as listener_url,
    ):
        town = Town(folder, sandbox_url, sandbox.state.contexts, listener, listener_url)
        town.found()
        try:
            yield town
        finally:
            await town.hub.stop()
            await town.http.close()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_in(tmp_path) as town:
        yield town


@pytest.fixture
def payloads() -> Callable[[str], dict[str, dict[str, Any]]]:
    """One inquiry of each effect, in the order they are sent: a `once` operation first."""

    def make(code: str) -> dict[str, dict[str, Any]]:
        at = now().isoformat(timespec="seconds")
        return {
            "permit_portal.report_decision": {
                "request_number": "33100007", "decision": "approved", "decided_at": at, "permit_number": "1405-31-1",
            },
            "land_window.parcel_geometry": {
                "unit_id": "5110", "section_code": "11", "subsection_code": "0", "plaque": {"main": "2395"},
            },
            "smart_gov.push_folder": {
                "national_id": "9990000018", "tracking_code": code, "title": "پروانه", "body": "تأیید شد",
                "stage": "approved", "occurred_at": at,
            },
            "land_window.answer_inquiry": {
                "request_number": "140512300001000248", "organ_code": "2101", "response": "agree",
                "responded_on": at[:10], "letter_number": "1405/1",
            },
        }  # fmt: skip

    return make
