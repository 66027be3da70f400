from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
from starlette.testclient import TestClient

from connectors.catalogue import PACKAGE
from connectors.civil_registry.population import PERSONS
from connectors.civil_registry.simulator import WRONG_PASSWORD, create
from connectors.simulation import SimulationContext
from connectors.soap import SoapCodec, to_bytes
from mappings.identifiers import check_national_id

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CODEC = SoapCodec(PACKAGE / "civil_registry" / "contract", "estelam.wsdl")


@pytest.fixture
def context() -> SimulationContext:
    return SimulationContext.fresh("civil_registry", clock=lambda: NOW, seed=1)


@pytest.fixture
def http(context: SimulationContext) -> Iterator[TestClient]:
    with TestClient(create(context)) as made:
        yield made


def ask(http: TestClient, nin: int, birth_date: int, password: str = "") -> dict[str, object]:
    asked = CODEC.encode(
        "getEstelam3", {"arg0": "hub", "arg1": password, "arg4": {"nin": nin, "birthDate": birth_date}}
    )
    reply = http.post("/EstelamService", content=to_bytes(asked))
    assert reply.status_code == 200
    return dict(CODEC.decode("getEstelam3", reply.content)["return"][0])


def test_the_population_is_synthetic_and_right() -> None:
    for nin in PERSONS:
        assert check_national_id(f"{nin:010d}").value == f"{nin:010d}"
        assert f"{nin:010d}".startswith(("999", "000"))


def test_a_person_comes_as_the_registry_sends_it(http: TestClient) -> None:
    found = ask(http, 19, 13700707)
    assert (found["nin"], found["birthDate"], found["name"]) == (19, 13700707, "2b7YsduM2LPYpw==")


@pytest.mark.parametrize(("nin", "birth_date"), [(9990000018, 13690923), (1, 13690922)])
def test_wrong_date_and_unknown_person_look_alike(http: TestClient, nin: int, birth_date: int) -> None:
    assert ask(http, nin, birth_date)["message"] == ["err.record.not.found"]


def test_closed_on_holidays_and_outside_hours(http: TestClient, context: SimulationContext) -> None:
    context.calendar.opens, context.calendar.closes = time(7), time(11)
    assert ask(http, 9990000018, 13690922)["exceptionMessage"] == "login.time.diny"
    context.calendar.holidays.add(date(2026, 11, 21))
    assert ask(http, 9990000018, 13690922)["exceptionMessage"] == "login.holyday.diny"


def test_credentials_and_quota(http: TestClient, context: SimulationContext) -> None:
    assert ask(http, 9990000018, 13690922, WRONG_PASSWORD)["exceptionMessage"] == "login.invalid.user"
    context.faults.arm("quota")
    assert ask(http, 9990000018, 13690922)["exceptionMessage"] == "inquiry.outof.max.daily.request"
    assert ask(http, 9990000018, 13690922)["name"]


def test_what_is_no_inquiry_gets_a_fault(http: TestClient) -> None:
    reply = http.post("/EstelamService", content=b"<html/>")
    assert reply.status_code == 500
    assert CODEC.decode("getEstelam3", reply.content)["$fault"]["code"] == "Client"


def test_the_state_names_the_persons(http: TestClient) -> None:
    assert http.get("/_sim/state").json() == {"persons": sorted(f"{nin:010d}" for nin in PERSONS)}
