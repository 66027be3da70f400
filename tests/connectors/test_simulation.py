from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from connectors.faults import FaultKind, FaultMenu
from connectors.simulation import SimulationContext, simulate

NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


def context(seed: int = 1) -> SimulationContext:
    return SimulationContext.fresh("somewhere", clock=lambda: NOON, seed=seed)


def client(made: SimulationContext) -> TestClient:
    async def publish(request: Request) -> JSONResponse:
        body = await request.json()
        made.ledger.record("publish", body["reference"], body)
        return JSONResponse({"سلام": "دنیا"})

    return TestClient(simulate(made, [Route("/needs", publish, methods=["POST"], name="publish")]))


def test_an_armed_fault_is_used_up() -> None:
    menu = FaultMenu(lambda: NOON, 1)
    menu.arm("quota", operation="publish", times=2)
    assert menu.take(FaultKind.QUOTA, "search") is None
    assert menu.take(FaultKind.QUOTA, "publish")
    assert menu.take(FaultKind.QUOTA, "publish")
    assert menu.take(FaultKind.QUOTA, "publish") is None


def test_a_fault_ends_at_its_instant() -> None:
    menu = FaultMenu(lambda: NOON, 1)
    menu.arm("holiday", times=None, until=NOON + timedelta(hours=1))
    assert menu.take("holiday", "publish")
    menu._clock = lambda: NOON + timedelta(hours=1)
    assert menu.take("holiday", "publish") is None


def test_chance_is_the_same_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[bool]:
        menu = context(seed).faults
        menu.arm("quota", times=None, chance=0.5)
        return [menu.take("quota", "x") is not None for _ in range(40)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_faults_are_armed_over_http_and_unknown_ones_refused() -> None:
    made = context()
    with client(made) as http:
        assert http.post("/_sim/faults", json={"kind": "http_401"}).json()[0]["kind"] == "http_401"
        assert http.post("/_sim/faults", json={"kind": "earthquake"}).status_code == 422
        assert http.post("/needs", json={"reference": "r1"}).status_code == 401
        assert made.ledger.count("publish", "r1") == 0
        assert http.post("/needs", json={"reference": "r1"}).status_code == 200
        effects = http.get("/_sim/ledger").json()
        assert [(effect["operation"], effect["reference"]) for effect in effects] == [("publish", "r1")]
        http.post("/_sim/faults", json={"kind": "http_401"})
        assert http.delete("/_sim/faults").json() == []


def test_the_calendar_is_set_over_http() -> None:
    made = context()
    with client(made) as http:
        http.post("/_sim/calendar", json={"holidays": ["2026-05-20"], "opens": "07:00", "closes": "12:00"})
        assert http.post("/_sim/calendar", json={"holidays": ["tomorrow"]}).status_code == 422
    assert made.calendar.holiday(NOON)
    assert not made.calendar.outside_hours(NOON - timedelta(hours=1))
    assert made.calendar.outside_hours(NOON)  # Noon in Tehran is the closing time.


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cp1256", '{"سلام":"دنيا"}'.encode("cp1256")),
        ("mojibake", '{"سلام":"دنیا"}'.encode().decode("cp1256").encode()),
        ("truncated", '{"سلام":"دنیا"}'.encode()[:15]),
    ],
)
def test_replies_are_damaged_after_the_effect(kind: str, expected: bytes) -> None:
    made = context()
    made.faults.arm(kind)
    with client(made) as http:
        assert http.post("/needs", json={"reference": "r1"}).content == expected
    assert made.ledger.count("publish", "r1") == 1
