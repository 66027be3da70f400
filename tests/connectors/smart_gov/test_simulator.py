"""The simulated portal's tokens, repeats and closing times, seen from outside."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.simulation import FaultKind, SimulationContext
from connectors.smart_gov import simulator
from connectors.smart_gov.desk import LIFETIME, WRONG_SECRET

CARD = {
    "titleFa": "پروانه ساختمانی",
    "titleEn": "Building permit",
    "provider": "IR/MUN/1001",
    "kindCode": "3",
    "levelCode": "2",
    "legalBasis": ["ماده ۱۰۰"],
    "beneficiaries": [],
    "documents": [],
    "inquiries": [],
    "attendance": False,
    "steps": [],
    "approvalReference": "1405/1",
}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 6, 45, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(clock: Clock) -> SimulationContext:
    return SimulationContext.fresh("smart_gov", clock=clock, seed=1)


@pytest.fixture
def http(context: SimulationContext) -> Iterator[TestClient]:
    with TestClient(simulator.create(context)) as client:
        client.headers["authorization"] = f"Bearer {token(client)}"
        yield client


def token(http: TestClient, **form: str) -> str:
    asked = {"grant_type": "client_credentials", **form}
    reply = http.post("/oauth2/token", data=asked, auth=("hub", "secret"))
    return str(reply.json()["access_token"])


def message(**change: str) -> dict[str, Any]:
    return {
        "reference": "r-1",
        "nationalCode": "9990000018",
        "trackingCode": "05100112345678901234",
        "title": "پروانه صادر شد",
        "body": "متن",
        "stage": "ISSUED",
        "occurredAt": "1405/08/30 10:00:00",
        **change,
    }


def push(http: TestClient, **change: str) -> tuple[int, Any]:
    reply = http.post("/api/v1/folder/messages", json=message(**change))
    return reply.status_code, reply.json()


def publish(http: TestClient, version: int, **change: Any) -> tuple[int, Any]:
    reply = http.put(f"/api/v1/service-cards/10051/versions/{version}", json=CARD | change)
    return reply.status_code, reply.json()


def test_a_repeat_gives_the_same_answer_and_adds_nothing(http: TestClient, context: SimulationContext) -> None:
    status, first = push(http)
    assert (status, first["status"], first["deliveredAt"]) == (201, "DELIVERED", "1405/08/30 10:15:00")
    assert push(http) == (200, first)
    status, clash = push(http, title="دیگر")
    assert (status, clash["code"]) == (409, "REFERENCE_REUSED")
    assert context.ledger.count("push_folder", "r-1") == 1
    assert len(http.get("/_sim/state").json()["messages"]) == 1


@pytest.mark.parametrize(
    ("national_code", "status", "code"),
    [
        ("9990000019", 400, "NATIONAL_CODE_INVALID"),
        ("999000001", 400, "NATIONAL_CODE_INVALID"),
        ("0000000000", 422, "RECIPIENT_UNKNOWN"),
        ("9990000069", 422, "FOLDER_NOT_ACTIVE"),
    ],
)
def test_recipients_who_cannot_be_reached(http: TestClient, national_code: str, status: int, code: str) -> None:
    got, failure = push(http, nationalCode=national_code)
    assert (got, failure["code"]) == (status, code)


def test_a_slow_folder_queues(http: TestClient) -> None:
    _, delivery = push(http, nationalCode="9990000026")
    assert delivery["status"] == "QUEUED"
    assert "deliveredAt" not in delivery


@pytest.mark.parametrize(
    "change",
    [{"stage": "LOST"}, {"occurredAt": "2026-11-21"}, {"trackingCode": "12"}, {"reference": ""}, {"more": "x"}],
)
def test_malformed_messages(http: TestClient, change: dict[str, str]) -> None:
    status, failure = push(http, **change)
    assert (status, failure["code"]) == (400, "MALFORMED")


def test_bodies_that_are_no_json(http: TestClient) -> None:
    assert http.post("/api/v1/folder/messages", content=b"x").json()["code"] == "MALFORMED"
    assert http.put("/api/v1/service-cards/10051/versions/1", json=[]).json()["code"] == "MALFORMED"


def test_cards_by_version(http: TestClient, context: SimulationContext) -> None:
    status, first = publish(http, 2)
    assert (status, first["publishedAt"]) == (201, "1405/08/30 10:15:00")
    assert publish(http, 2) == (200, first)
    assert publish(http, 2, titleFa="دیگر")[1]["code"] == "VERSION_REUSED"
    assert publish(http, 1)[1]["code"] == "VERSION_SUPERSEDED"
    assert publish(http, 3, approvalReference="ندارد")[1]["code"] == "APPROVAL_MISSING"
    assert publish(http, 3, kindCode="9")[1]["code"] == "MALFORMED"
    assert context.ledger.count("publish_card", "10051/2") == 1
    assert http.get("/_sim/state").json()["cards"] == {"10051": [2]}


def test_tokens_end(http: TestClient, clock: Clock) -> None:
    clock.now += LIFETIME - timedelta(seconds=1)
    assert push(http)[0] == 201
    clock.now += timedelta(seconds=1)
    assert push(http)[1]["code"] == "UNAUTHORIZED"


def test_a_token_serves_only_its_scope(http: TestClient) -> None:
    http.headers["authorization"] = f"Bearer {token(http, scope='cards')}"
    assert push(http)[0] == 401
    assert publish(http, 1)[0] == 201


@pytest.mark.parametrize(
    ("auth", "form", "error"),
    [
        (("hub", WRONG_SECRET), {"grant_type": "client_credentials"}, "invalid_client"),
        (("hub", "secret"), {"grant_type": "password"}, "unsupported_grant_type"),
        (("hub", "secret"), {"grant_type": "client_credentials", "scope": "everything"}, "invalid_scope"),
    ],
)
def test_the_token_desk_refuses(http: TestClient, auth: tuple[str, str], form: dict[str, str], error: str) -> None:
    assert http.post("/oauth2/token", data=form, auth=auth).json()["error"] == error


def test_the_token_desk_wants_basic(http: TestClient) -> None:
    http.headers["authorization"] = "Basic ***"
    reply = http.post("/oauth2/token", data={"grant_type": "client_credentials"})
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


def test_a_token_ended_early(http: TestClient, context: SimulationContext) -> None:
    context.faults.arm(FaultKind.EXPIRED_TOKEN, operation="push_folder")
    assert push(http)[0] == 401
    http.headers["authorization"] = f"Bearer {token(http)}"
    assert push(http)[0] == 201


def test_closing_times(http: TestClient, context: SimulationContext) -> None:
    context.calendar.opens, context.calendar.closes = time(7), time(10)
    assert push(http)[1]["code"] == "CLOSED_OFFICE_HOURS"
    context.calendar.holidays = {date(2026, 11, 21)}
    assert push(http)[1]["code"] == "CLOSED_HOLIDAY"
    assert context.ledger.effects == ()
