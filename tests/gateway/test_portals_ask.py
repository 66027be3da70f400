"""National portals as callers: what they ask of the municipality, through a whole hub in this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import hub
from connectors.land_window.pushes import article_six_message, related_organs_message
from gateway.settings import Settings
from mappings.canonical import example
from registry import credentials, participants, rights
from registry.participants import Participant
from registry.rights import Right

UNIT, CLERK = "IR/MUN/tehran/deputy-urban-planning", "IR/MUN/tehran/plan-desk"
PORTALS = {"permit_portal": "IR/GOV/permit-portal", "land_window": "IR/GOV/land-window"}
LAW = "T 2-5"


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Town:
    """A running hub, and who speaks to it."""

    running: Any
    keys: dict[str, str]
    clock: Clock

    async def call(self, who: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.keys[who]}", **more.pop("headers", {})}
        transport = httpx.ASGITransport(self.running.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub.test", headers=headers) as client:
            return await client.request(method, path, **more)

    async def asks(self, who: str, service: str, payload: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"service": service, "payload": payload, "purpose": service, "legal_basis": LAW}
        return await self.call(who, "POST", "/v1/inquiries", json=body, **more)

    async def in_the_inbox(self, inquiry_id: str) -> Any:
        """The question as the clerk opens it, as soon as the worker has delivered it."""
        for _ in range(500):
            found = await self.call(CLERK, "GET", f"/v1/inbox/{inquiry_id}")
            if found.status_code == 200:
                return found.json()
            await self.running.flow.exchange.wait(inquiry_id, 0.02)
        pytest.fail("the question never reached the inbox")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    clock = Clock()
    settings = Settings(database=f"sqlite:///{tmp_path}/hub.db", broker="memory:", state=tmp_path, systems={})
    site = hub.WiredSite(settings, clock=clock)
    keys: dict[str, str] = {}

    def furnish(t: Any) -> None:
        desk = Participant(CLERK, "system", "میز نقشه", "Plan desk", parent=UNIT, roles=(f"inbox:{UNIT}",))
        participants.put(t, desk)
        for portal, service in zip(PORTALS.values(), ("permit-request", "article-six-inquiry"), strict=True):
            rights.put(t, Right(portal, service, (service,), (LAW,), ("*",)))
        for who in (*PORTALS.values(), CLERK):
            keys[who] = credentials.issue_api_key(t, participant=who, now=clock())

    async with site.running("http://hub.test") as running:
        await running.store.write(furnish)
        await running.current.refresh()
        yield Town(running, keys, clock)


REQUEST = example("PermitRequest") | {"request_number": "33100007", "deadline": "2026-12-20"}


async def test_a_permit_request_arrives_is_decided_by_a_person_and_silence_would_issue_it(town: Town) -> None:
    portal = PORTALS["permit_portal"]
    first = await town.asks(portal, "permit-request", REQUEST)
    assert first.status_code == 202, first.text
    code, name = first.json()["tracking_code"], first.json()["inquiry_id"]
    again = await town.asks(portal, "permit-request", REQUEST)
    assert (again.json()["inquiry_id"], again.headers["idempotency-replayed"]) == (name, "true")
    other = await town.asks(portal, "permit-request", REQUEST | {"title": "تخریب و نوسازی"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.clash")
    stranger = await town.asks(PORTALS["land_window"], "permit-request", REQUEST)
    assert (stranger.status_code, stranger.json()["code"]) == (403, "right.missing")

    resolved = await town.call(portal, "GET", "/v1/codes/33100007?system=permit_portal")
    assert resolved.json()["tracking_code"] == code
    assert (await town.in_the_inbox(name))["payload"]["applicant_national_id"] == "9990000018"
    decision = {"request_number": "33100007", "decision": "rejected", "decided_at": town.clock.now.isoformat()}
    answer = f"/v1/inbox/{name}/answer"
    refused = await town.call(CLERK, "POST", answer, json={"answer": decision | {"reason": "کاربری سازگار نیست"}})
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/answer/condition_number"]
    whole = decision | {"condition_number": "102", "reason": "کاربری سازگار نیست"}
    assert (await town.call(CLERK, "POST", answer, json={"answer": whole})).status_code == 200
    read = await town.call(portal, "GET", f"/v1/inquiries/{name}")
    assert (read.json()["state"], read.json()["answer"]["condition_number"]) == ("answered", "102")

    silent = await town.asks(portal, "permit-request", REQUEST | {"request_number": "33100008"})
    town.clock.now += timedelta(days=40)
    await town.running.flow.deadlines.look()
    stages = {}
    for one in (code, silent.json()["tracking_code"]):
        seen = await town.call(portal, "GET", f"/v1/cases/{one}/timeline")
        stages[one] = [event["stage"] for event in seen.json()["events"]]
    assert "auto_issued" not in stages[code]
    assert "auto_issued" in stages[silent.json()["tracking_code"]]


WINDOW = PORTALS["land_window"]
NATIVE = article_six_message("140512300001000001")


async def test_an_article_six_inquiry_arrives_in_the_windows_own_words_and_is_routed(town: Town) -> None:
    path = "/v1/portals/land_window"
    asked = await town.call(WINDOW, "POST", f"{path}/article_six", json=NATIVE)
    assert (asked.status_code, asked.json()["ResCode"]) == (200, 1), asked.text
    code = asked.json()["Data"]["TrackingCode"]
    again = await town.call(WINDOW, "POST", f"{path}/article_six", json=NATIVE)
    assert again.json() == asked.json()
    seen = (await town.call(WINDOW, "GET", f"/v1/cases/{code}")).json()
    (inquiry,) = seen["inquiries"]
    assert inquiry["service"] == "article-six-inquiry"
    for wrong, status in (
        ({**NATIVE, "SellerNationalCode": "9990000019"}, 400),
        ({"SabtTrackingCode": "1"}, 400),
        ({**NATIVE, "ProvinceCode": "24"}, 200),  # Other content under a number that is known.
    ):
        refused = await town.call(WINDOW, "POST", f"{path}/article_six", json=wrong)
        assert (refused.status_code, refused.json()["ResCode"]) == (status, 0), refused.text

    report = related_organs_message("900000000077", code)
    for _ in range(2):
        routed = await town.call(WINDOW, "POST", f"{path}/related_organs", json=report)
        assert (routed.status_code, routed.json()["ResCode"]) == (200, "1"), routed.text
    seen = (await town.call(WINDOW, "GET", f"/v1/cases/{code}")).json()
    assert {(one["system"], one["value"]) for one in seen["aliases"]} == {
        ("deeds_registry", "140512300001000001"),
        ("land_window", "900000000077"),
    }
    timeline = (await town.call(WINDOW, "GET", f"/v1/cases/{code}/timeline")).json()["events"]
    assert [event["stage"] for event in timeline].count("routed") == 1
    unknown = {**report, "RequestNo": "900000000078", "RelatedOrganList": []}
    codes = []
    for who, body in ((WINDOW, unknown), (WINDOW, {"RequestNo": "1"}), (PORTALS["permit_portal"], report)):
        answer = await town.call(who, "POST", f"{path}/related_organs", json=body)
        codes.append((answer.status_code, answer.json()["ResCode"]))
    assert codes == [(200, "106"), (400, "102"), (200, "105")]
    nobody = await town.call(WINDOW, "POST", f"{path}/status", json=report)
    assert (nobody.status_code, nobody.json()["code"]) == (422, "status.system_unknown")

    name = inquiry["id"] if "id" in inquiry else inquiry["inquiry_id"]
    assert (await town.in_the_inbox(name))["payload"]["plaque"]["main"] == "84"
    answer = {"request_number": "900000000077", "organ_code": "2101", "response": "oppose"}
    answer |= {"responded_on": "2026-11-21", "letter_number": "1405/7"}
    refused = await town.call(CLERK, "POST", f"/v1/inbox/{name}/answer", json={"answer": answer})
    assert refused.status_code == 422, refused.text
    whole = answer | {"opposition_code": "3", "opposition_title": "در طرح تفصیلی معبر است"}
    assert (await town.call(CLERK, "POST", f"/v1/inbox/{name}/answer", json={"answer": whole})).status_code == 200
    read = (await town.call(WINDOW, "GET", f"/v1/inquiries/{name}")).json()
    assert (read["state"], read["answer"]["opposition_code"]) == ("answered", "3")
