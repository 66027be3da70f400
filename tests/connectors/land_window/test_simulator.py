"""The simulated window's quirks, seen from outside."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.land_window import simulator
from connectors.simulation import SimulationContext

NOW = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)
LOGIN = {"UserName": "municipality", "Password": "secret"}
ESTATE = {"UnitId": "1", "SectionCode": "2", "SubSectionCode": "0", "PlakOrginal": 84, "PlaqkSub": 0}
ANSWER = {
    "RequestNo": "140500100001000002",
    "ResponseOrganization": "2101",
    "ResponseType": "1",
    "ResponseDate": "1405/05/29",
    "ResponseNo": "1405/100",
    "OrganizationTrackingCode": "0190-1",
}


@pytest.fixture
def context() -> SimulationContext:
    return SimulationContext.fresh("land_window", clock=lambda: NOW, seed=1)


@pytest.fixture
def http(context: SimulationContext) -> Iterator[TestClient]:
    with TestClient(simulator.create(context)) as client:
        yield client


def estate(http: TestClient, **changes: Any) -> Any:
    return http.post("/GetEstateGeoJson", json={"Username": "m", "Password": "s", **ESTATE, **changes})


def answer(http: TestClient, **changes: Any) -> Any:
    return http.post("/AnswerInquiry", json={**LOGIN, **ANSWER, **changes}).json()


def state(http: TestClient, number: str) -> Any:
    return http.post("/InquiryState", json={**LOGIN, "RequestNo": number})


def test_the_outline_is_text_with_capitalised_keys(http: TestClient) -> None:
    reply = estate(http).json()
    assert reply["IsSuccess"] is True
    assert reply["Data"]["IsSuccess"] is True
    assert isinstance(reply["Data"]["GeoJsonMap"], str)
    assert reply["Data"]["GeoJsonMap"].startswith('{"Type": "Polygon", "Coordinates"')


def test_not_found_is_told_by_the_inner_flag(http: TestClient) -> None:
    reply = estate(http, PlakOrginal=9001)
    assert reply.status_code == 200
    assert reply.json()["IsSuccess"] is True
    assert reply.json()["Data"] == {"GeoJsonMap": None, "Messeag": simulator.NOT_REGISTERED, "IsSuccess": False}


@pytest.mark.parametrize("wrong", [{"PlakOrginal": "84"}, {"PlaqkSub": "0"}, {"PlaqkSub": None}, {"PlakOrginal": True}])
def test_plaques_are_integers(http: TestClient, wrong: dict[str, Any]) -> None:
    assert estate(http, **wrong).status_code == 400


def test_bad_credentials_are_plain_text_on_two_legs_and_a_code_on_the_others(http: TestClient) -> None:
    for path, given in (
        ("/GetEstateGeoJson", {"Username": "m", **ESTATE}),
        ("/AnswerInquiry", {"UserName": "m", **ANSWER}),
    ):
        for login in ({}, {"Password": "wrong"}):
            reply = http.post(path, json={**given, **login})
            assert reply.status_code == 200
            assert reply.headers["content-type"].startswith("text/plain")
            assert reply.text == simulator.BAD_CREDENTIALS
    for path in ("/OrganAnswer", "/InquiryState"):
        assert http.post(path, json={"UserName": "m", "Password": "wrong"}).json()["ResCode"] == "105"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "00"),
        ({"RequestNo": "14-05"}, "01"),
        ({"RequestNo": "۱۴۰۵۰۰۱۰۰۰۰۱۰۰۰۰۰۲"}, "01"),
        ({"RequestNo": "140500100001990001"}, "02"),
        ({"ResponseOrganization": "9999"}, "03"),
        ({"RequestNo": "140500100001991000"}, "04"),
        ({"RequestNo": "140500100001992000"}, "04"),
        ({"ResponseType": "3"}, "05"),
        ({"ResponseDate": "2026-08-20"}, "06"),
        ({"ResponseNo": ""}, "07"),
        ({"ResponseType": "2", "OppositionReasonTitle": "حریم"}, "08"),
        ({"ResponseType": "2", "OppositionReasonCode": "12"}, "09"),
        ({"RequestNo": "140500100001993000"}, "10"),
        ({"Map": "ftp://maps.example"}, "11"),
    ],
)
def test_every_code_comes_with_http_200(
    http: TestClient, context: SimulationContext, changes: dict[str, Any], code: str
) -> None:
    assert answer(http, **changes)["ResCode"] == code
    assert len(context.ledger.effects) == (code == "00")


def test_the_first_answer_of_an_organ_stands(http: TestClient, context: SimulationContext) -> None:
    first = answer(http)
    assert first["Data"] == {"TrackingCode": "985976002137", "RecordDate": "1405/05/29 10:00:00"}
    assert answer(http, ResponseType="2", OppositionReasonCode="1", OppositionReasonTitle="حریم")["ResCode"] == "10"
    assert context.ledger.count("answer_inquiry", "0190-1") == 1


def test_our_own_code_finds_our_own_answer(http: TestClient) -> None:
    answer(http)
    found = http.post("/OrganAnswer", json={**LOGIN, "OrganizationTrackingCode": "0190-1"}).json()
    assert found["Data"]["ResponseNo"] == "1405/100"
    assert http.post("/OrganAnswer", json={**LOGIN, "OrganizationTrackingCode": "0190-2"}).json()["ResCode"] == "106"


def test_answered_only_when_every_organ_answered(http: TestClient) -> None:
    even, odd = "140500100001000002", "140500100001000003"
    assert [state(http, number).json()["Data"]["State"] for number in (even, odd)] == [76, 76]
    for number in (even, odd):
        answer(http, RequestNo=number)
    done, waiting = state(http, even), state(http, odd)
    assert (done.status_code, done.json()["ResCode"], done.json()["Data"]["State"]) == (299, "108", 77)
    assert (waiting.status_code, waiting.json()["ResCode"], waiting.json()["Data"]["State"]) == (200, "1", 76)


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [("14-05", 400, "101"), ("140500100001990000", 200, "106"), ("140500100001991000", 200, "107")],
)
def test_states_that_are_no_states(http: TestClient, number: str, status: int, code: str) -> None:
    reply = state(http, number)
    assert (reply.status_code, reply.json()["ResCode"]) == (status, code)


def test_the_window_closes(http: TestClient) -> None:
    http.post("/_sim/calendar", json={"holidays": ["2026-08-20"]})
    assert answer(http)["ResCode"] == "12"
    assert estate(http).json()["Message"] == simulator.CLOSED_TODAY
    http.post("/_sim/calendar", json={"holidays": [], "opens": "11:00", "closes": "14:00"})
    assert answer(http)["ResMessage"] == simulator.CLOSED_NOW
    assert state(http, "140500100001000003").json()["ResCode"] == "1"


def test_no_secret_is_written_into_the_ledger(http: TestClient) -> None:
    answer(http)
    shown = http.get("/_sim/ledger").text + http.get("/_sim/state").text
    assert "secret" not in shown
    assert "0190-1" in shown
