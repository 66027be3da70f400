"""What Shahkar does that the conformance suite does not ask for."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
import yaml
from pydantic import SecretStr
from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE, Example, read_folder
from connectors.port import Call, Refused
from connectors.reach import ConnectorSettings, Reach
from connectors.shahkar.connector import ShahkarConnector
from connectors.shahkar.requests import RequestIds
from connectors.shahkar.simulator import create
from connectors.simulation import SimulationContext

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CONNECTED = read_folder(PACKAGE / "shahkar")
CONTRACT = yaml.safe_load((CONNECTED.folder / "contract/service_id_matching.openapi.yaml").read_text(encoding="utf-8"))
IDS = RequestIds("0000", lambda: NOW, lambda _: 0)


@pytest.fixture
def http() -> Iterator[TestClient]:
    context = SimulationContext.fresh("shahkar", clock=lambda: NOW, seed=1)
    with TestClient(create(context)) as made:
        yield made


def ask(http: TestClient, request_id: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "requestId": request_id,
        "serviceNumber": "09120000000",
        "serviceType": 2,
        "identificationType": 0,
        "identificationNo": "9990000018",
        **changes,
    }
    reply = http.post(
        "/shahkar/serviceIDmatching", json=asked, auth=("bus", "x"), headers={"ext_username": "p", "ext_password": "x"}
    )
    assert reply.status_code == 200
    return dict(reply.json()["result"]["data"])


def fits(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return jsonschema_rs.validator_for(schema).is_valid(value)


def test_an_identifier_counts_once(http: TestClient) -> None:
    used = IDS.new()
    assert ask(http, used)["response"] == 200
    assert ask(http, used)["response"] == 330
    assert ask(http, IDS.new())["response"] == 200
    assert used in http.get("/_sim/state").json()["requests"]


def test_a_clock_that_is_off_is_refused(http: TestClient) -> None:
    late = RequestIds("0000", lambda: NOW + timedelta(minutes=6), lambda _: 0)
    assert ask(http, late.new())["response"] == 330


@pytest.mark.parametrize(
    "change", [{"identificationType": 7}, {"serviceType": 1}, {"identificationType": "0"}, {"x": 1}]
)
def test_what_the_contract_does_not_know_is_invalid(http: TestClient, change: dict[str, Any]) -> None:
    assert ask(http, IDS.new(), **change)["response"] == 311


def test_the_bus_wants_both_credentials(http: TestClient) -> None:
    headers = {"ext_username": "p", "ext_password": "wrong"}
    assert http.post("/shahkar/serviceIDmatching", json={}, auth=("bus", "x"), headers=headers).status_code == 401
    assert http.post("/shahkar/serviceIDmatching", json={}, auth=("bus", "wrong")).status_code == 401


@pytest.mark.parametrize("golden", CONNECTED.examples, ids=lambda golden: f"{golden.operation}.{golden.name}")
def test_the_golden_pair_fits_the_contract_once_it_carries_an_identifier(golden: Example) -> None:
    assert not fits("Question", golden.native_request)
    assert fits("Question", {"requestId": IDS.new(), **golden.native_request})
    assert fits("Answer", golden.native_reply)


async def test_a_provider_code_that_is_none_stops_the_call() -> None:
    settings = ConnectorSettings(credentials={"provider_code": SecretStr("12")})
    reach = Reach(CONNECTED.manifest, CONNECTED.folder, "http://far.invalid", settings, lambda: NOW)
    connector = ShahkarConnector(reach, lambda _: 0)
    call = Call("i", "c", "r", "match", {}, NOW)
    try:
        with pytest.raises(Refused, match="four digits"):
            await connector.exchange("match", {}, call=call, timeout=1)
    finally:
        await connector.close()
