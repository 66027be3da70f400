"""The post: the bus's token and headers, rows with results of their own, and the written contract."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
import yaml
from starlette.testclient import TestClient

from connectors.bus import LIFETIME, TOKEN_PATH
from connectors.catalogue import PACKAGE, Example, read_folder
from connectors.post.simulator import create
from connectors.simulation import SimulationContext

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CONNECTED = read_folder(PACKAGE / "post")
CONTRACT = yaml.safe_load((CONNECTED.folder / "contract/post.openapi.yaml").read_text(encoding="utf-8"))
PATH = "/api/client/apim/v1/post/gwsh/AddressByPostcode"
BATCH = {
    "ClientBatchID": "b",
    "Postcodes": [{"ClientRowID": "1", "PostCode": "1619735744"}, {"ClientRowID": "2", "PostCode": "9990000001"}],
    "Signature": "",
}
PROVIDER = {"basicAuthorization": "Basic cDp4", "pid": "0123456789abcdef01234567"}
PASSWORD = {"grant_type": "password", "username": "u", "password": "x"}


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def http(clock: Clock) -> Iterator[TestClient]:
    with TestClient(create(SimulationContext.fresh("post", clock=clock, seed=1))) as made:
        yield made


def token(http: TestClient, form: dict[str, str]) -> dict[str, Any]:
    reply = http.post(TOKEN_PATH, data=form, auth=("client", "x"))
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


def ask(http: TestClient, bearer: str, **headers: str) -> Any:
    return http.post(PATH, json=BATCH, headers={"Authorization": f"Bearer {bearer}", **PROVIDER, **headers})


def test_each_row_has_its_own_result(http: TestClient) -> None:
    rows = ask(http, token(http, PASSWORD)["access_token"]).json()["result"]["data"]["Data"]
    assert [row["Succ"] for row in rows] == [True, False]
    assert rows[0]["Result"]["TownShip"] == "تهران"
    assert rows[1]["Errors"][0]["ErrorMessage"]


def test_a_token_ends_and_its_refresh_serves_once(http: TestClient, clock: Clock) -> None:
    first = token(http, PASSWORD)
    clock.now += LIFETIME + timedelta(seconds=1)
    assert ask(http, first["access_token"]).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert ask(http, token(http, refresh)["access_token"]).status_code == 200
    assert http.post(TOKEN_PATH, data=refresh, auth=("client", "x")).status_code == 400


def test_the_bus_wants_its_three_headers(http: TestClient) -> None:
    bearer = token(http, PASSWORD)["access_token"]
    assert ask(http, bearer, basicAuthorization="").status_code == 401
    assert ask(http, bearer, pid="nothing").status_code == 400
    assert ask(http, "another").status_code == 401
    assert http.post(TOKEN_PATH, data=PASSWORD, auth=("client", "wrong")).status_code == 401


def fits(name: str, value: Any) -> bool:
    schema = {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    return jsonschema_rs.validator_for(schema).is_valid(value)


@pytest.mark.parametrize("golden", CONNECTED.examples, ids=lambda golden: f"{golden.operation}.{golden.name}")
def test_the_golden_pair_fits_the_contract(golden: Example) -> None:
    assert fits("Batch", golden.native_request)
    assert fits("Addresses" if golden.operation == "address" else "Places", golden.native_reply)


def test_the_contract_names_every_operation_at_its_path() -> None:
    written = {call["operationId"]: path for path, calls in CONTRACT["paths"].items() for call in calls.values()}
    declared = {name: one.http.path for name, one in CONNECTED.manifest.operations.items() if one.http}
    assert written == declared
