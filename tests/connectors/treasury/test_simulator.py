"""The treasury: signed requests, a payment's way to its settlement, and the written contract."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import pytest
import yaml
from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE, Example, read_folder
from connectors.simulation import SimulationContext
from connectors.treasury.book import PAID_BILL
from connectors.treasury.signatures import signature
from connectors.treasury.simulator import create
from mappings.identifiers import check_payment_id, payment_amount

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CONNECTED = read_folder(PACKAGE / "treasury")
CONTRACT = yaml.safe_load((CONNECTED.folder / "contract/treasury.openapi.yaml").read_text(encoding="utf-8"))
SCHEMAS = {"request_payment": "Request", "payment_state": "Inquiry", "confirm_payment": "Confirmation"}
DEPOSIT = "999000000000000000000000000077"


@pytest.fixture
def context() -> SimulationContext:
    return SimulationContext.fresh("treasury", clock=lambda: NOW, seed=1)


@pytest.fixture
def http(context: SimulationContext) -> Iterator[TestClient]:
    with TestClient(create(context)) as made:
        yield made


def ask(http: TestClient, what: str, key: str = "secret", **native: Any) -> dict[str, Any]:
    reply = http.post(f"/api/v1/payment/{what}", json={**native, "sign": signature(native, key)})
    return dict(reply.json())


def test_a_payment_goes_its_way(http: TestClient, context: SimulationContext) -> None:
    asked = ask(http, "request", requestNo="r-1", depositId=DEPOSIT, amount=5000, subject="x")["data"]
    assert asked["state"] == "Request"
    assert ask(http, "request", requestNo="r-1", depositId=DEPOSIT, amount=5000, subject="x")["code"] == "9221"
    assert context.ledger.count("request_payment", "r-1") == 1
    assert ask(http, "confirm", traceNo=asked["traceNo"])["code"] == "9214"
    assert http.post("/_sim/payments", json={"traceNo": asked["traceNo"], "state": "ConfWait"}).is_success
    assert ask(http, "inquiry", requestNo="r-1")["data"]["payDate"] == "1405/08/30 11:30:00"
    assert ask(http, "confirm", traceNo=asked["traceNo"])["data"]["state"] == "Settle"
    again = ask(http, "confirm", traceNo=asked["traceNo"])
    assert (again["code"], again["data"]["state"]) == ("9221", "Settle")
    assert context.ledger.count("confirm_payment", asked["traceNo"]) == 1
    assert http.post("/_sim/payments", json={"traceNo": asked["traceNo"], "state": "Lost"}).status_code == 422


def test_another_key_or_another_amount_is_no_signature(http: TestClient) -> None:
    assert ask(http, "inquiry", key="another", depositId=DEPOSIT)["code"] == "9301"
    native = {"requestNo": "r-2", "depositId": DEPOSIT, "amount": 5000, "subject": "x"}
    forged = {**native, "amount": 1, "sign": signature(native, "secret")}
    assert http.post("/api/v1/payment/request", json=forged).json()["code"] == "9301"


def test_the_paid_bill_is_a_real_pair() -> None:
    bill, payment = PAID_BILL
    assert payment_amount(check_payment_id(payment, bill).value) == 1_250_000


def fits(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return jsonschema_rs.validator_for(schema).is_valid(value)


@pytest.mark.parametrize("golden", CONNECTED.examples, ids=lambda golden: f"{golden.operation}.{golden.name}")
def test_the_golden_pair_fits_the_contract_once_it_is_signed(golden: Example) -> None:
    name = SCHEMAS[golden.operation]
    assert not fits(name, golden.native_request)
    assert fits(name, {**golden.native_request, "sign": signature(golden.native_request, "secret")})
    assert fits("Reply", golden.native_reply)


def test_the_contract_names_every_operation_at_its_path() -> None:
    written = {call["operationId"]: path for path, calls in CONTRACT["paths"].items() for call in calls.values()}
    declared = {name: one.http.path for name, one in CONNECTED.manifest.operations.items() if one.http}
    assert written == declared
