"""SIGKILL at each of the ten named points: no accepted inquiry is lost, no effect is repeated at the far sides."""

import asyncio
import random
import signal

import pytest

from broker.points import FlowPoint
from pki.receipt import Receipt, verify_receipt

pytestmark = pytest.mark.flow

EFFECTS = {
    ("permit_portal", "report_decision"),
    ("smart_gov", "push_folder"),
    ("land_window", "answer_inquiry"),
}


async def subscribe(town) -> None:
    _, made = await town.send("POST", "/v1/subscriptions", {"url": f"{town.listener_url}/events", "types": ["*"]})
    town.listener.secret = made["secret"]


async def tell_everything(town, payloads) -> tuple[str, dict[str, str]]:
    case = await town.persist(
        "/v1/cases",
        {"service": "building-permit", "applicant": {"national_id": "9990000018"}, "channel": "C2G"},
        "case",
    )
    code, accepted = case["tracking_code"], {}
    for service, payload in payloads(code).items():
        promise = await town.persist("/v1/inquiries", town.ask(service, payload, code), service)
        accepted[service] = promise["inquiry_id"]
    return code, accepted


async def receipts_of(town, code):
    async with asyncio.timeout(20):
        while True:
            _, found = await town.send("GET", f"/v1/cases/{code}/receipts")
            if found["receipts"] and not found["pending"]:
                return found
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("point", list(FlowPoint), ids=str)
async def test_a_kill_at_any_point_loses_nothing_and_repeats_nothing(town, payloads, point):
    await town.start(HUB_KILL_AT=point.value)
    first = town.hub.process
    await subscribe(town)
    code, accepted = await tell_everything(town, payloads)
    ended = {service: await town.state_of(inquiry_id) for service, inquiry_id in accepted.items()}
    assert first.returncode == -signal.SIGKILL, "the hub was never killed: the point was not reached"
    assert town.hub.alive
    assert {service: seen["state"] for service, seen in ended.items()} == dict.fromkeys(accepted, "answered")

    effects = town.effects()
    assert {(system, operation) for system, operation, _ in effects} == EFFECTS
    assert len(effects) == len(EFFECTS), effects
    assert {reference for *_, reference in effects} <= set(accepted.values())

    found = await receipts_of(town, code)
    assert all(verify_receipt(Receipt.model_validate(one), [found["verifier_key"]]).valid for one in found["receipts"])

    _, timeline = await town.send("GET", f"/v1/cases/{code}/timeline")
    async with asyncio.timeout(20):
        while len(set(town.listener.heard)) < len(timeline["events"]):
            await asyncio.sleep(0.05)
    assert town.listener.refused == []


@pytest.mark.slow
async def test_killed_again_and_again_at_random_moments(town, payloads):
    """Forty inquiries of every effect while the process dies five times at moments nobody chose."""
    chance = random.Random(1405)
    await town.start()
    case = await town.persist(
        "/v1/cases",
        {"service": "building-permit", "applicant": {"national_id": "9990000018"}, "channel": "C2G"},
        "case",
    )
    code = case["tracking_code"]
    accepted: dict[str, str] = {}

    async def ask(number: int) -> None:
        payload = payloads(code)["permit_portal.report_decision"] | {"request_number": f"331{number:05d}"}
        body = town.ask("permit_portal.report_decision", payload, code)
        promise = await town.persist("/v1/inquiries", body, f"decision-{number}")
        accepted[f"331{number:05d}"] = promise["inquiry_id"]

    for number in range(1, 41):
        await ask(number)
        if number % 8 == 0:
            await asyncio.sleep(chance.random() / 5)
            town.hub.process.kill()
            await town.hub.process.wait()
            await town.start()
    for inquiry_id in accepted.values():
        assert (await town.state_of(inquiry_id))["state"] == "answered"
    references = [reference for *_, reference in town.effects()]
    assert sorted(references) == sorted(accepted.values())
